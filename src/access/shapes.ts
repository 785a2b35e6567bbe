// Users and policies as JSON: on the wire, in files and in settings alike.
// Source: UserInfo, AclInfo, PolicyInfo, PolicyEntryInfo.

import * as z from 'zod'
import { MqError } from '../base/errors.ts'
import { type Action, actions, type Policy } from './policy.ts'
import { parsePattern, printPattern } from './resource.ts'
import { checkRange } from './source-ip.ts'

const entriesMax = 1000
const sourceIpsMax = 100

/** One of the words in any case, as Java's tools write them. */
const word = <T extends string>(...words: readonly [T, ...T[]]) =>
  z.string().transform((text, context): T => {
    const found = words.find((one) => one.toLowerCase() === text.toLowerCase())
    if (found !== undefined) return found
    context.addIssue(`must be one of ${words.join(', ')}`)
    return z.NEVER
  })

const userType = word('Super', 'Normal')
const userStatus = word('enable', 'disable')
const policyType = word('Custom', 'Default')
const action = word<Action | 'All'>('All', ...actions)

const policyEntry = z.object({
  resource: z.string(),
  actions: z
    .array(action)
    .min(1)
    .max(actions.length + 1),
  sourceIps: z
    .array(z.string())
    .max(sourceIpsMax)
    .nullish()
    .transform((ips) => ips ?? []),
  decision: word('Allow', 'Deny'),
})

const policy = z.object({
  policyType: policyType.nullish().transform((type) => type ?? 'Custom'),
  entries: z.array(policyEntry).max(entriesMax),
})

/** Whose requests are signed with what; see signature.ts. */
export const credentialsShape = z.strictObject({
  accessKey: z.string().min(1),
  secretKey: z.string().min(1),
  securityToken: z.string().optional(),
})

/** Entries of a user's policies, as people give them. */
export const policyEntries = z.array(policyEntry).max(entriesMax)

/** What a role allows, as settings have it: from anywhere. */
export const roleEntries = z.array(policyEntry.omit({ sourceIps: true }).strict()).max(entriesMax)

/** A user and its changes, and policies of one, as administrators give them to a gateway. */
export const givenUser = z.strictObject({
  password: z.string().min(1).max(256),
  userType: userType.optional(),
  userStatus: userStatus.optional(),
})
export const givenPolicies = z
  .array(policyEntry.extend({ policyType: policyType.default('Custom') }).strict())
  .min(1)
  .max(entriesMax)

/** The body of AUTH_CREATE_USER and AUTH_UPDATE_USER; the name comes in the header. */
export const userBody = z.object({
  password: z.string().nullish(),
  userType: userType.nullish(),
  userStatus: userStatus.nullish(),
})

/** The body of AUTH_CREATE_ACL and AUTH_UPDATE_ACL. */
export const aclBody = z.object({
  policies: z
    .array(policy)
    .max(2)
    .nullish()
    .transform((policies) => policies ?? []),
})

export const fileShape = z.object({
  users: z.array(z.object({ username: z.string(), password: z.string(), userType, userStatus })),
  acls: z.array(aclBody.extend({ subject: z.string() })),
})

export type UserInfo = z.output<typeof fileShape>['users'][number]
export type AclInfo = {
  readonly subject: string
  readonly policies: readonly z.output<typeof policy>[]
}

/** As it is printed: entries for callers from anywhere have no addresses. */
export type PrintedAcl = {
  readonly subject: string
  readonly policies: readonly {
    readonly policyType: 'Custom' | 'Default'
    readonly entries: readonly (Omit<z.output<typeof policyEntry>, 'sourceIps'> & {
      readonly sourceIps?: readonly string[]
    })[]
  }[]
}

/** Throws `invalid-argument` for resources and addresses that are none. */
export function policiesOf({ policies }: Pick<AclInfo, 'policies'>): Policy[] {
  return policies
    .filter(({ entries }) => entries.length > 0)
    .map(({ policyType: type, entries }) => ({
      policyType: type,
      entries: entries.map((entry) => {
        for (const ip of entry.sourceIps) checkRange(ip)
        return { ...entry, resource: parsePattern(entry.resource) }
      }),
    }))
}

export const printAcl = (subject: string, policies: readonly Policy[]): PrintedAcl => ({
  subject,
  policies: policies.map(({ policyType: type, entries }) => ({
    policyType: type,
    entries: entries.map(({ resource, actions: allowed, sourceIps, decision }) => ({
      resource: printPattern(resource),
      actions: [...allowed],
      ...(sourceIps.length > 0 && { sourceIps }),
      decision,
    })),
  })),
})

/** Of a policy type that a request names. Throws `invalid-argument`. */
export function policyTypeOf(text: string): 'Custom' | 'Default' {
  const parsed = policyType.safeParse(text)
  if (parsed.success) return parsed.data
  throw new MqError('invalid-argument', 'the policy type is Custom or Default')
}
