// Users of the cluster behind and what their policies allow, for administrators. Each broker keeps
// its own, so a view says what each has, and a change is for all of them, one after the other: the
// first that refuses ends it, and is named.
//
// Not served: users of name servers, which `rocketway acl --nameservers` has.

import { MqError } from '../../src/base/errors.ts'
import { kept } from '../../src/base/kept.ts'
import type { AccessPlace } from '../../src/client/access.ts'
import type {
  AdminParts,
  PolicyChoice,
  PolicyEntry,
  UserChange,
  UserPolicies,
  UserSettings,
  UserView,
} from './admin-views.ts'
import type { Call } from './core.ts'
import { checkAdmin } from './names.ts'

type Parts = Pick<AdminParts, 'ports'>

export async function users(call: Call, parts: Parts): Promise<readonly UserView<UserSettings>[]> {
  const { access } = parts.ports.client
  const found = await atEach(call, parts, (place) => access.users(place))
  return byUser(found, (rows) => rows[0] && settingsOf(rows[0]))
}

export async function user(
  name: string,
  call: Call,
  parts: Parts,
): Promise<UserView<UserSettings>> {
  const { access } = parts.ports.client
  const found = await atEach(call, parts, (place) => access.user(place, name))
  const at = [...found].flatMap(([broker, one]) => (one ? [{ broker, ...settingsOf(one) }] : []))
  if (at.length === 0) throw new MqError('not-found', 'there is no such user')
  return { username: name, at }
}

export async function createUser(
  name: string,
  change: UserChange,
  call: Call,
  parts: Parts,
): Promise<UserView<UserSettings>> {
  const { access } = parts.ports.client
  let made = 0
  await atEach(call, parts, async (place) => {
    // Where an earlier attempt came to is left as it is.
    if (await access.user(place, name)) return
    await access.createUser(place, asGiven(name, change))
    made += 1
  })
  if (made === 0) throw new MqError('already-exists', 'the user exists')
  return user(name, call, parts)
}

export async function changeUser(
  name: string,
  change: UserChange,
  call: Call,
  parts: Parts,
): Promise<UserView<UserSettings>> {
  const { access } = parts.ports.client
  await atKnown(await user(name, call, parts), (place) =>
    access.updateUser(place, asGiven(name, change)),
  )
  return user(name, call, parts)
}

export async function deleteUser(name: string, call: Call, parts: Parts): Promise<void> {
  const { access } = parts.ports.client
  await atKnown(await user(name, call, parts), (place) => access.deleteUser(place, name))
}

export async function policies(
  resource: string,
  call: Call,
  parts: Parts,
): Promise<readonly UserView<UserPolicies>[]> {
  const { access } = parts.ports.client
  const found = await atEach(call, parts, (place) => access.policies(place, { resource }))
  return byUser(found, (rows) => ({ policies: rows.map(entryOf) }))
}

export async function policiesOf(
  name: string,
  call: Call,
  parts: Parts,
): Promise<UserView<UserPolicies>> {
  const { access } = parts.ports.client
  const found = await atEach(call, parts, (place) => access.policiesOf(place, name))
  const at = [...found]
    .filter(([, rows]) => rows.length > 0)
    .map(([broker, rows]) => ({ broker, policies: rows.map(entryOf) }))
  if (at.length === 0) throw new MqError('not-found', 'the user has no policies')
  return { username: name, at }
}

export async function putPolicies(
  name: string,
  entries: readonly PolicyEntry[],
  call: Call,
  parts: Parts,
): Promise<UserView<UserPolicies>> {
  const { access } = parts.ports.client
  const rows = entries.map((entry) => ({ username: name, ...entry }))
  await atKnown(await user(name, call, parts), (place) => access.createPolicies(place, rows))
  return policiesOf(name, call, parts)
}

export async function deletePolicies(
  name: string,
  chosen: PolicyChoice,
  call: Call,
  parts: Parts,
): Promise<void> {
  const { access } = parts.ports.client
  const { resource, policyType } = chosen
  const known = await policiesOf(name, call, parts)
  const isChosen = (entry: PolicyEntry): boolean =>
    (resource === undefined || entry.resource === resource) &&
    (policyType === undefined || entry.policyType === policyType)
  const at = known.at.filter((one) => one.policies.some(isChosen))
  if (at.length === 0) throw new MqError('not-found', 'no policy of the user is about that')
  await atKnown({ at }, (place) => access.deletePolicies(place, name, chosen))
}

const asGiven = (username: string, { password, userType, userStatus }: UserChange) => ({
  username,
  ...(password !== undefined && { password }),
  ...(userType && { userType }),
  ...(userStatus && { userStatus }),
})

const settingsOf = ({ userType, userStatus }: UserSettings): UserSettings => ({
  userType,
  userStatus,
})

const entryOf = ({ policyType, resource, actions, sourceIps, decision }: PolicyEntry) => ({
  ...{ policyType, resource, actions, decision },
  ...(sourceIps && sourceIps.length > 0 && { sourceIps }),
})

/** What the masters answer, in the order of their names. */
async function atEach<T>(
  { identity }: Call,
  { ports }: Parts,
  ask: (place: AccessPlace) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  checkAdmin(identity)
  const brokers = [...(await ports.client.masters()).keys()].sort()
  if (brokers.length === 0) throw new MqError('broker-unavailable', 'there is no broker')
  const found = new Map<string, T>()
  for (const broker of brokers) found.set(broker, await named(broker, ask))
  return found
}

async function atKnown(
  { at }: { readonly at: readonly { readonly broker: string }[] },
  change: (place: AccessPlace) => Promise<void>,
): Promise<void> {
  for (const { broker } of at) await named(broker, change)
}

async function named<T>(broker: string, ask: (place: AccessPlace) => Promise<T>): Promise<T> {
  try {
    return await ask({ broker })
  } catch (cause) {
    if (!(cause instanceof MqError)) throw cause
    throw new MqError(cause.failure, cause.message, { ...cause.detail, broker }, { cause })
  }
}

function byUser<Row extends { readonly username: string }, Has extends object>(
  found: ReadonlyMap<string, readonly Row[]>,
  hasOf: (rows: readonly Row[]) => Has | undefined,
): readonly UserView<Has>[] {
  const rowsOf = new Map<string, Map<string, Row[]>>()
  for (const [broker, rows] of found) {
    for (const row of rows) {
      const ofUser = kept(rowsOf, row.username, () => new Map<string, Row[]>())
      kept(ofUser, broker, (): Row[] => []).push(row)
    }
  }
  return [...rowsOf]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([username, ofUser]) => ({
      username,
      at: [...ofUser].flatMap(([broker, rows]) => {
        const has = hasOf(rows)
        return has ? [{ broker, ...has }] : []
      }),
    }))
}
