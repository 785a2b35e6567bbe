// What the broker needs of the store. `src/store` fits these by shape and imports nothing of
// them; broker.ts is where the compiler checks the fit.
//
// Words: an offset counts messages in a queue, a position counts bytes in the commit log.

import type { OutgoingBatch, OutgoingMessage } from '../message/message.ts'

export type Appended = {
  /** Of the first byte of the (first) record. */
  readonly position: number
  /** Of the byte after the last record: what must be durable before an acknowledgement. */
  readonly endPosition: number
  /** Of the (first) message in its queue. */
  readonly queueOffset: number
  readonly storeTimestamp: number
  /** Positions of all records of a batch; one for a single message. */
  readonly positions: readonly number[]
}

/** How the wait for durability ended. Source: PutMessageStatus. */
export type DurableStatus =
  | 'ok'
  | 'flush-disk-timeout'
  | 'flush-slave-timeout'
  | 'slave-not-available'

export type DurableWaiter = { release(status: DurableStatus): void }

/**
 * Appends to the one log. Synchronous: the record is in the page cache (or staged, and
 * written before this turn's replies leave) when it returns. Dispatch to the queues happens at
 * the end of the turn.
 *
 * Throws `message-too-large`, `properties-too-large`, `message-illegal`, `broker-unavailable`
 * (stopping, read-only, disk full) or `broker-busy`; nothing is stored then.
 */
export type Appender = {
  append(message: OutgoingMessage): Appended
  appendBatch(batch: OutgoingBatch): Appended
  /**
   * True: the log already is as durable up to `endPosition` as this store promises and the
   * waiter is not used. False: the waiter is released once, when it is or when it cannot be.
   */
  isDurable(endPosition: number, waiter: DurableWaiter): boolean
}

export type QueueKey = { readonly topic: string; readonly queueId: number }

/** Looks into queues. Never creates one: an unknown queue reads as empty with offsets 0. */
export type Queues = {
  minOffset(queue: QueueKey): number
  maxOffset(queue: QueueKey): number
  /** Whether the message at `offset` is still in memory (by distance to the log's end). */
  isHot(queue: QueueKey, offset: number): boolean
  /** Source: ConsumeQueue.getOffsetInQueueByTime; clamped to [min, max]. */
  offsetByTime(queue: QueueKey, timestamp: number, boundary: 'lower' | 'upper'): number
  /** Store timestamp of the message at `offset`; undefined when there is none. */
  storeTime(queue: QueueKey, offset: number): number | undefined
  /** Forgets all queues of a topic and removes their files. The log keeps its records. */
  deleteTopic(topic: string): void
}

/** Decides which messages a read returns. Both must pass; a missing one passes. */
export type ReadFilter = {
  /** By the queue entry alone: Java's hash of the tag. */
  matchesTagsCode?(tagsCode: number): boolean
  /** By the whole record. */
  matchesRecord?(record: Uint8Array): boolean
}

export type ReadQuery = QueueKey & {
  readonly offset: number
  readonly maxCount: number
  /** At least one message is returned whatever its size. */
  readonly maxBytes: number
  readonly filter?: ReadFilter | undefined
}

/** Source: GetMessageStatus. */
export type ReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE'

export type ReadResult = {
  readonly status: ReadStatus
  /** Where the next read goes on; see the table of pull statuses. */
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  /** Whole records, in order; views of the mapping when hot. Valid while referenced. */
  readonly records: readonly Uint8Array[]
  /** The queue offset of each record. */
  readonly offsets: readonly number[]
  readonly bytes: number
  /** The backlog exceeds what memory holds: a slave should serve the next read. */
  readonly suggestSlave: boolean
}

/** A promise only when cold bytes have to be fetched. */
export type Reader = {
  read(query: ReadQuery): ReadResult | Promise<ReadResult>
  /** The record that starts at `position`; undefined if there is none. */
  recordAt(position: number): Uint8Array | undefined | Promise<Uint8Array | undefined>
}

export type Arrival = QueueKey & {
  /** The queue's max offset after the arrival. */
  readonly maxOffset: number
  readonly tagsCode: number
  /** Of the newest message that arrived. */
  readonly storeTimestamp: number
}

/** Told once per turn and queue, after dispatch. */
export type Arrivals = { onArrival(listener: (arrival: Arrival) => void): void }

/** The whole store as the assembly sees it; parts of the broker take the narrow ones. */
export type MessageStore = Appender &
  Queues &
  Reader &
  Arrivals & {
    readonly minPosition: number
    readonly maxPosition: number
    readonly flushedPosition: number
    /** Why nothing can be appended now; undefined when it can. */
    readonly refusal: string | undefined
  }
