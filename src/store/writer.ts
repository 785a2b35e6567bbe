// The one writer: checks whether the store takes messages, gives each its place in its queue,
// writes it and hands it to the dispatcher.
// Source: DefaultMessageStore.asyncPutMessage, CommitLog.asyncPutMessage.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import { batchCountOf, isInnerBatch } from '../message/inner-batch.ts'
import type { OutgoingBatch, OutgoingMessage } from '../message/message.ts'
import { addProperty, propertyNames, withoutProperty } from '../message/properties.ts'
import type { CommitLog } from './commit-log.ts'
import { type Dispatcher, hasQueueEntry } from './dispatcher.ts'
import { entryCodeOf } from './entry-code.ts'
import type { Queue, QueueTable } from './queue-table.ts'

// Appends that wait for a flush that does not come are refused from here on.
const undispatchedMax = 200_000

/** The place of what was appended: see Appended in the broker's ports. */
export type AppendedRecords = {
  readonly position: number
  readonly endPosition: number
  readonly queueOffset: number
  readonly storeTimestamp: number
  readonly positions: readonly number[]
}

/** What is short when messages are refused here. */
const disk = { resource: 'disk' }

export type WriterParts = {
  readonly clock: Clock
  readonly commitLog: CommitLog
  readonly queues: QueueTable
  readonly dispatcher: Dispatcher
  readonly delayLevels: readonly number[]
  /** Why nothing can be appended now; undefined when it can. */
  readonly refusal: () => string | undefined
  /** The log could not be written to; nothing was stored. */
  readonly onFailure: (cause: unknown) => void
}

export class Writer {
  readonly #parts: WriterParts

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** See Appender in the broker's ports. */
  append(message: OutgoingMessage): AppendedRecords {
    const { commitLog, clock } = this.#parts
    const queue = this.#queueFor(message)
    const isVisible = hasQueueEntry(message.sysFlag)
    const queueOffset = isVisible ? queue.nextOffset : 0
    const isInner = isInnerBatch(message.sysFlag)
    if (isInner) this.#prepareInner(queue, message, queueOffset)
    const storeTimestamp = clock.now()
    let size: number
    try {
      size = commitLog.append(queue, message, queueOffset, storeTimestamp)
    } catch (error) {
      throw this.#refusedBy(error)
    }
    if (isVisible) queue.nextOffset += isInner ? batchCountOf(message.properties, queueOffset) : 1
    const endPosition = commitLog.endPosition
    const position = endPosition - size
    this.#dispatch(queue, message, { position, size, queueOffset, storeTimestamp })
    return { position, endPosition, queueOffset, storeTimestamp, positions: [position] }
  }

  /** See Appender in the broker's ports. */
  appendBatch(batch: OutgoingBatch): AppendedRecords {
    const { commitLog, clock } = this.#parts
    const queue = this.#queueFor(batch)
    const queueOffset = queue.nextOffset
    const storeTimestamp = clock.now()
    let appended: ReturnType<CommitLog['appendBatch']>
    try {
      appended = commitLog.appendBatch(queue, batch, queueOffset, storeTimestamp)
    } catch (error) {
      throw this.#refusedBy(error)
    }
    const { written, entries } = appended
    queue.nextOffset += written.length
    const { topic, sysFlag } = batch
    written.forEach((record, index) => {
      const properties = entries[index]?.properties ?? ''
      this.#dispatch(queue, { topic, sysFlag, properties }, { ...record, storeTimestamp })
    })
    const endPosition = commitLog.endPosition
    const positions = written.map((record) => record.position)
    const position = positions[0] ?? endPosition
    return { position, endPosition, queueOffset, storeTimestamp, positions }
  }

  /** An inner batch says where it begins. Source: BatchConsumeQueue.assignQueueOffset. */
  #prepareInner(queue: Queue, message: OutgoingMessage, queueOffset: number): void {
    const { innerBase } = propertyNames
    const own = withoutProperty(message.properties, innerBase)
    message.properties = addProperty(own, innerBase, String(queueOffset))
    if (queue.isBatch && batchCountOf(message.properties, queueOffset) > 0) return
    throw new MqError('message-illegal', 'an inner batch that its queue cannot hold')
  }

  #queueFor(message: { topic: string; queueId: number; sysFlag: number }): Queue {
    const { topic, queueId, sysFlag } = message
    const { refusal, dispatcher, queues } = this.#parts
    const reason = refusal()
    if (reason !== undefined) throw new MqError('broker-unavailable', reason, disk)
    if (dispatcher.waitingCount > undispatchedMax) {
      throw new MqError('broker-busy', 'too many messages wait for the disk', disk)
    }
    return queues.get(topic, queueId) ?? queues.obtain(topic, queueId, isInnerBatch(sysFlag))
  }

  /** What the caller is told when the log could not be written to. */
  #refusedBy(error: unknown): unknown {
    if (error instanceof MqError) return error
    this.#parts.onFailure(error)
    return new MqError('broker-unavailable', this.#parts.refusal(), disk, { cause: error })
  }

  // One literal, written out: spreading objects here doubled the cost of an append.
  #dispatch(
    queue: Queue,
    message: { topic: string; sysFlag: number; properties: string },
    record: { position: number; size: number; queueOffset: number; storeTimestamp: number },
  ): void {
    const { topic, sysFlag, properties } = message
    const { position, size, queueOffset, storeTimestamp } = record
    const { dispatcher, delayLevels } = this.#parts
    const tagsCode = entryCodeOf(topic, properties, storeTimestamp, delayLevels)
    dispatcher.add({
      queue,
      queueOffset,
      position,
      size,
      tagsCode,
      topic,
      storeTimestamp,
      sysFlag,
      properties,
      batchCount: queue.isBatch ? batchCountOf(properties, queueOffset) : 0,
      topicHash: queue.topicHash,
    })
  }
}
