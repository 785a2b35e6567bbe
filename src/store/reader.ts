// Reading messages of a queue: which entries, which limits, which status.
//
// What this process wrote or read lately comes out of the mapping at once and without a copy;
// older records are fetched in the thread pool, so that the loop never waits for a disk.
// Source: DefaultMessageStore.getMessage.

import { isAtPlace, magics, recordFields } from '../message/record.ts'
import type { Log } from './log.ts'
import type { StoreOptions } from './options.ts'
import { type EntryRun, type EntryStep, entrySize, fillerSize } from './queue-entry.ts'
import type { Queue } from './queue-table.ts'
import { ReadAhead } from './read-ahead.ts'

// Source: DefaultMessageStore.MAX_PULL_MSG_SIZE, and the least that a client may ask for.
const bytesMax = 128 * 1024 * 1024
const bytesLeast = 100
// Less cannot be a record.
const headSize = 91

/** See ReadFilter in the broker's ports. */
type RecordFilter = {
  matchesTagsCode?(tagsCode: number): boolean
  matchesRecord?(record: Uint8Array): boolean
}

export type QueueQuery = {
  readonly offset: number
  readonly maxCount: number
  readonly maxBytes: number
  readonly filter?: RecordFilter | undefined
}

type QueueReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE'

export type QueueReadResult = {
  readonly status: QueueReadStatus
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly records: readonly Uint8Array[]
  readonly offsets: readonly number[]
  readonly messageCount: number
  readonly bytes: number
  readonly suggestSlave: boolean
}

export type ReaderParts = {
  readonly log: Log
  readonly options: StoreOptions
  /** Position after the last record that may be read. */
  readonly endPosition: () => number
  /** Records from here on were written by this process. */
  readonly residentFrom: number
  /** Bytes before the log's end that memory is assumed to hold. */
  readonly memorySize: number
}

/** The state of one read while it walks over the queue's entries. */
type Walk = {
  readonly queue: Queue
  status: QueueReadStatus
  nextOffset: number
  bytes: number
  messageCount: number
  readonly records: Uint8Array[]
  readonly offsets: number[]
  /** Records before it are in files that are gone. */
  skipBefore: number
  lastPosition: number
}

