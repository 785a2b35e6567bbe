// The one log of all topics: records one after the other, no record across two files.
//
//   minPosition                                     endPosition
//    |-- records --|blank|-- records --|blank|-- records --|-- zeros --
//
// One writer. A file that cannot take the next record is closed by a blank record (rest size,
// magic); Java wants 8 spare bytes behind a record that is not the file's last.
// Format: docs/formats/commit-log.md. Source: CommitLog, MappedFileQueue.

import { MqError } from '../base/errors.ts'
import { type BatchEntry, decodeBatch } from '../message/batch.ts'
import type { OutgoingBatch, OutgoingMessage } from '../message/message.ts'
import {
  type Assigned,
  encodeRecord,
  magics,
  propertiesSizeMax,
  recordSize,
} from '../message/record.ts'
import { recordCrcSize, withoutRecordCrc } from '../message/record-crc.ts'
import type { Log } from './log.ts'
import type { StoreOptions } from './options.ts'
import type { Segment } from './segment.ts'

/** Bytes of a blank record, which must fit behind every record. */
const blankSize = 8
// A record may exceed the largest body by this. Source: MessageExtEncoder.
const overheadMax = 65_536
const topicSizeMax = 255

/** A record that was just written. */
export type WrittenRecord = {
  readonly position: number
  readonly size: number
  readonly queueOffset: number
}

type QueueName = { readonly topicBytes: Uint8Array }

