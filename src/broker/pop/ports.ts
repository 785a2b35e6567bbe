// What pop needs of the broker, and what it is asked for.

import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import type { Holds } from '../holds.ts'
import type {
  Appender,
  Arrival,
  ConsumerOffsets,
  Groups,
  Queues,
  Reader,
  ReadFilter,
  Self,
  Topics,
} from '../ports.ts'

export type PopPorts = {
  readonly self: Self
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly appender: Appender
  readonly queues: Queues
  readonly reader: Reader
  readonly topics: Topics
  readonly groups: Groups
  readonly offsets: ConsumerOffsets
  readonly holds: Holds<Arrival>
}

/** Where a pop looks. */
export type PopTarget = {
  readonly group: string
  readonly topic: string
  /** Below 0: any queue. */
  readonly queueId: number
}

export type PopQuery = PopTarget & {
  /** 1 to 32. */
  readonly maxCount: number
  readonly invisibleMs: number
  /** Where a group begins that was never here. */
  readonly from: 'min' | 'max'
  readonly filter: ReadFilter | undefined
  readonly isOrder: boolean
  /** A repeated attempt of an ordered pop gets the same messages instead of waiting for them. */
  readonly attemptId: string | undefined
}

/** What a pop took. Everything is appended; `endPosition` is what must be durable, or 0. */
export type Popped = {
  readonly popTime: number
  readonly reviveQid: number
  /** Messages that are left in the queues that were looked at. */
  readonly rest: number
  /** A filter passed over so many that a queue was not looked through. */
  readonly isMore: boolean
  readonly count: number
  readonly startOffsetInfo: string
  readonly msgOffsetInfo: string
  readonly orderCountInfo: string
  readonly records: readonly Uint8Array[]
  readonly endPosition: number
}

/** One message of a receipt that an acknowledgement or a change of its time is about. */
export type Claim = {
  readonly group: string
  /** The topic that was read. */
  readonly topic: string
  readonly queueId: number
  readonly startOffset: number
  readonly popTime: number
  readonly invisibleMs: number
  readonly reviveQid: number
  readonly brokerName: string
}