export class QueueReader {
  readonly #parts: ReaderParts
  readonly #ahead: ReadAhead

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#ahead = new ReadAhead(parts.log, parts.endPosition)
  }

  /** Whether the log's end is near enough that memory is assumed to hold `position`. */
  isInMemory(position: number): boolean {
    return this.#parts.endPosition() - position <= this.#parts.memorySize
  }

  /** Reads from one queue; a promise only when records have to be fetched from disk. */
  read(queue: Queue | undefined, query: QueueQuery): QueueReadResult | Promise<QueueReadResult> {
    if (!queue) return nothing('NO_MATCHED_LOGIC_QUEUE', 0, 0, 0)
    const { minOffset, maxOffset } = queue
    const { offset } = query
    if (maxOffset === 0) return nothing('NO_MESSAGE_IN_QUEUE', 0, minOffset, maxOffset)
    if (offset < minOffset) return nothing('OFFSET_TOO_SMALL', minOffset, minOffset, maxOffset)
    if (offset === maxOffset) return nothing('OFFSET_OVERFLOW_ONE', offset, minOffset, maxOffset)
    if (offset > maxOffset) return nothing('OFFSET_OVERFLOW_BADLY', maxOffset, minOffset, maxOffset)

    const walk: Walk = {
      queue,
      status: 'NO_MATCHED_MESSAGE',
      nextOffset: offset,
      bytes: 0,
      messageCount: 0,
      records: [],
      offsets: [],
      skipBefore: 0,
      lastPosition: 0,
    }
    return this.#go(queue, query, walk)
  }

  #go(queue: Queue, query: QueueQuery, walk: Walk): QueueReadResult | Promise<QueueReadResult> {
    const { maxFilterMessageSize } = this.#parts.options
    const scanCount = Math.max(Math.ceil(maxFilterMessageSize / entrySize), query.maxCount)
    const end = Math.min(query.offset + scanCount, queue.maxOffset)
    while (walk.nextOffset < end) {
      const run = queue.fetch(walk.nextOffset, end - walk.nextOffset)
      if (run instanceof Promise) {
        return run.then((it) => this.#walk(query, walk, it) ?? this.#go(queue, query, walk))
      }
      const result = this.#walk(query, walk, run)
      if (result) return result
    }
    return this.#result(queue, walk)
  }

  /** Looks at the entries of a run; undefined when there is more to look at. */
  #walk(
    query: QueueQuery,
    walk: Walk,
    run: EntryRun,
  ): QueueReadResult | Promise<QueueReadResult> | undefined {
    const { queue } = walk
    if (run.count === 0) {
      if (walk.records.length === 0) walk.status = 'OFFSET_FOUND_NULL'
      walk.nextOffset = Math.min(queue.nextFileOffset(walk.nextOffset), queue.maxOffset)
      return this.#result(queue, walk)
    }
    for (let index = 0; index < run.count; index++) {
      const entry = queue.step(run, index, walk.nextOffset)
      if (this.#isFull(query, walk, entry)) return this.#result(queue, walk)
      const fetching = this.#take(query, walk, entry)
      // The queue may be written to while bytes are fetched: it is asked again afterwards.
      if (fetching) return fetching.then(() => this.#go(queue, query, walk))
    }
    return undefined
  }

  /** Looks at one entry and moves on; a promise when its record has to be fetched first. */
  #take(query: QueueQuery, walk: Walk, entry: EntryStep): Promise<void> | undefined {
    const { position, size, tagsCode } = entry
    const { filter } = query
    if (size === fillerSize || size <= 0 || position < walk.skipBefore) {
      walk.nextOffset = entry.nextOffset
      return undefined
    }
    walk.lastPosition = position
    // A batch without a tag of its own may hold messages of any: clients look again.
    const isOpen = walk.queue.isBatch && tagsCode === 0
    if (filter?.matchesTagsCode && !isOpen && !filter.matchesTagsCode(tagsCode)) {
      return moveOn(walk, entry, 'NO_MATCHED_MESSAGE')
    }
    const record = this.recordOf(position, size)
    if (!(record instanceof Promise)) return this.#takeRecord(query, walk, entry, record)
    return record.then((fetched) => this.#takeRecord(query, walk, entry, fetched))
  }

  #takeRecord(
    query: QueueQuery,
    walk: Walk,
    entry: EntryStep,
    record: Buffer | undefined,
  ): undefined {
    // A damaged entry may point at a good record of another place.
    if (!record || !isAtPlace(record, walk.queue, entry.offset)) {
      // Deleted with its file, and all older ones as well; or damaged, and then it alone.
      walk.skipBefore = this.#parts.log.minPosition
      return moveOn(walk, entry, 'MESSAGE_WAS_REMOVING')
    }
    const { filter } = query
    if (filter?.matchesRecord && !filter.matchesRecord(record)) {
      return moveOn(walk, entry, 'NO_MATCHED_MESSAGE')
    }
    walk.status = 'FOUND'
    walk.records.push(record)
    walk.offsets.push(entry.offset)
    walk.nextOffset = entry.nextOffset
    walk.messageCount += entry.nextOffset - entry.offset
    walk.bytes += entry.size
    return undefined
  }

  /** Source: DefaultMessageStore.isTheBatchFull. */
  #isFull(query: QueueQuery, walk: Walk, entry: EntryStep): boolean {
    const { messageCount } = walk
    if (messageCount === 0) return false
    if (messageCount + entry.nextOffset - entry.offset > query.maxCount) return true
    const { options } = this.#parts
    const bytes = walk.bytes + entry.size
    if (bytes > Math.min(Math.max(query.maxBytes, bytesLeast), bytesMax)) return true
    return this.isInMemory(entry.position)
      ? bytes > options.maxTransferBytesOnMessageInMemory ||
          messageCount >= options.maxTransferCountOnMessageInMemory
      : bytes > options.maxTransferBytesOnMessageInDisk ||
          messageCount >= options.maxTransferCountOnMessageInDisk
  }

  #result(queue: Queue, walk: Walk): QueueReadResult {
    return {
      status: walk.status,
      nextOffset: walk.nextOffset,
      minOffset: queue.minOffset,
      maxOffset: queue.maxOffset,
      records: walk.records,
      offsets: walk.offsets,
      messageCount: walk.messageCount,
      bytes: walk.bytes,
      suggestSlave: walk.lastPosition > 0 && !this.isInMemory(walk.lastPosition),
    }
  }

  /**
   * The record of `size` bytes at `position`; undefined when the log does not hold that record
   * there (deleted, damaged). A promise settles with the same when it has to be fetched.
   */
  recordOf(position: number, size: number): Buffer | undefined | Promise<Buffer | undefined> {
    if (position + size > this.#parts.endPosition()) return undefined
    const bytes = this.#bytesAt(position, size)
    if (bytes instanceof Promise) return bytes.then((fetched) => checked(fetched, position, size))
    return checked(bytes, position, size)
  }

  /** The record that starts at `position`; undefined when none does. */
  recordStartingAt(position: number): Buffer | undefined | Promise<Buffer | undefined> {
    if (!Number.isSafeInteger(position) || position < 0) return undefined
    const end = this.#parts.endPosition()
    const left = Math.min(end, this.#parts.log.nextBase(position)) - position
    if (left < headSize) return undefined
    const head = this.#bytesAt(position, headSize)
    if (head instanceof Promise)
      return head.then((fetched) => this.#bySize(fetched, position, left))
    return this.#bySize(head, position, left)
  }

  #bySize(
    head: Buffer | undefined,
    position: number,
    left: number,
  ): Buffer | undefined | Promise<Buffer | undefined> {
    const size = head && head.length >= 4 ? head.readInt32BE() : 0
    return size > 0 && size <= left ? this.recordOf(position, size) : undefined
  }

  #bytesAt(position: number, size: number): Buffer | undefined | Promise<Buffer | undefined> {
    const resident = position >= this.#parts.residentFrom && this.isInMemory(position)
    return resident ? this.recordNow(position, size) : this.#ahead.get(position, size)
  }

  /** As {@link recordOf}, but waits for the disk: for the few bytes of a look-up. */
  recordNow(position: number, size: number): Buffer | undefined {
    const segment = this.#parts.log.segment(position)
    return segment?.read(position - segment.base, size)
  }
}

/** Leaves an entry out; the status says why as long as nothing was found. */
function moveOn(walk: Walk, entry: EntryStep, status: QueueReadStatus): undefined {
  if (walk.records.length === 0) walk.status = status
  walk.nextOffset = entry.nextOffset
}

/** A damaged entry or file must not be served as a message. */
function checked(bytes: Buffer | undefined, position: number, size: number): Buffer | undefined {
  if (!bytes || size < headSize || bytes.length < size) return undefined
  // Not through a DataView: making one for each record costs more than the rest.
  const magic = bytes.readInt32BE(recordFields.magic)
  const high = bytes.readInt32BE(recordFields.position)
  const isRecord =
    (magic === magics.v1 || magic === magics.v2) &&
    bytes.readInt32BE(recordFields.size) === size &&
    high * 2 ** 32 + bytes.readUInt32BE(recordFields.position + 4) === position
  return isRecord ? bytes : undefined
}

function nothing(
  status: QueueReadStatus,
  nextOffset: number,
  minOffset: number,
  maxOffset: number,
): QueueReadResult {
  const none = { records: [], offsets: [], messageCount: 0, bytes: 0, suggestSlave: false }
  return { status, nextOffset, minOffset, maxOffset, ...none }
}
