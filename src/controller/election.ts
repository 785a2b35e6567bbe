// Who is to be master: a pure decision over a broker set and what is known of its members.
//
// Differs from Apache: nobody else is elected while the old master may hold a lease; a master
// that started again is elected anew, as its log may be shorter than what it acknowledged; a
// failed election changes nothing (Apache forgets the master and raises the epoch).
// Source: DefaultElectPolicy, ReplicasInfoManager.electMaster

import { ascending, type BrokerSet, memberOf } from './broker-set.ts'
import type { Members } from './members.ts'

export type ElectionRequest = {
  /** The broker that asks for itself, or that is to be elected. */
  readonly brokerId?: number | undefined
  /** Only that broker may be elected, though the master lives. */
  readonly isDesignated: boolean
  /** Whether somebody may be elected who was not in sync, at the price of messages. */
  readonly allowsUnclean: boolean
}

export type Election =
  | { readonly result: 'elected'; readonly next: BrokerSet }
  /** The master lives and stays. */
  | { readonly result: 'stays' }
  /** Not before then (monotonic ms): the old master may still believe that it is one. */
  | { readonly result: 'wait'; readonly until: number }
  | { readonly result: 'nobody' }

export function elect(
  set: BrokerSet,
  members: Pick<Members, 'isReady' | 'isServing' | 'leaseEnd' | 'find'>,
  request: ElectionRequest,
  now: number,
): Election {
  const { brokerName, masterBrokerId: old } = set
  if (old !== undefined && members.isServing(brokerName, old, now)) {
    if (!request.isDesignated || request.brokerId === old) return { result: 'stays' }
  }
  const chosen = choose(set, members, request, now)
  if (chosen === undefined) return { result: 'nobody' }
  if (old !== undefined && chosen !== old) {
    const until = members.leaseEnd(brokerName, old)
    if (now <= until) return { result: 'wait', until }
  }
  return {
    result: 'elected',
    next: {
      ...set,
      masterBrokerId: chosen,
      masterEpoch: set.masterEpoch + 1,
      syncStateSet: [chosen],
      syncStateSetEpoch: set.syncStateSetEpoch + 1,
    },
  }
}

function choose(
  set: BrokerSet,
  members: Pick<Members, 'isReady' | 'find'>,
  { brokerId, isDesignated, allowsUnclean }: ElectionRequest,
  now: number,
): number | undefined {
  const isReady = (id: number) => members.isReady(set.brokerName, id, now)
  if (set.masterEpoch === 0) {
    return brokerId !== undefined && memberOf(set, brokerId) && isReady(brokerId)
      ? brokerId
      : undefined
  }
  let candidates = set.syncStateSet.filter((id) => memberOf(set, id) && isReady(id))
  if (candidates.length === 0 && allowsUnclean) {
    candidates = ascending(set.members.map(({ id }) => id)).filter(isReady)
  }
  if (isDesignated) return candidates.find((id) => id === brokerId)
  return candidates.toSorted((a, b) => order(set.brokerName, members, a, b))[0]
}

/** The longest log of the newest epoch first; between equals the preferred, then the older. */
function order(brokerName: string, members: Pick<Members, 'find'>, a: number, b: number): number {
  const one = members.find(brokerName, a)?.report
  const two = members.find(brokerName, b)?.report
  if (!one || !two) return a - b
  return (
    two.epoch - one.epoch ||
    two.maxPosition - one.maxPosition ||
    one.priority - two.priority ||
    a - b
  )
}
