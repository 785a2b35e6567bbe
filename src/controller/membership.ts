// Ids, addresses and the in-sync set of a broker set: pure transitions. Each answers the set as
// it then is, or throws why it cannot be.
//
// Source: ReplicasInfoManager

import { MqError } from '../base/errors.ts'
import { ascending, type BrokerSet, memberOf, newBrokerSet } from './broker-set.ts'

/** Most brokers of one set; ours. */
const membersMax = 64

export type IdRequest = {
  readonly clusterName: string
  readonly brokerName: string
  readonly id: number
  readonly checkCode: string
}

/** An id for a broker that has none. The same again for who knows the check code. */
export function applyBrokerId(found: BrokerSet | undefined, asked: IdRequest): BrokerSet {
  const set = found ?? newBrokerSet(asked.clusterName, asked.brokerName)
  const { id, checkCode } = asked
  const known = memberOf(set, id)
  if (known?.checkCode === checkCode) return set
  if (known || id !== set.nextBrokerId) {
    throw new MqError('broker-id-taken', undefined, { brokerId: id })
  }
  if (set.members.length >= membersMax) {
    throw new MqError('broker-id-taken', 'the broker set is full', { membersMax })
  }
  return {
    ...set,
    nextBrokerId: id + 1,
    members: [...set.members, { id, address: '', checkCode }],
  }
}

/** Throws `broker-not-registered` when the broker has no id yet. */
export function registerAddress(
  set: BrokerSet | undefined,
  id: number,
  address: string,
): BrokerSet {
  const known = set && memberOf(set, id)
  if (!set || !known) throw new MqError('broker-not-registered', undefined, { brokerId: id })
  if (known.address === address) return set
  const members = set.members.map((one) => (one.id === id ? { ...one, address } : one))
  return { ...set, members }
}

export type AlterRequest = {
  readonly masterBrokerId: number
  readonly masterEpoch: number
  readonly syncStateSetEpoch: number
  readonly syncStateSet: readonly number[]
}

/** The master says who is in sync with it now. */
export function alterSyncSet(
  set: BrokerSet | undefined,
  asked: AlterRequest,
  isAlive: (id: number) => boolean,
): BrokerSet {
  if (!set) throw new MqError('sync-set-refused', 'the broker set is not registered')
  const wanted = ascending(asked.syncStateSet)
  if (asked.masterBrokerId !== set.masterBrokerId) throw new MqError('not-the-master')
  if (asked.masterEpoch !== set.masterEpoch) throw new MqError('master-epoch-fenced')
  if (asked.syncStateSetEpoch !== set.syncStateSetEpoch) throw new MqError('sync-set-epoch-fenced')
  if (`${wanted}` === `${set.syncStateSet}`) {
    throw new MqError('sync-set-refused', 'the in-sync set is so already')
  }
  for (const brokerId of wanted) {
    if (!memberOf(set, brokerId)) throw new MqError('replica-unknown', undefined, { brokerId })
    if (!isAlive(brokerId)) throw new MqError('replica-not-alive', undefined, { brokerId })
  }
  if (!wanted.includes(asked.masterBrokerId)) {
    throw new MqError('sync-set-refused', 'the master must be in it')
  }
  return { ...set, syncStateSet: wanted, syncStateSetEpoch: set.syncStateSetEpoch + 1 }
}

/**
 * Forgets brokers, all of the set when none is named. Undefined: nothing of it is left. Throws
 * `clean-refused` for those that live, unless that is allowed too.
 */
export function forgetBrokers(
  set: BrokerSet | undefined,
  asked: { readonly ids: readonly number[]; readonly allowsLiving: boolean },
  isAlive: (id: number) => boolean,
): BrokerSet | undefined {
  if (!set) throw new MqError('clean-refused', 'the broker set is not registered')
  const ids = asked.ids.length > 0 ? asked.ids : set.members.map(({ id }) => id)
  for (const brokerId of ids) {
    if (!memberOf(set, brokerId)) {
      throw new MqError('clean-refused', 'there is no such broker', { brokerId })
    }
    if (!asked.allowsLiving && isAlive(brokerId)) {
      throw new MqError('clean-refused', 'the broker lives', { brokerId })
    }
  }
  const members = set.members.filter(({ id }) => !ids.includes(id))
  if (members.length === 0) return undefined
  const { masterBrokerId, ...rest } = set
  const keepsMaster = masterBrokerId !== undefined && !ids.includes(masterBrokerId)
  return {
    ...rest,
    ...(keepsMaster && { masterBrokerId }),
    syncStateSet: set.syncStateSet.filter((id) => !ids.includes(id)),
    syncStateSetEpoch: set.syncStateSetEpoch + 1,
    members,
  }
}
