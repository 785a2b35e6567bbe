// From the log to what is derived from it: queue entries and key index, for all records of a
// turn at its end, and then one word to those who wait for messages of a queue.
//
// With a synchronous flush a record is dispatched only when it is on disk, so that nobody reads
// a message that a power failure could take back.
// Source: DefaultMessageStore.ReputMessageService.

import type { Clock } from '../base/clock.ts'
import { sysFlags } from '../message/flags.ts'
import type { IndexedRecord } from './index-keys.ts'
import type { QueueEntry } from './queue-entry.ts'
import type { Queue } from './queue-table.ts'

type RecordVisitor = (record: IndexedRecord) => void

/** A record that is in the log and waits for its queue entry. */
export type Dispatch = QueueEntry &
  IndexedRecord & {
    readonly queue: Queue
    readonly queueOffset: number
    /** Offsets that it takes in a batch queue; 0 when it is none for one. */
    readonly batchCount: number
  }

/** What a listener is told: see Arrival in the broker's ports. */
export type QueueArrival = {
  readonly topic: string
  readonly queueId: number
  readonly maxOffset: number
  readonly tagsCode: number
  readonly storeTimestamp: number
  /** It came to a batch queue, whose tags code says nothing of the messages in a batch. */
  readonly isBatch: boolean
}

export type DispatcherParts = {
  readonly clock: Clock
  /** Up to where records may be dispatched. */
  readonly limit: () => number
  /** Called for each record, in order, after its queue entry. */
  readonly index: RecordVisitor
  /** Called once a turn for each queue that has new entries, which its files do not have. */
  readonly dirty: (queue: Queue) => void
  readonly afterTurn: () => void
}

export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #listeners: ((arrival: QueueArrival) => void)[] = []
  readonly #turnListeners: (() => void)[] = []
  /** Up to where the set has the log, where that counts. */
  furtherLimit: (() => number) | undefined
  #waiting: Dispatch[] = []
  #head = 0
  #scheduled = false
  #lastPosition: number
  #lastStoreTimestamp: number

  /** `last`: the last record that was dispatched before, position -1 when there is none. */
  constructor(parts: DispatcherParts, last: { position: number; storeTimestamp: number }) {
    this.#parts = parts
    this.#lastPosition = last.position
    this.#lastStoreTimestamp = last.storeTimestamp
  }

  /** Start of the last record that was dispatched. */
  get lastPosition(): number {
    return this.#lastPosition
  }

  get lastStoreTimestamp(): number {
    return this.#lastStoreTimestamp
  }

  /** Records that wait for their flush or for the end of the turn. */
  get waitingCount(): number {
    return this.#waiting.length - this.#head
  }

  onArrival(listener: (arrival: QueueArrival) => void): void {
    this.#listeners.push(listener)
  }

  /** Called at the end of each turn that added a record, before it is dispatched. */
  onTurn(listener: () => void): void {
    this.#turnListeners.push(listener)
  }

  /** Takes a record; it is dispatched at the end of this turn or when the limit allows it. */
  add(dispatch: Dispatch): void {
    this.#waiting.push(dispatch)
    this.schedule()
  }

  /** Forgets the records that wait and begin at `position` or behind it. */
  forgetFrom(position: number): void {
    this.#waiting = this.#waiting.slice(this.#head).filter((one) => one.position < position)
    this.#head = 0
  }

  /** The log was cut: `last` is the last record that is left of those that were dispatched. */
  goBackTo(last: { position: number; storeTimestamp: number }): void {
    this.#lastPosition = last.position
    this.#lastStoreTimestamp = last.storeTimestamp
  }

  /** Dispatches at the end of this turn what the limit allows. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#parts.clock.endOfTurn(() => {
      this.#scheduled = false
      // Slaves first: they work while the entries are made here.
      for (const listener of this.#turnListeners) listener()
      this.run()
      this.#parts.afterTurn()
    })
  }

  /** Dispatches now what the limit allows, and tells the listeners. */
  run(): void {
    const limit = Math.min(this.#parts.limit(), this.furtherLimit?.() ?? Number.MAX_SAFE_INTEGER)
    const last: Dispatch[] = []
    while (this.#head < this.#waiting.length) {
      const dispatch = this.#waiting[this.#head]
      if (!dispatch || dispatch.position + dispatch.size > limit) break
      this.#head++
      this.#dispatch(dispatch, last)
    }
    this.#compact()
    this.#tell(last)
  }

  #dispatch(dispatch: Dispatch, last: Dispatch[]): void {
    const { queue } = dispatch
    if (hasQueueEntry(dispatch.sysFlag) && queue.append(dispatch.queueOffset, dispatch)) {
      if (queue.turnIndex < 0) {
        queue.turnIndex = last.length
        last.push(dispatch)
      } else {
        last[queue.turnIndex] = dispatch
      }
    }
    this.#parts.index(dispatch)
    this.#lastPosition = dispatch.position
    this.#lastStoreTimestamp = dispatch.storeTimestamp
  }

  #compact(): void {
    if (this.#head === this.#waiting.length) {
      this.#waiting = []
      this.#head = 0
    } else if (this.#head > 4096) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }

  #tell(last: readonly Dispatch[]): void {
    for (const { queue, tagsCode, storeTimestamp } of last) {
      queue.turnIndex = -1
      this.#parts.dirty(queue)
      const { topic, queueId, maxOffset, isBatch } = queue
      for (const listener of this.#listeners) {
        listener({ topic, queueId, maxOffset, tagsCode, storeTimestamp, isBatch })
      }
    }
  }
}

/** Prepared and rolled back records are not for consumers. Source: CommitLogDispatcherBuildConsumeQueue. */
export function hasQueueEntry(sysFlag: number): boolean {
  const transaction = sysFlag & sysFlags.transactionMask
  return transaction === 0 || transaction === sysFlags.transactionCommit
}
