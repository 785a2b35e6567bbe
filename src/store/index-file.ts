// One file of the key index: a hash table whose chains run from new to old.
//
//   header 40 | slots, i32 each | entries, 20 bytes each
//   entry: 0 key hash i32 | 4 position i64 | 12 seconds since beginTimestamp i32 | 16 previous i32
//
// While a file is filled its slots are in memory and its entries go out in batches. The header
// is written last and only over synced entries, so after a crash it never promises too much; the
// slots are made again from the entries, whose chains prove each other.
// Format: docs/formats/index.md. Source: IndexFile, IndexHeader.

import type { File, Files } from '../base/files.ts'
import { readInt64, viewOf, writeInt64 } from '../base/int64.ts'

const headerSize = 40
export const indexEntrySize = 20
const stepSize = 1024 * 1024
const tailSizeFirst = 64 * 1024
const secondsMax = 0x7fffffff

export type IndexShape = {
  readonly slotCount: number
  /** Entries a file has room for; the first is never used. */
  readonly entryCountMax: number
}

export class IndexFile {
  readonly path: string
  readonly shape: IndexShape
  beginTimestamp = 0
  endTimestamp = 0
  beginPosition = 0
  endPosition = 0
  usedSlotCount = 0
  /** Index of the next entry: one more than there are. */
  count = 1
  readonly #files: Files
  #file: File | undefined
  #slots: DataView | undefined
  /** Entries [tailFrom, count), which are not in the file. */
  #tail: Buffer | undefined
  #tailView = viewOf(Buffer.alloc(0))
  #tailFrom = 1

  constructor(files: Files, path: string, shape: IndexShape) {
    this.#files = files
    this.path = path
    this.shape = shape
  }

  get isFull(): boolean {
    return this.count >= this.shape.entryCountMax
  }

  /** Only memory holds its slots, and perhaps the end of its entries. */
  get isInMemory(): boolean {
    return this.#slots !== undefined
  }

  /** Enough entries wait to be worth a write. */
  get isWriteDue(): boolean {
    return (this.count - this.#tailFrom) * indexEntrySize >= tailSizeFirst
  }

  /** An empty file, in memory until it is written out; `previous` is the one before it. */
  begin(previous: IndexFile | undefined): void {
    if (previous) {
      this.beginTimestamp = previous.endTimestamp
      this.endTimestamp = previous.endTimestamp
      this.beginPosition = previous.endPosition
      this.endPosition = previous.endPosition
    }
    this.#slots = viewOf(Buffer.alloc(this.shape.slotCount * 4))
  }

  put(hash: number, position: number, storeTimestamp: number): void {
    const slots = this.#slots
    if (!slots) return
    const at = (hash % this.shape.slotCount) * 4
    const previous = slots.getInt32(at)
    slots.setInt32(at, this.count)
    if (previous === 0) this.usedSlotCount++
    this.#push(hash, position, this.#secondsAt(storeTimestamp), previous)
    if (this.count === 1) {
      this.beginTimestamp = storeTimestamp
      this.beginPosition = position
    }
    this.count++
    this.endTimestamp = storeTimestamp
    this.endPosition = position
  }

  #secondsAt(storeTimestamp: number): number {
    if (this.beginTimestamp <= 0 || storeTimestamp <= this.beginTimestamp) return 0
    return Math.min(Math.floor((storeTimestamp - this.beginTimestamp) / 1000), secondsMax)
  }

  #push(hash: number, position: number, seconds: number, previous: number): void {
    const at = (this.count - this.#tailFrom) * indexEntrySize
    if (!this.#tail || at + indexEntrySize > this.#tail.length) this.#growTail()
    const view = this.#tailView
    view.setInt32(at, hash)
    writeInt64(view, at + 4, position)
    view.setInt32(at + 12, seconds)
    view.setInt32(at + 16, previous)
  }

  // One entry of room more than what makes a write due; it only doubles while writes fail.
  #growTail(): void {
    const old = this.#tail
    const made = Buffer.alloc(old ? old.length * 2 : tailSizeFirst + 16 * 1024)
    old?.copy(made)
    this.#tail = made
    this.#tailView = viewOf(made)
  }

  /** Writes the entries that only memory holds. Throws as Files; they stay in memory then. */
  writeEntries(): void {
    const count = this.count - this.#tailFrom
    if (!this.#tail || count === 0) return
    this.#open().write(
      this.#tail.subarray(0, count * indexEntrySize),
      this.#entryAt(this.#tailFrom),
    )
    this.#tailFrom = this.count
  }

  /** Makes the entries written so far durable, and after them the header that counts them. */
  async sync(): Promise<void> {
    this.writeEntries()
    const header = this.#header()
    const file = this.#open()
    await file.sync()
    file.write(header, 0)
    await file.sync()
  }

  /** Writes the slots of a full file, in steps between which `turn` lets the loop run; durable. */
  async seal(turn: () => Promise<void>): Promise<void> {
    this.writeEntries()
    for (const { bytes, at } of this.#slotSteps()) {
      this.#open().write(bytes, at)
      await turn()
    }
    await this.sync()
    this.#forgetMemory()
  }

