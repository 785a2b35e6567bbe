// Users and policies of ACL 2.0. Each broker and each name server keeps its own, so every call
// says whose. Secrets go there and never come back: what answers bring of them is dropped.
// Source: MQClientAPIImpl.createUser … listAcl.

import * as z from 'zod'
import type { UserChange } from '../access/directory.ts'
import { aclBody, type PrintedAcl, userBody } from '../access/shapes.ts'
import { MqError } from '../base/errors.ts'
import { parseLooseJson } from '../base/loose-json.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { RequestSpec } from '../protocol/request.ts'
import {
  authCreateAcl,
  authCreateUser,
  authDeleteAcl,
  authDeleteUser,
  authGetAcl,
  authGetUser,
  authListAcl,
  authListUsers,
  authUpdateAcl,
  authUpdateUser,
} from '../protocol/requests/auth.ts'
import type { Brokers, NameServers } from './cluster.ts'

/** Whose users and policies: a broker by name, or a name server by `host:port`. */
export type AccessPlace = { readonly broker: string } | { readonly nameServer: string }

export type AccessUser = {
  readonly username: string
  readonly userType: 'Super' | 'Normal'
  readonly userStatus: 'enable' | 'disable'
}

type PolicyEntry = PrintedAcl['policies'][number]['entries'][number]
type PolicyType = PrintedAcl['policies'][number]['policyType']

/** One entry of a user's policies. */
export type AccessPolicy = PolicyEntry & {
  readonly username: string
  readonly policyType: PolicyType
}

type Ports = {
  readonly nameServers: Pick<NameServers, 'at'>
  readonly brokers: Pick<Brokers, 'master'>
}

const subjectPrefix = 'User:'
const subjectOf = (username: string): string => subjectPrefix + username

const userShape = userBody.omit({ password: true }).extend({ username: z.string() })
const aclShape = aclBody.extend({ subject: z.string() })

/** Every call rejects with `permission-denied` unless it is signed by who may. */
export class Access {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Those whose names contain `part`. */
  async users(place: AccessPlace, part = ''): Promise<readonly AccessUser[]> {
    const body = await this.#call(place, authListUsers, { filter: part })
    return read(z.array(userShape), body, []).map(userOf)
  }

  /** Undefined when there is none. */
  async user(place: AccessPlace, username: string): Promise<AccessUser | undefined> {
    const found = read(userShape, await this.#call(place, authGetUser, { username }), undefined)
    return found && userOf(found)
  }

  /** `already-exists` when there is one; the first user of all has to be a super user. */
  async createUser(place: AccessPlace, user: UserChange): Promise<void> {
    const body = { userType: 'Normal', ...user }
    await this.#call(place, authCreateUser, { username: user.username }, body)
  }

  /** What is absent stays. */
  async updateUser(place: AccessPlace, user: UserChange): Promise<void> {
    await this.#call(place, authUpdateUser, { username: user.username }, user)
  }

  /** With its policies. */
  async deleteUser(place: AccessPlace, username: string): Promise<void> {
    await this.#call(place, authDeleteUser, { username })
  }

  /** Entries of users whose names contain `user` on resources whose names contain `resource`. */
  async policies(
    place: AccessPlace,
    {
      user,
      resource,
    }: { readonly user?: string | undefined; readonly resource?: string | undefined },
  ): Promise<readonly AccessPolicy[]> {
    const header = { subjectFilter: user, resourceFilter: resource }
    const body = await this.#call(place, authListAcl, header)
    return read(z.array(aclShape), body, []).flatMap(entriesOf)
  }

  /** Of one user. */
  async policiesOf(place: AccessPlace, username: string): Promise<readonly AccessPolicy[]> {
    const header = { subject: subjectOf(username) }
    const acl = read(aclShape, await this.#call(place, authGetAcl, header), undefined)
    return acl ? entriesOf(acl) : []
  }

  /** Adds entries; those on the same resource are replaced. */
  createPolicies(place: AccessPlace, policies: readonly AccessPolicy[]): Promise<void> {
    return this.#put(place, authCreateAcl, policies)
  }

  /** As {@link createPolicies}, by the request that Apache's tools use for it. */
  updatePolicies(place: AccessPlace, policies: readonly AccessPolicy[]): Promise<void> {
    return this.#put(place, authUpdateAcl, policies)
  }

  /** All of a user, or those on one resource. */
  async deletePolicies(
    place: AccessPlace,
    username: string,
    given: { readonly policyType?: PolicyType | undefined; readonly resource?: string | undefined },
  ): Promise<void> {
    await this.#call(place, authDeleteAcl, { subject: subjectOf(username), ...given })
  }

  async #put(
    place: AccessPlace,
    spec: typeof authCreateAcl,
    policies: readonly AccessPolicy[],
  ): Promise<void> {
    for (const [username, ofUser] of groupBy(policies, (one) => one.username)) {
      const subject = subjectOf(username)
      const byType = groupBy(ofUser, (one) => one.policyType)
      const printed = [...byType].map(([policyType, entries]) => ({
        policyType,
        entries: entries.map(({ resource, actions, sourceIps = [], decision }) => ({
          ...{ resource, actions, sourceIps, decision },
        })),
      }))
      await this.#call(place, spec, { subject }, { subject, policies: printed })
    }
  }

  async #call<H extends Fields>(
    place: AccessPlace,
    spec: RequestSpec<H>,
    header: HeaderOf<H>,
    body?: object,
  ): Promise<Uint8Array> {
    const { brokers, nameServers } = this.#ports
    const options = body ? { body: Buffer.from(JSON.stringify(body)) } : {}
    const answer =
      'broker' in place
        ? await brokers.master(place.broker, spec, header, options)
        : await nameServers.at(place.nameServer, spec, header, options)
    return answer.body
  }
}

function read<T, N>(shape: z.ZodType<T>, body: Uint8Array, nothing: N): T | N {
  if (body.length === 0) return nothing
  const parsed = shape.safeParse(parseLooseJson(Buffer.from(body).toString('utf8')))
  if (parsed.success) return parsed.data
  throw new MqError('malformed-body', 'the answer has another shape')
}

const userOf = ({ username, userType, userStatus }: z.output<typeof userShape>): AccessUser => ({
  username,
  userType: userType ?? 'Normal',
  userStatus: userStatus ?? 'enable',
})

const entriesOf = ({ subject, policies }: z.output<typeof aclShape>): readonly AccessPolicy[] =>
  policies.flatMap(({ policyType, entries }) =>
    entries.map((entry) => ({
      username: subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : subject,
      policyType,
      ...entry,
    })),
  )

function groupBy<K, T>(rows: readonly T[], key: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return groups
}
