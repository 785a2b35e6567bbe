// Reading the log from front to back at start, before any file is mapped: what is a record,
// what closes a file, and where it stops.
// Source: CommitLog.recoverNormally, checkMessageAndReturnSize.

import type { File, Files } from '../base/files.ts'
import { readInt64, viewOf } from '../base/int64.ts'
import {
  bodyIsIntact,
  findParts,
  magics,
  type RecordParts,
  recordFields,
} from '../message/record.ts'
import { recordCrcIsIntact } from '../message/record-crc.ts'

const chunkSize = 4 * 1024 * 1024
const sectorSize = 512

export type ScannedRecord = {
  readonly position: number
  readonly size: number
  /** The whole record. Valid until the next one is asked for, as is `view`. */
  readonly bytes: Buffer
  /** Of more than the record, which begins at `at`: a view for each record would cost more
   * than all the rest. */
  readonly view: DataView
  readonly at: number
  readonly parts: RecordParts
}

/**
 * Why a scan ended. `zeros`: nothing was written there. `limit`: as asked. The others are
 * damage or a torn write.
 */
export type ScanEnd =
  | 'zeros'
  | 'no-file'
  | 'limit'
  | 'not-a-record'
  | 'wrong-position'
  | 'wrong-checksum'
  | 'torn-text'

export type ScanResult = {
  /** Position after the last good record. */
  readonly endPosition: number
  readonly end: ScanEnd
  /** Start of the last good record; -1 when there is none. */
  readonly lastPosition: number
  readonly lastStoreTimestamp: number
  readonly count: number
}

export type LogShape = {
  readonly files: Files
  readonly pathOf: (base: number) => string
  readonly segmentSize: number
  /** First positions of the files that exist. */
  readonly bases: readonly number[]
  /** A record is good only with the checksum over all of it. */
  readonly needsRecordCrc?: boolean
}

/**
 * Reads records from `from`, the start of a record or file, and hands each to `visit`; those
 * that begin at `until` or behind it are left.
 */
export function scanLog(
  shape: LogShape,
  from: number,
  visit: (record: ScannedRecord) => void,
  until = Number.MAX_SAFE_INTEGER,
): ScanResult {
  const reader = new LogReader(shape)
  const result = { endPosition: from, end: 'no-file' as ScanEnd, count: 0 }
  const last = { lastPosition: -1, lastStoreTimestamp: 0 }
  try {
    for (;;) {
      if (result.endPosition >= until) return { ...result, ...last, end: 'limit' }
      const step = readStep(reader, result.endPosition)
      if (typeof step === 'string') return { ...result, ...last, end: step }
      if ('next' in step) {
        result.endPosition = step.next
        continue
      }
      visit(step)
      result.count++
      last.lastPosition = step.position
      last.lastStoreTimestamp = readInt64(step.view, step.at + step.parts.storeTimestamp)
      result.endPosition = step.position + step.size
    }
  } finally {
    reader.close()
  }
}

/** The one record that starts at `position`; undefined when there is no good one. */
export function recordStartingAt(shape: LogShape, position: number): ScannedRecord | undefined {
  const reader = new RecordReader(shape)
  try {
    return reader.at(position)
  } finally {
    reader.close()
  }
}

/** Records by their positions, for whoever asks for many of them in ascending order. */
export class RecordReader {
  readonly #reader: LogReader

  constructor(shape: LogShape) {
    this.#reader = new LogReader(shape)
  }

