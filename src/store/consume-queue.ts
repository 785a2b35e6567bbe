// One queue of a topic: the records of the log that belong to it, in order.
//
//   minOffset            writtenOffset        maxOffset       nextOffset
//    |---- in its files -------|-- in the tail ---|-- appended, not dispatched --|
//
// Derived from the log, and rebuilt from it: entries stay in memory until a batch is worth a
// write, and a crash costs only their dispatch again.
// Source: ConsumeQueue. Not served: ConsumeQueueExt.

import { viewOf } from '../base/int64.ts'
import { topicHashOf } from './index-keys.ts'
import {
  type EntryRun,
  type EntryStep,
  fillerSize,
  type QueueEntry,
  readEntry,
  writeEntry,
} from './queue-entry.ts'
import type { QueueFiles } from './queue-files.ts'

const tailCountFirst = 16
// As many as a file of Java's size holds; a larger hole is a damaged offset.
const holeCountMax = 300_000

const filler: QueueEntry = { position: 0, size: fillerSize, tagsCode: 0 }

export class ConsumeQueue<Entry extends QueueEntry = QueueEntry> {
  readonly isBatch = false
  readonly topic: string
  readonly queueId: number
  /** UTF-8 of the topic, for the records. */
  readonly topicBytes: Uint8Array
  /** For the keys of its messages. */
  readonly topicHash: number
  /** Offset that the next append gets. */
  nextOffset = 0
  /** Place on the dispatcher's list of the turn; -1 when it is not there. */
  turnIndex = -1
  /** On the sweep's list: it has entries that its files do not. */
  isDirty = false
  #minOffset = 0
  #maxOffset = 0
  #writtenOffset = 0
  #endPosition = 0
  #isDiscarded = false
  /** Entries [tailOffset, maxOffset); some of them are in the files as well. */
  #tail: DataView | undefined
  #tailOffset = 0
  readonly #files: QueueFiles<Entry>
  readonly #tailCountMax: () => number
  /** Bytes of an entry. */
  readonly #size: number

  constructor(
    topic: string,
    queueId: number,
    files: QueueFiles<Entry>,
    tailCountMax: () => number,
  ) {
    this.topic = topic
    this.queueId = queueId
    this.topicBytes = Buffer.from(topic)
    this.topicHash = topicHashOf(topic)
    this.#files = files
    this.#size = files.unit.size
    this.#tailCountMax = tailCountMax
  }

  get minOffset(): number {
    return this.#minOffset
  }

  get maxOffset(): number {
    return this.#maxOffset
  }

  /** Position after the last record in this queue; what ends before it is a repeat. */
  get endPosition(): number {
    return this.#endPosition
  }

  /** So many entries are only in memory that writing them out is worth a call. */
  get isWriteDue(): boolean {
    return this.#maxOffset - this.#writtenOffset >= this.#tailCountMax() >> 1
  }

  /** The next write makes a file, which takes many times longer than the write. */
  get needsFile(): boolean {
    return this.#maxOffset > this.#files.capacity
  }