export class CommitLog {
  readonly #log: Log
  readonly #messageSizeMax: number
  readonly #hasCrc: boolean
  #segment: Segment | undefined
  #endPosition: number
  /** Reused for every record, so that an append allocates nothing for it. */
  readonly #assigned: Assigned = {
    queueOffset: 0,
    position: 0,
    storeTimestamp: 0,
    topic: new Uint8Array(0),
    propertiesSize: 0,
    size: 0,
    hasCrc: false,
  }

  constructor(
    log: Log,
    endPosition: number,
    options: Pick<StoreOptions, 'maxMessageSize' | 'enabledAppendPropCRC'>,
  ) {
    this.#log = log
    this.#endPosition = endPosition
    this.#messageSizeMax = options.maxMessageSize
    this.#hasCrc = options.enabledAppendPropCRC
    this.#assigned.hasCrc = options.enabledAppendPropCRC
  }

  get minPosition(): number {
    return this.#log.minPosition
  }

  /** Position after the last record. */
  get endPosition(): number {
    return this.#endPosition
  }

  /**
   * Writes one record and answers its size; it is at `endPosition - size`. `queueOffset` is
   * stored as it is. Throws `message-too-large`, `properties-too-large`, `message-illegal`, or
   * what the files throw when the next one cannot be made; nothing is written then.
   */
  append(
    queue: QueueName,
    outgoing: OutgoingMessage,
    queueOffset: number,
    storeTimestamp: number,
  ): number {
    const message = this.#hasCrc ? withRoomForCrc(outgoing) : outgoing
    if (message.body.length > this.#messageSizeMax) throw tooLarge(message.body.length)
    const size = this.#sizeOf(queue, message)
    const segment = this.#segmentFor(size)
    const at = this.#endPosition - segment.base
    const index = segment.begin(at, size)
    const assigned = this.#assigned
    assigned.queueOffset = queueOffset
    assigned.storeTimestamp = storeTimestamp
    assigned.position = this.#endPosition
    encodeRecord(segment.target, index, message, assigned)
    segment.commit(at, size)
    this.#endPosition += size
    return size
  }

  /**
   * Writes one record for each entry of a client batch, all into one file. Throws as
   * {@link append}; nothing is written then.
   * Source: DefaultAppendMessageCallback.doAppend(MessageExtBatch).
   */
  appendBatch(
    queue: QueueName,
    batch: OutgoingBatch,
    queueOffset: number,
    storeTimestamp: number,
  ): { written: WrittenRecord[]; entries: BatchEntry[] } {
    if (batch.body.length > this.#messageSizeMax) throw tooLarge(batch.body.length)
    const entries = decodeBatch(batch.body)
    if (entries.length === 0) throw new MqError('message-illegal', 'the batch is empty')
    const messages = entries.map((entry) => {
      const message = { ...batch, ...entry, preparedPosition: 0 }
      return this.#hasCrc ? withRoomForCrc(message) : message
    })
    const sizes = messages.map((message) => this.#sizeOf(queue, message))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const segment = this.#segmentFor(total)

    // Put into the file in one call: a refused batch leaves no record behind.
    const at = this.#endPosition - segment.base
    const first = segment.begin(at, total)
    const written: WrittenRecord[] = []
    let position = this.#endPosition
    messages.forEach((message, index) => {
      const size = this.#sizeOf(queue, message)
      const record = { position, size, queueOffset: queueOffset + index }
      const assigned = { ...this.#assigned, ...record, storeTimestamp }
      encodeRecord(segment.target, first + position - this.#endPosition, message, assigned)
      written.push(record)
      position += size
    })
    segment.commit(at, total)
    this.#endPosition = position
    return { written, entries }
  }

  /** Appends bytes as they are, from file to file. Throws what the files throw. */
  appendBytes(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = this.#endPosition % this.#log.segmentSize
      const base = this.#endPosition - at
      const segment =
        this.#segment?.base === base
          ? this.#segment
          : at === 0
            ? this.#log.roll(base)
            : this.#log.segment(base)
      if (!segment) throw new MqError('broker-unavailable', 'the file of the log is not there')
      this.#segment = segment
      const size = Math.min(bytes.length - done, segment.size - at)
      const index = segment.begin(at, size)
      segment.target.bytes.set(bytes.subarray(done, done + size), index)
      segment.commit(at, size)
      this.#endPosition += size
      done += size
    }
  }

  /** The log ends there now: it was cut, or begins anew. */
  endAt(position: number): void {
    this.#segment = undefined
    this.#endPosition = position
  }

  /** Touches what comes next and makes the next file in time. Throws as Files. */
  prepare(): void {
    this.#log.prepare(this.#endPosition)
  }

  /** Also keeps what the encoder needs of it in `#assigned`. */
  #sizeOf(queue: QueueName, message: OutgoingMessage): number {
    const textSize = Buffer.byteLength(message.properties)
    const propertiesSize = this.#hasCrc ? textSize + recordCrcSize : textSize
    if (propertiesSize > propertiesSizeMax) {
      throw new MqError('properties-too-large', undefined, { propertiesSize })
    }
    const topic = queue.topicBytes
    if (topic.length > topicSizeMax) throw new MqError('message-illegal', 'the topic is too long')

    const size = recordSize(message, topic.length, propertiesSize)
    if (size > this.#messageSizeMax + overheadMax) throw tooLarge(size)
    this.#assigned.topic = topic
    this.#assigned.propertiesSize = propertiesSize
    this.#assigned.size = size
    return size
  }

  /** The segment with room for `size` bytes and a blank record behind them, or the next one. */
  #segmentFor(size: number): Segment {
    const position = this.#endPosition
    const segment = this.#segment
    if (segment && position + size + blankSize <= segment.base + segment.size) return segment
    if (size + blankSize > this.#log.segmentSize) throw tooLarge(size)

    const base = position - (position % this.#log.segmentSize)
    const next = base + this.#log.segmentSize
    const isStart = position === base
    if (!segment && (isStart || position + size + blankSize <= next)) {
      this.#segment = isStart ? this.#log.roll(base) : this.#log.segment(position)
      if (this.#segment) return this.#segment
    }
    // The next file first: if it cannot be made, this one stays open.
    const rolled = isStart ? this.#log.roll(base) : this.#log.roll(next)
    if (!isStart) this.#close(segment ?? this.#log.segment(position))
    this.#segment = rolled
    this.#endPosition = rolled.base
    return rolled
  }

  #close(segment: Segment | undefined): void {
    if (!segment) return
    const at = this.#endPosition - segment.base
    const index = segment.begin(at, blankSize)
    const { view } = segment.target
    view.setInt32(index + 4, magics.blank)
    view.setInt32(index, segment.size - at)
    segment.commit(at, blankSize)
  }
}

function withRoomForCrc(message: OutgoingMessage): OutgoingMessage {
  return { ...message, properties: withoutRecordCrc(message.properties) }
}

function tooLarge(size: number): MqError {
  return new MqError('message-too-large', undefined, { size })
}
