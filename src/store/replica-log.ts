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
import { bodyCrcOf, findParts, magics, recordFields } from '../message/record.ts'
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
  /** What that part grows to before there is more to know of it; 0: it is not known. */
  #wholeSize = 0
  #topic: { readonly bytes: Buffer; readonly text: string } = { bytes: Buffer.alloc(0), text: '' }

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
  bytesAt(position: number, size: number): Buffer {
    const { log } = this.#parts
    const end = Math.min(this.maxPosition, log.nextBase(position), position + size)
    const segment = position < end ? log.segment(position) : undefined
    return segment?.read(position - segment.base, end - position) ?? Buffer.alloc(0)
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
      this.#forgetPart()
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
    this.#forgetPart()
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
    this.#forgetPart()
    await log.cut(position, () => new Promise<void>((go) => clock.endOfTurn(go)))
    commitLog.endAt(position)
  }

  #isBoundary(position: number): boolean {
    if (position === this.#wholePosition || position % this.segmentSize === 0) return true
    const room = this.#parts.log.nextBase(position) - position
    const head = this.bytesAt(position, headSize)
    const size = head.length < headSize ? undefined : recordSizeAt(viewOf(head), 0, room)
    return size !== undefined && size <= Math.min(room, this.maxPosition - position)
  }

  /** Hands on the records that have become whole. */
  #takeWhole(): void {
    while (this.#partSize > 0 && this.#partSize >= this.#wholeSize) {
      const position = this.#wholePosition
      const nextBase = this.#parts.log.nextBase(position)
      // One view for all that came: one for each record costs more than all else here.
      const bytes = this.bytesAt(position, nextBase - position)
      if (bytes.length === 0) throw this.#damaged(position)
      this.#takeFrom(bytes, position, nextBase - position)
    }
  }

  /** `bytes` begin with a record, at `position`, and end in the same file, which has `room`. */
  #takeFrom(bytes: Buffer, position: number, room: number): void {
    const view = viewOf(bytes)
    for (let at = 0; at < bytes.length; ) {
      const left = bytes.length - at
      const isTail = room - at < headSize
      this.#wholeSize = isTail ? room - at : headSize
      if (left < this.#wholeSize) return
      if (!isTail) {
        const size = recordSizeAt(view, at, room - at)
        if (size === undefined) throw this.#damaged(position + at)
        this.#wholeSize = size
        if (left < size) return
        if (view.getInt32(at + 4) !== magics.blank) this.#take(bytes, view, at, position + at)
      }
      at += this.#wholeSize
      this.#partSize -= this.#wholeSize
      this.#wholeSize = 0
    }
  }

  #take(bytes: Buffer, view: DataView, at: number, position: number): void {
    const { dispatcher, queues, delayLevels } = this.#parts
    const parts = findParts(view, at, bytes.length)
    if (!parts || readInt64(view, at + recordFields.position) !== position) {
      throw this.#damaged(position)
    }
    const body = bytes.subarray(at + parts.body, at + parts.body + parts.bodySize)
    if (view.getInt32(at + recordFields.bodyCrc) !== bodyCrcOf(body)) throw this.#damaged(position)
    const topic = this.#topicAt(bytes, at + parts.topic, parts.topicSize)
    const properties = bytes.toString(
      'utf8',
      at + parts.properties,
      at + parts.properties + parts.propertiesSize,
    )
    const storeTimestamp = readInt64(view, at + parts.storeTimestamp)
    const sysFlag = view.getInt32(at + recordFields.sysFlag)
    const queueId = view.getInt32(at + recordFields.queueId)
    const queue = queues.get(topic, queueId) ?? queues.obtain(topic, queueId, isInnerBatch(sysFlag))
    const queueOffset = readInt64(view, at + recordFields.queueOffset)
    dispatcher.add({
      queue,
      queueOffset,
      position,
      size: this.#wholeSize,
      tagsCode: entryCodeOf(topic, properties, storeTimestamp, delayLevels),
      topic,
      storeTimestamp,
      sysFlag,
      properties,
      batchCount: queue.isBatch ? batchCountOf(properties, queueOffset) : 0,
      topicHash: queue.topicHash,
    })
  }

  /** Most records are of the topic of the record before. */
  #topicAt(bytes: Buffer, at: number, size: number): string {
    const last = this.#topic
    if (last.bytes.length === size && last.bytes.compare(bytes, at, at + size) === 0) {
      return last.text
    }
    const own = Buffer.from(bytes.subarray(at, at + size))
    this.#topic = { bytes: own, text: own.toString() }
    return this.#topic.text
  }

  #forgetPart(): void {
    this.#partSize = 0
    this.#wholeSize = 0
  }

  /** What the master sent is not a record: it is asked again from the last one that is. */
  #damaged(position: number): MqError {
    this.seal()
    return new MqError('broker-error', 'the bytes of the master are not a record', { position })
  }
}

/** Of the record that begins at `at`, where the file has `room`; undefined: none does. */
function recordSizeAt(view: DataView, at: number, room: number): number | undefined {
  const size = view.getInt32(at)
  const magic = view.getInt32(at + 4)
  const isKnown = magic === magics.v1 || magic === magics.v2 || magic === magics.blank
  return isKnown && size >= headSize && size <= room ? size : undefined
}
