// The log as replication sees it: bytes by position on one side, bytes appended as they come on
// the other. A slave's log is its master's byte for byte, so it may end inside a record: queues
// and index follow record by record, as far as they are whole.
//
//   minPosition                    wholePosition      maxPosition
//    |-- records -----------------------|-- part of one --|
//
// Source: DefaultMessageStore.appendToCommitLog, truncateDirtyFiles, ReputMessageService.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import { readInt64, viewOf } from '../base/int64.ts'
import { batchCountOf, isInnerBatch } from '../message/inner-batch.ts'
import { bodyIsIntact, findParts, magics, recordFields } from '../message/record.ts'
import type { CommitLog } from './commit-log.ts'
import type { Dispatcher } from './dispatcher.ts'
import { entryCodeOf } from './entry-code.ts'
import type { FlushWaiter } from './flush.ts'
import type { Log } from './log.ts'
import type { QueueTable } from './queue-table.ts'

const headSize = 8

export type ReplicaLogParts = {
  readonly clock: Clock
  readonly log: Log
  readonly commitLog: CommitLog
  readonly queues: QueueTable
  readonly dispatcher: Dispatcher
  readonly delayLevels: readonly number[]
  readonly isDurable: (endPosition: number, waiter: FlushWaiter) => boolean
  /** Everything that is derived from the log forgets what begins at `position` or behind it. */
  readonly forgetFrom: (position: number) => Promise<void>
}

export class ReplicaLog {
  readonly #parts: ReplicaLogParts
  /** Bytes at the end that are part of a record only; 0 unless a master's bytes came last. */
  #partSize = 0

  /** A store opens with whole records only. */
  constructor(parts: ReplicaLogParts) {
    this.#parts = parts
  }