  /** As {@link sync} with the slots, blocking: at the end of a run in order. */
  closeNow(): void {
    if (this.#slots && this.count > 1) {
      this.writeEntries()
      for (const { bytes, at } of this.#slotSteps()) this.#open().write(bytes, at)
      this.#open().syncNow()
      this.#open().write(this.#header(), 0)
      this.#open().syncNow()
    }
    this.close()
  }

  /** Gives the descriptor back. */
  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  remove(): void {
    this.close()
    this.#files.remove(this.path)
  }

  /** Reads the header. False: this cannot be an index file of this shape. */
  readHeader(): boolean {
    const bytes = Buffer.alloc(headerSize)
    const file = this.#open()
    if (file.size() !== this.#size() || file.read(bytes, 0) < headerSize) return false
    const view = viewOf(bytes)
    this.beginTimestamp = readInt64(view, 0)
    this.endTimestamp = readInt64(view, 8)
    this.beginPosition = readInt64(view, 16)
    this.endPosition = readInt64(view, 24)
    this.usedSlotCount = view.getInt32(32)
    this.count = Math.max(1, view.getInt32(36))
    this.#tailFrom = this.count
    const isOrdered = this.beginTimestamp >= 0 && this.endTimestamp >= this.beginTimestamp
    const isPlaced = this.beginPosition >= 0 && this.endPosition >= this.beginPosition
    return isOrdered && isPlaced && this.count <= this.shape.entryCountMax
  }

  /**
   * Makes the slots again from the entries, to go on with the file. False: the entries are not
   * those that the header speaks of.
   */
  load(): boolean {
    const slots = viewOf(Buffer.alloc(this.shape.slotCount * 4))
    let used = 0
    let last = this.beginPosition
    for (let index = 1; index < this.count; ) {
      const view = this.#readEntries(index)
      if (view.byteLength === 0) return false
      for (let at = 0; at < view.byteLength; at += indexEntrySize, index++) {
        const hash = view.getInt32(at)
        const position = readInt64(view, at + 4)
        const slot = (hash % this.shape.slotCount) * 4
        if (hash < 0 || position < last || view.getInt32(at + 16) !== slots.getInt32(slot))
          return false
        if (slots.getInt32(slot) === 0) used++
        slots.setInt32(slot, index)
        last = position
      }
    }
    if (used !== this.usedSlotCount || (this.count > 1 && last !== this.endPosition)) return false
    this.#slots = slots
    return true
  }

  /** How many entries at the end are of the message at endPosition. */
  lastKeyCount(): number {
    let found = 0
    const bytes = Buffer.alloc(indexEntrySize)
    for (let index = this.count - 1; index > 0; index--) {
      this.#open().read(bytes, this.#entryAt(index))
      if (readInt64(viewOf(bytes), 4) !== this.endPosition) break
      found++
    }
    return found
  }

  /** Index of the newest entry in the hash's chain; 0 when there is none. */
  async headOf(hash: number): Promise<number> {
    const at = (hash % this.shape.slotCount) * 4
    if (this.#slots) return this.#slots.getInt32(at)
    const bytes = Buffer.alloc(4)
    const done = await this.#open().readAsync(bytes, headerSize + at)
    return done === 4 ? bytes.readInt32BE() : 0
  }

  /** A copy of the entries from `from` to `index`, at most `countMax`. */
  async entriesUpTo(index: number, countMax: number): Promise<{ from: number; view: DataView }> {
    if (this.#tail && index >= this.#tailFrom) {
      const from = Math.max(this.#tailFrom, index - countMax + 1)
      const start = (from - this.#tailFrom) * indexEntrySize
      const end = (index + 1 - this.#tailFrom) * indexEntrySize
      return { from, view: viewOf(Buffer.from(this.#tail.subarray(start, end))) }
    }
    const from = Math.max(1, index - countMax + 1)
    const bytes = Buffer.alloc((index - from + 1) * indexEntrySize)
    const done = await this.#open().readAsync(bytes, this.#entryAt(from))
    return { from, view: viewOf(bytes.subarray(0, done - (done % indexEntrySize))) }
  }

  #readEntries(index: number): DataView {
    const count = Math.min(this.count - index, Math.floor(stepSize / indexEntrySize))
    const bytes = Buffer.allocUnsafe(count * indexEntrySize)
    const done = this.#open().read(bytes, this.#entryAt(index))
    return viewOf(bytes.subarray(0, done - (done % indexEntrySize)))
  }

  *#slotSteps(): Generator<{ bytes: Uint8Array; at: number }> {
    const slots = this.#slots
    if (!slots) return
    for (let from = 0; from < slots.byteLength; from += stepSize) {
      const size = Math.min(stepSize, slots.byteLength - from)
      const bytes = new Uint8Array(slots.buffer, slots.byteOffset + from, size)
      yield { bytes, at: headerSize + from }
    }
  }

  #header(): Uint8Array {
    const bytes = Buffer.alloc(headerSize)
    const view = viewOf(bytes)
    writeInt64(view, 0, this.beginTimestamp)
    writeInt64(view, 8, this.endTimestamp)
    writeInt64(view, 16, this.beginPosition)
    writeInt64(view, 24, this.endPosition)
    view.setInt32(32, this.usedSlotCount)
    view.setInt32(36, this.count)
    return bytes
  }

  #forgetMemory(): void {
    this.#slots = undefined
    this.#tail = undefined
    this.#tailView = viewOf(Buffer.alloc(0))
  }

  #entryAt(index: number): number {
    return headerSize + this.shape.slotCount * 4 + index * indexEntrySize
  }

  #size(): number {
    return this.#entryAt(this.shape.entryCountMax)
  }

  /** Sparse, as Java makes it. */
  #open(): File {
    if (this.#file) return this.#file
    const isNew = !this.#files.exists(this.path)
    const file = this.#files.open(this.path, 'create')
    if (isNew) this.#prepare(file)
    this.#file = file
    return file
  }

  #prepare(file: File): void {
    try {
      file.resize(this.#size())
    } catch (error) {
      file.close()
      this.#files.remove(this.path)
      throw error
    }
    this.#files.syncDirectory(this.path.slice(0, this.path.lastIndexOf('/')))
  }
}
