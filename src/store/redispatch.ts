// Recovery hands the records that it reads to their queues again.
//
// No checksum covers the queue and the offset of a record. One that does not continue its queue is
// held until the next one of the queue shows what is wrong:
//
//   …, 23, [8], 25, …    its offset is damaged: its place stays a hole
//   …, 23, [8], 24, …    it is of another queue
//   …, 23, [23], 24, …   one of the two is: neither is believed
//   …, 23, [25], 26, …   the one before it is missing
//   …, 23, [0], 1, …     the topic was deleted and made again: the queue starts over
//
// A record of a batch queue says its offset twice.
//
// Source: ConsumeQueue.putMessagePositionInfo, which ignores the first and serves the second.

import { readInt64 } from '../base/int64.ts'
import type { Log as Logger } from '../base/log.ts'
import { batchCountOf, isInnerBatch } from '../message/inner-batch.ts'
import { recordFields } from '../message/record.ts'
import type { BatchQueue } from './batch-queue.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import { hasQueueEntry } from './dispatcher.ts'
import { entryCodeOf } from './entry-code.ts'
import type { IndexedRecord } from './index-keys.ts'
import type { ScannedRecord } from './log-scan.ts'
import type { QueueEntry } from './queue-entry.ts'
import type { Queue, QueueTable } from './queue-table.ts'

type Held = { readonly offset: number; readonly entry: QueueEntry }

export class Redispatch {
  readonly #queues: QueueTable
  readonly #delayLevels: readonly number[]
  readonly #log: Logger
  readonly #held = new Map<ConsumeQueue, Held>()

  constructor(queues: QueueTable, delayLevels: readonly number[], log: Logger) {
    this.#queues = queues
    this.#delayLevels = delayLevels
    this.#log = log
  }

  take(record: ScannedRecord, indexed: IndexedRecord): void {
    const { view, at, position, size } = record
    const { topic, storeTimestamp, sysFlag, properties } = indexed
    if (!hasQueueEntry(sysFlag)) return
    const tagsCode = entryCodeOf(topic, properties, storeTimestamp, this.#delayLevels)
    const queueId = view.getInt32(at + recordFields.queueId)
    const known = this.#queues.get(topic, queueId)
    if (!known && !this.#queues.isPossible(topic, queueId)) {
      this.#log.warn('record-with-damaged-queue', { topic, queueId, position })
      return
    }
    const queue = known ?? this.#queues.obtain(topic, queueId, isInnerBatch(sysFlag))
    const offset = readInt64(view, at + recordFields.queueOffset)
    const entry = { position, size, tagsCode }
    if (queue.isBatch) this.#placeBatch(queue, offset, entry, indexed)
    else this.#place(queue, offset, entry)
    if (queue.isWriteDue) queue.writeOut()
  }

  /** Nothing comes any more. */
  finish(): void {
    for (const [queue, held] of this.#held) {
      if (held.offset === 0) queue.append(held.offset, held.entry)
      else {
        this.#tell(queue, held)
        if (held.offset === queue.maxOffset - 1) queue.blankLast()
        else queue.leaveHole()
      }
    }
    this.#held.clear()
  }

  #place(queue: ConsumeQueue, offset: number, entry: QueueEntry): void {
    const held = this.#held.get(queue)
    if (held) {
      this.#held.delete(queue)
      if (!this.#settle(queue, held, offset)) this.#tell(queue, held)
    }
    const isNew = entry.position >= queue.endPosition
    const continues = offset === queue.maxOffset || queue.maxOffset === 0
    if (isNew && !continues) this.#held.set(queue, { offset, entry })
    else queue.append(offset, entry)
  }

  #placeBatch(queue: BatchQueue, offset: number, entry: QueueEntry, record: IndexedRecord): void {
    const { properties, sysFlag, storeTimestamp } = record
    const batchCount = batchCountOf(properties, offset)
    if (batchCount === 0 && !isInnerBatch(sysFlag)) return
    const continues = offset >= queue.maxOffset || offset === 0
    const isNew = entry.position >= queue.endPosition
    if (batchCount === 0 || (isNew && !continues)) this.#tell(queue, { offset, entry })
    else queue.append(offset, { ...entry, storeTimestamp, batchCount })
  }

  /** Whether the one before `offset` is what it says; it is in its queue then. */
  #settle(queue: ConsumeQueue, held: Held, offset: number): boolean {
    const startsOver = held.offset === 0 && offset === 1
    if (!startsOver && offset === queue.maxOffset) {
      if (held.offset === offset - 1) queue.blankLast()
      return false
    }
    if (!startsOver && offset === queue.maxOffset + 1) {
      queue.leaveHole()
      return false
    }
    const agree = offset === held.offset + 1 || held.offset === 0
    return agree && queue.append(held.offset, held.entry)
  }

  #tell({ topic, queueId }: Queue, { offset, entry }: Held): void {
    const { position } = entry
    this.#log.warn('record-with-damaged-offset', { topic, queueId, offset, position })
  }
}