  get #wholePosition(): number {
    return this.maxPosition - this.#partSize
  }

  get minPosition(): number {
    return this.#parts.log.minPosition
  }

  get maxPosition(): number {
    return this.#parts.commitLog.endPosition
  }

  get segmentSize(): number {
    return this.#parts.log.segmentSize
  }

  /** Start of the last record that is in its queue; -1 when there is none. */
  get lastRecordPosition(): number {
    return this.#parts.dispatcher.lastPosition
  }

  /** Called once in each turn that appended something. */
  onAppended(listener: () => void): void {
    this.#parts.dispatcher.onTurn(listener)
  }

  /** Consumers see nothing behind `limit()`; call {@link dispatch} when it has moved. */
  limitReads(limit: (() => number) | undefined): void {
    this.#parts.dispatcher.furtherLimit = limit
    this.dispatch()
  }

  dispatch(): void {
    this.#parts.dispatcher.schedule()
  }

  /**
   * Bytes from `position` on, at most `size`, none of the next file and none that are not
   * written; a view where the log is mapped. Empty when the log does not have them.
   */
  bytesAt(position: number, size: number): Uint8Array {
    const { log } = this.#parts
    const end = Math.min(this.maxPosition, log.nextBase(position), position + size)
    const segment = position < end ? log.segment(position) : undefined
    return segment?.read(position - segment.base, end - position) ?? new Uint8Array(0)
  }

  isDurable(endPosition: number, waiter: FlushWaiter): boolean {
    return this.#parts.isDurable(endPosition, waiter)
  }

  /**
   * Takes the master's bytes, which must begin where the log ends; an empty log may begin at the
   * start of any file. Throws `broker-error` when they do not fit or are no records, and what
   * the files throw.
   */
  append(position: number, bytes: Uint8Array): void {
    const { commitLog, log } = this.#parts
    if (position !== this.maxPosition) {
      const isFirst = this.maxPosition === 0 && position % log.segmentSize === 0
      if (!isFirst) {
        throw new MqError('broker-error', 'the bytes do not begin where the log ends', {
          position,
          maxPosition: this.maxPosition,
        })
      }
      log.removeFrom(0)
      commitLog.endAt(position)
      this.#partSize = 0
    }
    const from = this.#wholePosition
    commitLog.appendBytes(bytes)
    this.#partSize = this.maxPosition - from
    this.#takeWhole()
    this.#parts.dispatcher.schedule()
  }

  /** Ends the log behind its last whole record, so that messages can be appended to it. */
  seal(): void {
    const { commitLog, log } = this.#parts
    const position = this.#wholePosition
    if (this.#partSize === 0) return
    const segment = log.segment(position)
    if (segment) {
      // Nobody was shown these bytes: they are cleared in place.
      const at = position - segment.base
      const size = Math.min(this.#partSize, segment.size - at)
      const index = segment.begin(at, size)
      segment.target.bytes.fill(0, index, index + size)
      segment.commit(at, size)
    }
    commitLog.endAt(position)
    this.#partSize = 0
  }

  /**
   * Cuts the log at `position`, the start of a record, with all that is derived from it; durable
   * when it resolves, and after a crash on the way the log is cut or as it was. Views that
   * were handed out stay valid. Nothing may be appended meanwhile. Rejects with `broker-error`
   * when no record begins there.
   */
  async truncate(position: number): Promise<void> {
    const { commitLog, dispatcher, log, forgetFrom, clock } = this.#parts
    if (position > this.#wholePosition || !this.#isBoundary(position)) {
      throw new MqError('broker-error', 'the log cannot be cut there: no record begins at it', {
        position,
        maxPosition: this.maxPosition,
      })
    }
    dispatcher.forgetFrom(position)
    await forgetFrom(position)
    commitLog.endAt(position)
    this.#partSize = 0
    await log.cut(position, () => new Promise<void>((go) => clock.endOfTurn(go)))
    commitLog.endAt(position)
  }

  #isBoundary(position: number): boolean {
    if (position === this.#wholePosition || position % this.segmentSize === 0) return true
    const size = this.#sizeAt(position)
    return size !== undefined && size > 0
  }

  /** Of the record at a position; 0: it is not all there yet, undefined: there is none. */
  #sizeAt(position: number): number | undefined {
    const left = Math.min(this.#parts.log.nextBase(position), this.maxPosition) - position
    if (left < headSize) return 0
    const head = Buffer.from(this.bytesAt(position, headSize))
    const [size, magic] = [head.readInt32BE(0), head.readInt32BE(4)]
    const room = this.#parts.log.nextBase(position) - position
    if (size <= 0 || size > room) return undefined
    if (magic !== magics.v1 && magic !== magics.v2 && magic !== magics.blank) return undefined
    return size <= left ? size : 0
  }

  #takeWhole(): void {
    const { dispatcher, log, queues, delayLevels } = this.#parts
    for (;;) {
      const position = this.#wholePosition
      const room = log.nextBase(position) - position
      const size = room < headSize ? room : this.#sizeAt(position)
      if (size === 0 || this.#partSize === 0) return
      if (size === undefined) throw this.#damaged(position)
      const bytes = this.bytesAt(position, size)
      const view = viewOf(bytes)
      if (room >= headSize && view.getInt32(4) !== magics.blank) {
        const parts = findParts(view, 0, bytes.length)
        const isWhole = parts && readInt64(view, recordFields.position) === position
        if (!isWhole || !bodyIsIntact(bytes, parts)) throw this.#damaged(position)
        const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        const topic = text.toString('utf8', parts.topic, parts.topic + parts.topicSize)
        const propertiesEnd = parts.properties + parts.propertiesSize
        const properties = text.toString('utf8', parts.properties, propertiesEnd)
        const storeTimestamp = readInt64(view, parts.storeTimestamp)
        const sysFlag = view.getInt32(recordFields.sysFlag)
        const queueId = view.getInt32(recordFields.queueId)
        const queue = queues.obtain(topic, queueId, isInnerBatch(sysFlag))
        const queueOffset = readInt64(view, recordFields.queueOffset)
        dispatcher.add({
          queue,
          queueOffset,
          position,
          size,
          tagsCode: entryCodeOf(topic, properties, storeTimestamp, delayLevels),
          topic,
          storeTimestamp,
          sysFlag,
          properties,
          batchCount: queue.isBatch ? batchCountOf(properties, queueOffset) : 0,
        })
      }
      this.#partSize -= size
    }
  }

  /** What the master sent is not a record: it is asked again from the last one that is. */
  #damaged(position: number): MqError {
    this.seal()
    return new MqError('broker-error', 'the bytes of the master are not a record', { position })
  }
}
