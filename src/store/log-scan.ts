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
import { fileNameOf } from './log-files.ts'

const chunkSize = 4 * 1024 * 1024
const sectorSize = 512

export type ScannedRecord = {
  readonly position: number
  readonly size: number
  /** The whole record. Valid until the next one is asked for. */
  readonly bytes: Buffer
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
  readonly directory: string
  readonly segmentSize: number
  /** First positions of the files that exist. */
  readonly bases: readonly number[]
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
      last.lastStoreTimestamp = readInt64(viewOf(step.bytes), step.parts.storeTimestamp)
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
  const head = left >= 8 ? reader.read(position, 8) : undefined
  if (!head || head.length < 8) return 'not-a-record'

  const view = viewOf(head)
  const size = view.getInt32(0)
  const magic = view.getInt32(4)
  if (magic === magics.blank && size === left) return { next: position + left }
  if (size === 0 && magic === 0) return 'zeros'
  if (size <= 0 || size > left || (magic !== magics.v1 && magic !== magics.v2)) {
    return 'not-a-record'
  }
  const bytes = reader.read(position, size)
  const recordView = viewOf(bytes)
  const parts = findParts(recordView, 0, bytes.length)
  if (!parts) return 'not-a-record'
  if (readInt64(recordView, recordFields.position) !== position) return 'wrong-position'
  if (!bodyIsIntact(bytes, parts)) return 'wrong-checksum'
  if (hasTornText(bytes, parts, position)) return 'torn-text'
  return { position, size, bytes, parts }
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

/** A window of the log that moves forward. */
class LogReader {
  readonly #shape: LogShape
  #file: File | undefined
  #base = -1
  #window = Buffer.alloc(0)
  #windowAt = 0

  constructor(shape: LogShape) {
    this.#shape = shape
  }

  /** Bytes from `position` to the end of its file; undefined when there is no such file. */
  leftInFile(position: number): number | undefined {
    const { segmentSize, bases } = this.#shape
    const base = position - (position % segmentSize)
    return bases.includes(base) ? base + segmentSize - position : undefined
  }

  read(position: number, size: number): Buffer {
    const at = position - this.#windowAt
    if (at >= 0 && at + size <= this.#window.length) return this.#window.subarray(at, at + size)

    const { segmentSize } = this.#shape
    const base = position - (position % segmentSize)
    const wanted = Math.min(Math.max(size, chunkSize), base + segmentSize - position)
    const bytes = Buffer.allocUnsafe(wanted)
    const done = this.#open(base).read(bytes, position - base)
    this.#window = bytes.subarray(0, done)
    this.#windowAt = position
    return this.#window.subarray(0, size)
  }

  close(): void {
    this.#file?.close()
  }

  #open(base: number): File {
    if (this.#file && this.#base === base) return this.#file
    this.close()
    const { files, directory } = this.#shape
    this.#file = files.open(`${directory}/${fileNameOf(base)}`, 'read')
    this.#base = base
    return this.#file
  }
}
