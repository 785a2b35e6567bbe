// What a controller keeps of one broker set: a value, replaced whole by each transition.
//
// Source: BrokerReplicaInfo, SyncStateInfo.

import * as z from 'zod'
import { MqError } from '../base/errors.ts'

const member = z.strictObject({
  /** Given by the controller, from 1. */
  id: z.number().int().positive(),
  /** `host:port` of its remoting port; empty until it registers. */
  address: z.string(),
  /** Chosen by the broker: who asks for the same id again must know it. */
  checkCode: z.string(),
})

const brokerSet = z.strictObject({
  clusterName: z.string(),
  brokerName: z.string(),
  masterBrokerId: z.number().int().optional(),
  /** Grows with each election. 0: there never was a master. */
  masterEpoch: z.number().int(),
  /** Who is in sync with the master, the master included; ascending. */
  syncStateSet: z.array(z.number().int()).readonly(),
  syncStateSetEpoch: z.number().int(),
  nextBrokerId: z.number().int(),
  members: z.array(member).readonly(),
})

export type Member = Readonly<z.output<typeof member>>
export type BrokerSet = Readonly<z.output<typeof brokerSet>>

export const newBrokerSet = (clusterName: string, brokerName: string): BrokerSet => ({
  clusterName,
  brokerName,
  masterEpoch: 0,
  syncStateSet: [],
  syncStateSetEpoch: 0,
  nextBrokerId: 1,
  members: [],
})

export const memberOf = (set: BrokerSet, id: number | undefined): Member | undefined =>
  set.members.find((member) => member.id === id)

export const printBrokerSet = (set: BrokerSet): string => JSON.stringify(set)

/** Throws `internal` for what this version did not write. */
export function parseBrokerSet(text: string): BrokerSet {
  try {
    return brokerSet.parse(JSON.parse(text))
  } catch (cause) {
    throw new MqError('internal', 'the state of a broker set cannot be read', {}, { cause })
  }
}

export const ascending = (ids: Iterable<number>): readonly number[] =>
  [...new Set(ids)].sort((a, b) => a - b)
