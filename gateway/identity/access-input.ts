// What administrators give to make keys, users and policies, out of JSON. Who gives something
// wrong is told where.

import * as z from 'zod'
import { parsePattern } from '../../src/access/resource.ts'
import { givenPolicies, givenUser } from '../../src/access/shapes.ts'
import { checkRange } from '../../src/access/source-ip.ts'
import { MqError } from '../../src/base/errors.ts'
import { newKeyShape } from './api-keys.ts'
import type { NewKey } from './keys-file.ts'

// Source: the broker's own check of a name, src/access/directory.ts.
const username = z.string().regex(/^[\w.@-]{1,64}$/, 'must be letters, digits and . @ - _')

const newUser = givenUser.extend({ username })
const userChange = givenUser
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'nothing is to be changed')
const userPolicies = z.strictObject({ username, policies: givenPolicies })

export function parseNewKey(value: unknown): NewKey {
  const key = parsed(newKeyShape, value)
  checkRanges(key.sourceIps, '')
  return key
}

export const parseNewUser = (value: unknown): z.output<typeof newUser> => parsed(newUser, value)

export const parseUserChange = (value: unknown): z.output<typeof userChange> =>
  parsed(userChange, value)

export function parsePolicies(value: unknown): z.output<typeof userPolicies> {
  const given = parsed(userPolicies, value)
  for (const [index, { resource, sourceIps }] of given.policies.entries()) {
    at(`/policies/${index}/resource`, () => parsePattern(resource))
    checkRanges(sourceIps, `/policies/${index}`)
  }
  return given
}

/** The name in a path. */
export function checkUsername(name: string): string {
  if (username.safeParse(name).success) return name
  throw new MqError('invalid-argument', 'not the name of a user', { pointer: 'username' })
}

function parsed<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const pointer = (issue?.path ?? []).map((step) => `/${String(step).slice(0, 64)}`).join('')
  throw new MqError('malformed-body', issue?.message ?? 'has another shape', { pointer })
}

function checkRanges(ranges: readonly string[] | undefined, pointer: string): void {
  for (const [index, range] of (ranges ?? []).entries()) {
    at(`${pointer}/sourceIps/${index}`, () => checkRange(range))
  }
}

function at(pointer: string, check: () => unknown): void {
  try {
    check()
  } catch (cause) {
    if (!(cause instanceof MqError)) throw cause
    throw new MqError('invalid-argument', cause.message, { pointer }, { cause })
  }
}