  /** As {@link recordStartingAt}; valid until the next call. */
  at(position: number): ScannedRecord | undefined {
    const step = readStep(this.#reader, position)
    return typeof step === 'string' || 'next' in step ? undefined : step
  }

  close(): void {
    this.#reader.close()
  }
}

/** A record, the start of the next file, or why there is neither. */
function readStep(reader: LogReader, position: number): ScannedRecord | { next: number } | ScanEnd {
  const left = reader.leftInFile(position)
  if (left === undefined) return 'no-file'
  if (left < 8 || !reader.has(position, 8)) return 'not-a-record'

  const size = reader.view.getInt32(reader.at)
  const magic = reader.view.getInt32(reader.at + 4)
  if (magic === magics.blank && size === left) return { next: position + left }
  if (size === 0 && magic === 0) return 'zeros'
  if (size <= 0 || size > left || (magic !== magics.v1 && magic !== magics.v2)) {
    return 'not-a-record'
  }
  if (!reader.has(position, size)) return 'not-a-record'
  const { view, at } = reader
  const parts = findParts(view, at, at + size)
  if (!parts) return 'not-a-record'
  if (readInt64(view, at + recordFields.position) !== position) return 'wrong-position'
  const bytes = reader.bytes.subarray(at, at + size)
  const isIntact = reader.needsRecordCrc
    ? recordCrcIsIntact(bytes, parts.properties)
    : bodyIsIntact(bytes, parts, view.getInt32(at + recordFields.bodyCrc))
  if (!isIntact) return 'wrong-checksum'
  if (hasTornText(bytes, parts, position)) return 'torn-text'
  return { position, size, bytes, view, at, parts }
}

/**
 * Whether a sector of the record's topic or properties never reached the disk. No checksum
 * covers them; but what was lost when the power failed reads as zeros from a sector's start on,
 * which text does not have.
 */
function hasTornText(bytes: Uint8Array, parts: RecordParts, position: number): boolean {
  const { topic, topicSize, properties, propertiesSize } = parts
  return (
    hasLostSector(bytes, position, topic, topic + topicSize) ||
    hasLostSector(bytes, position, properties, properties + propertiesSize)
  )
}

function hasLostSector(bytes: Uint8Array, position: number, from: number, to: number): boolean {
  const first = from + ((sectorSize - ((position + from) % sectorSize)) % sectorSize)
  for (let at = first; at < to; at += sectorSize) {
    if (bytes.subarray(at, Math.min(at + sectorSize, to)).every((byte) => byte === 0)) return true
  }
  return false
}

/** A window of the log that moves forward. Its buffer is used again. */
class LogReader {
  readonly #shape: LogShape
  #file: File | undefined
  #base = -1
  #windowAt = 0
  #size = 0
  bytes = Buffer.alloc(0)
  view = viewOf(this.bytes)
  /** Where in `bytes` the position is that was asked for last. */
  at = 0

  constructor(shape: LogShape) {
    this.#shape = shape
  }

  get needsRecordCrc(): boolean {
    return this.#shape.needsRecordCrc ?? false
  }

  /** Bytes from `position` to the end of its file; undefined when there is no such file. */
  leftInFile(position: number): number | undefined {
    const { segmentSize, bases } = this.#shape
    const base = position - (position % segmentSize)
    return bases.includes(base) ? base + segmentSize - position : undefined
  }

  /** Whether the file has `size` bytes at `position`; they are then at `at` of `bytes`. */
  has(position: number, size: number): boolean {
    this.at = position - this.#windowAt
    if (this.at >= 0 && this.at + size <= this.#size) return true

    const { segmentSize } = this.#shape
    const base = position - (position % segmentSize)
    if (this.bytes.length < size || this.bytes.length === 0) {
      this.bytes = Buffer.allocUnsafe(Math.max(size, Math.min(chunkSize, segmentSize)))
      this.view = viewOf(this.bytes)
    }
    const wanted = Math.min(this.bytes.length, base + segmentSize - position)
    this.#size = this.#open(base).read(this.bytes.subarray(0, wanted), position - base)
    this.#windowAt = position
    this.at = 0
    return this.#size >= size
  }

  close(): void {
    this.#file?.close()
  }

  #open(base: number): File {
    if (this.#file && this.#base === base) return this.#file
    this.close()
    const { files, pathOf } = this.#shape
    this.#file = files.open(pathOf(base), 'read')
    this.#base = base
    return this.#file
  }
}
