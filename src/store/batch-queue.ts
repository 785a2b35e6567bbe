// One queue of a topic with queue.type=BatchCQ. Its units stand for one or more messages each:
//
//   unit       0            1       2
//   offsets    0 1 2 3      4       6 7        (5: a record that is not in the queue)
//
// The units are kept as the entries of a plain queue are, by their index; which one holds an
// offset is found by binary search.
// Source: BatchConsumeQueue.

import { type BatchUnit, batchFormat } from './batch-unit.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { EntryRun, EntryStep, QueueEntry } from './queue-entry.ts'

/** What a record is to the queue; `batchCount` 0: nothing. */
type BatchAppended = QueueEntry & { readonly storeTimestamp: number; readonly batchCount: number }

export class BatchQueue {
  readonly isBatch = true
  /** Offset that the next append gets. */
  nextOffset = 0
  /** See ConsumeQueue. */
  turnIndex = -1
  isDirty = false
  #minOffset = 0
  #maxOffset = 0
  readonly #units: ConsumeQueue<BatchUnit>

  constructor(units: ConsumeQueue<BatchUnit>) {
    this.#units = units
  }

  get topic(): string {
    return this.#units.topic
  }

  get queueId(): number {
    return this.#units.queueId
  }

  get topicBytes(): Uint8Array {
    return this.#units.topicBytes
  }

  get topicHash(): number {
    return this.#units.topicHash
  }

  get minOffset(): number {
    return this.#minOffset
  }

  get maxOffset(): number {
    return this.#maxOffset
  }

  get endPosition(): number {
    return this.#units.endPosition
  }

  get isWriteDue(): boolean {
    return this.#units.isWriteDue
  }

  get needsFile(): boolean {
    return this.#units.needsFile
  }

  /**
   * Takes the next record. False: it was ignored, because it is in the queue already or is no
   * batch, to which Java gives no unit either. One with an offset that the queue has already
   * belongs to a topic that was deleted and made again: the queue starts over with it.
   */
  append(offset: number, record: BatchAppended): boolean {
    const { position, size, tagsCode, storeTimestamp, batchCount } = record
    if (batchCount <= 0 || position < this.endPosition) return false
    const startsOver = offset < this.#maxOffset
    const isFirst = startsOver || this.#units.maxOffset === 0
    const unit = { position, size, tagsCode, storeTimestamp, base: offset, count: batchCount }
    if (!this.#units.append(startsOver ? 0 : this.#units.maxOffset, unit)) return false
    if (isFirst) this.#minOffset = offset
    this.#maxOffset = offset + batchCount
    if (startsOver || this.nextOffset < this.#maxOffset) this.nextOffset = this.#maxOffset
    return true
  }

  /** Units from the one that holds `offset`, or the next one, on; see ConsumeQueue. */
  read(offset: number, count: number): EntryRun {
    return this.#units.read(this.#indexOf(offset), count)
  }

  /** As {@link read}; see ConsumeQueue. */
  fetch(offset: number, count: number): EntryRun | Promise<EntryRun> {
    return this.#units.fetch(this.#indexOf(offset), count)
  }

  step(run: EntryRun, index: number): EntryStep {
    const unit = batchFormat.read(run.view, run.at + index * batchFormat.size)
    const { position, size, tagsCode, base, count } = unit
    return { position, size, tagsCode, offset: base, nextOffset: base + count }
  }

  /** The unit that holds `offset`; undefined outside [min, max), or when none does. */
  entryAt(offset: number): QueueEntry | undefined {
    if (offset < this.#minOffset || offset >= this.#maxOffset) return undefined
    const unit = this.#units.entryAt(this.#indexOf(offset))
    return unit && unit.base <= offset ? unit : undefined
  }

  /** First offset in the file after the one whose units hold `offset`. */
  nextFileOffset(offset: number): number {
    const next = this.#units.nextFileOffset(this.#indexOf(offset))
    return this.#units.entryAt(next)?.base ?? this.#maxOffset
  }

  writeOut(): void {
    this.#units.writeOut()
  }

  sync(): Promise<void> {
    return this.#units.sync()
  }

  takeUnsynced(): void {
    this.#units.takeUnsynced()
  }

  /** At start: see ConsumeQueue. */
  look(): number | undefined {
    return this.#units.look()
  }

  /** At start: keeps the units whose records begin before `position`. */
  load(position: number): void {
    this.#units.load(position)
    const last = this.#units.entryAt(this.#units.maxOffset - 1)
    this.#maxOffset = last ? last.base + last.count : 0
    this.nextOffset = this.#maxOffset
    this.#findMin()
  }

  forgetBefore(position: number): void {
    this.#units.forgetBefore(position)
    this.#findMin()
  }

  discard(): void {
    this.#units.discard()
  }

  #findMin(): void {
    this.#minOffset = this.#units.entryAt(this.#units.minOffset)?.base ?? this.#maxOffset
  }

  /** Of the first unit that ends behind `offset`. */
  #indexOf(offset: number): number {
    let low = this.#units.minOffset
    let high = this.#units.maxOffset
    while (low < high) {
      const middle = (low + high) >>> 1
      const unit = this.#units.entryAt(middle)
      if (unit && unit.base + unit.count > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}