  /**
   * Takes the next entry. False: it was ignored, because the record is in the queue already or
   * its offset cannot be right. One with a smaller offset than expected but behind all others in
   * the log belongs to a topic that was deleted and made again: the queue starts over with it.
   */
  append(offset: number, entry: Entry): boolean {
    if (entry.position < this.#endPosition) return false
    if (offset !== this.#maxOffset) {
      if (offset < this.#maxOffset || this.#maxOffset === 0) this.#startAt(offset)
      else if (offset - this.#maxOffset <= holeCountMax) this.#fillUpTo(offset)
      else return false
    }
    this.#push(entry)
    this.#endPosition = entry.position + entry.size
    if (this.nextOffset <= offset) this.nextOffset = offset + 1
    return true
  }

  /** Two records say that they are the last one here: nothing can be read there. */
  blankLast(): void {
    const at = this.#maxOffset - 1
    if (!this.#tail || at < this.#tailOffset) return
    writeEntry(this.#tail, (at - this.#tailOffset) * this.#size, filler)
    this.#writtenOffset = Math.min(this.#writtenOffset, at)
  }

  /** The next offset is one that nothing can be read at. */
  leaveHole(): void {
    this.#fillUpTo(this.#maxOffset + 1)
    this.nextOffset = this.#maxOffset
  }

  /**
   * Entries from `offset` on, at most `count`; fewer where the tail or a file ends. Empty when
   * there is a hole.
   */
  read(offset: number, count: number): EntryRun {
    const end = Math.min(offset + count, this.#maxOffset)
    if (this.#tail && offset >= this.#tailOffset) {
      return { view: this.#tail, at: (offset - this.#tailOffset) * this.#size, count: end - offset }
    }
    const view = this.#files.read(offset, Math.min(end, this.#writtenOffset) - offset)
    return runOf(view, this.#size)
  }

  /** As {@link read}, but never waits for a disk: a promise when files have to be asked. */
  fetch(offset: number, count: number): EntryRun | Promise<EntryRun> {
    if (this.#tail && offset >= this.#tailOffset) return this.read(offset, count)
    const end = Math.min(offset + count, this.#writtenOffset)
    const view = this.#files.fetch(offset, end - offset, this.#writtenOffset)
    return view instanceof Promise
      ? view.then((it) => runOf(it, this.#size))
      : runOf(view, this.#size)
  }

  /** The entry at an index of a run that was read from `offset` on. */
  step(run: EntryRun, index: number, offset: number): EntryStep {
    const { position, size, tagsCode } = readEntry(run.view, run.at + index * this.#size)
    return { position, size, tagsCode, offset, nextOffset: offset + 1 }
  }

  /** One entry; undefined outside [min, max) or in a hole. */
  entryAt(offset: number): Entry | undefined {
    if (offset < this.#minOffset || offset >= this.#maxOffset) return undefined
    const run = this.read(offset, 1)
    return run.count > 0 ? this.#files.unit.read(run.view, run.at) : undefined
  }

  /** First offset of the file after the one that holds `offset`. */
  nextFileOffset(offset: number): number {
    return this.#files.nextFileOffset(offset)
  }

  /** Writes the entries that only memory holds. Into the page cache: see {@link sync}. */
  writeOut(): void {
    if (!this.#tail || this.#writtenOffset === this.#maxOffset || this.#isDiscarded) return
    const from = (this.#writtenOffset - this.#tailOffset) * this.#size
    const to = (this.#maxOffset - this.#tailOffset) * this.#size
    this.#files.write(bytesOf(this.#tail).subarray(from, to), this.#writtenOffset)
    this.#writtenOffset = this.#maxOffset
  }

  /** Makes what was written out durable. */
  sync(): Promise<void> {
    return this.#files.sync()
  }

  /** The caller makes durable by other means what was written out before this call. */
  takeUnsynced(): void {
    this.#files.takeUnsynced()
  }

  /**
   * At start: looks at the files. Answers the position of the last record whose entry is there
   * when entries behind it are missing; they have to be dispatched again. Undefined: all is well.
   */
  look(): number | undefined {
    const damagedAt = this.#files.load()
    if (damagedAt === undefined) return undefined
    if (damagedAt === 0) return 0
    const view = this.#files.read(damagedAt - 1, 1)
    return view.byteLength > 0 ? readEntry(view, 0).position : 0
  }

  /**
   * At start: finds the entries that are in the files and whose records begin before
   * `position`; later ones are removed, for they are dispatched again.
   */
  load(position: number): void {
    let end = this.#files.endOffset((view) => readEntry(view, 0).position < position)
    if (end < this.#files.capacity) this.#files.cut(end)
    if (this.#files.capacity === 0) end = 0
    this.#maxOffset = end
    this.#writtenOffset = end
    this.#tailOffset = end
    this.nextOffset = end
    this.#minOffset = this.#files.firstRealOffset(end)
    let last = this.entryAt(end - 1)
    // A hole says nothing of the log.
    for (let at = end - 2; last?.size === fillerSize; at--) last = this.entryAt(at)
    this.#endPosition = last ? last.position + last.size : 0
  }

  /** Forgets entries whose records are before `position`, and files that hold no others. */
  forgetBefore(position: number): void {
    let low = this.#minOffset
    let high = this.#maxOffset
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.entryAt(middle)
      if (entry && entry.position >= position) high = middle
      else low = middle + 1
    }
    this.#minOffset = low
    this.#files.removeBefore(Math.min(low, this.#writtenOffset))
  }

  #push(entry: Entry): void {
    const count = this.#maxOffset - this.#tailOffset
    if (count * this.#size === (this.#tail?.byteLength ?? 0)) this.#makeRoom()
    const at = (this.#maxOffset - this.#tailOffset) * this.#size
    if (this.#tail) this.#files.unit.write(this.#tail, at, entry)
    this.#maxOffset++
  }

  /** The topic is deleted: whoever still holds this queue must not make its files again. */
  discard(): void {
    this.#isDiscarded = true
    this.#files.discard()
  }

  #startAt(offset: number): void {
    this.#files.cut(offset)
    if (this.#maxOffset === 0 || offset < this.#minOffset) this.#minOffset = offset
    this.#maxOffset = offset
    this.#writtenOffset = offset
    this.#tailOffset = offset
    this.nextOffset = offset
    this.#tail = undefined
  }

  // A hole is what damage leaves. Java's filler keeps the units after it in their place.
  #fillUpTo(offset: number): void {
    while (this.#maxOffset < offset) this.#push(filler as Entry)
  }

  /** Drops the older half when the files have it and the tail is large enough, else doubles. */
  #makeRoom(): void {
    const count = this.#maxOffset - this.#tailOffset
    const half = count >> 1
    const isWritten = this.#writtenOffset - this.#tailOffset >= count - half
    if (isWritten && count >= this.#tailCountMax()) this.#moveTail(this.#maxOffset - half, count)
    else this.#moveTail(this.#tailOffset, Math.max(count * 2, tailCountFirst))
  }

  #moveTail(from: number, countMax: number): void {
    const made = Buffer.allocUnsafe(countMax * this.#size)
    if (this.#tail) {
      const start = (from - this.#tailOffset) * this.#size
      made.set(
        bytesOf(this.#tail).subarray(start, (this.#maxOffset - this.#tailOffset) * this.#size),
      )
    }
    this.#tail = viewOf(made)
    this.#tailOffset = from
  }
}

const runOf = (view: DataView, size: number): EntryRun => ({
  view,
  at: 0,
  count: view.byteLength / size,
})

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
