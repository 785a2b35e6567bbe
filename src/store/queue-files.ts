// The files of one consume queue: sparse, of fixed size, named by their first byte.
// Made when the first entry is written. Descriptors come from the shared cache.
//
// Format: docs/formats/consume-queue.md. Source: ConsumeQueue, MappedFileQueue.

import type { Files } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'
import type { EntryBlocks } from './entry-blocks.ts'
import type { FileCache } from './file-cache.ts'
import { fileNameOf, listLogFiles } from './log-files.ts'
import { fillerSize, type QueueEntry, type UnitFormat, writeEntry } from './queue-entry.ts'

/** What the files of all queues share. */
export type QueueFilesContext = {
  readonly files: Files
  readonly cache: FileCache
  readonly blocks: EntryBlocks
  /** The folder of all queues. */
  readonly directory: string
  /** Bytes of a file: a multiple of a unit's. */
  readonly fileSize: number
}

export class QueueFiles<Entry extends QueueEntry = QueueEntry> {
  readonly directory: string
  readonly unit: UnitFormat<Entry>
  readonly #context: QueueFilesContext
  /** First bytes of the files that exist, ascending. */
  #bases: number[] = []
  readonly #unsynced = new Set<number>()
  #hasNewNames = false
  /** Another one when entries are taken back: blocks that are kept are of the old ones. */
  #number: number
  #path = ''
  #pathBase = 0

  constructor(context: QueueFilesContext, unit: UnitFormat<Entry>, topic: string, queueId: number) {
    this.#context = context
    this.#number = context.blocks.newNumber()
    this.unit = unit
    this.directory = `${context.directory}/${topic}/${queueId}`
  }

  /**
   * Reads the folder. Answers the offset from which entries are missing though they were
   * written: a file is gone or shorter than it should be. Files get their size back.
   */
  load(): number | undefined {
    const { files, cache, fileSize } = this.#context
    const found = listLogFiles(files, this.directory).filter((file) => file.base % fileSize === 0)
    this.#bases = found.map((file) => file.base)
    let damagedAt: number | undefined
    let expected = found[0]?.base ?? 0
    for (const { base, size } of found) {
      const good = base === expected ? base + Math.min(size, fileSize) : expected
      if (good !== base + fileSize) damagedAt ??= Math.floor(good / this.unit.size)
      if (size !== fileSize) cache.get(this.#pathOf(base)).resize(fileSize)
      expected = base + fileSize
    }
    return damagedAt
  }

  /** Offset of the first entry that the files have room for. */
  get firstOffset(): number {
    return (this.#bases[0] ?? 0) / this.unit.size
  }

  /** Offset after the last entry that the files have room for. */
  get capacity(): number {
    const last = this.#bases.at(-1)
    return last === undefined ? 0 : (last + this.#context.fileSize) / this.unit.size
  }

  /** First offset of the file after the one that holds `offset`. */
  nextFileOffset(offset: number): number {
    const perFile = this.#context.fileSize / this.unit.size
    return offset - (offset % perFile) + perFile
  }

  /**
   * Entries from `offset` on, at most `count` and none of the next file. Empty where there is
   * no file.
   */
  read(offset: number, count: number): DataView {
    const { fileSize, cache } = this.#context
    const from = offset * this.unit.size
    const base = from - (from % fileSize)
    if (!this.#bases.includes(base)) return new DataView(new ArrayBuffer(0))
    const size = Math.min(count * this.unit.size, base + fileSize - from)
    const bytes = Buffer.allocUnsafe(size)
    const done = cache.get(this.#pathOf(base)).read(bytes, from - base)
    return viewOf(bytes.subarray(0, done - (done % this.unit.size)))
  }

  /**
   * As {@link read}, but never waits for a disk: a promise when the file has to be asked. Files
   * have entries before `writtenOffset`.
   */
  fetch(offset: number, count: number, writtenOffset: number): DataView | Promise<DataView> {
    const { fileSize, cache, blocks } = this.#context
    const from = offset * this.unit.size
    const base = from - (from % fileSize)
    if (!this.#bases.includes(base)) return new DataView(new ArrayBuffer(0))
    const place = {
      name: `${this.#number}:${base}`,
      from: from - base,
      to: Math.min(from - base + count * this.unit.size, fileSize),
      written: Math.min(writtenOffset * this.unit.size - base, fileSize),
    }
    return blocks.get(place, () => cache.get(this.#pathOf(base)))
  }

  /** Writes entries at `offset`, making files as needed. Into the page cache only. */
  write(entries: Uint8Array, offset: number): void {
    const { fileSize, cache } = this.#context
    let from = offset * this.unit.size
    for (let done = 0; done < entries.length; ) {
      const base = from - (from % fileSize)
      if (!this.#bases.includes(base)) this.#make(base, from)
      const size = Math.min(entries.length - done, base + fileSize - from)
      cache.get(this.#pathOf(base)).write(entries.subarray(done, done + size), from - base)
      this.#unsynced.add(base)
      done += size
      from += size
    }
  }

  /** Makes what was written durable, names included. A failure is final. */
  async sync(): Promise<void> {
    const { files, cache } = this.#context
    const { bases, hasNewNames } = this.takeUnsynced()
    await Promise.all(bases.map((base) => cache.get(this.#pathOf(base)).sync()))
    if (!hasNewNames) return
    for (const path of [this.directory, parentOf(this.directory), this.#context.directory]) {
      files.syncDirectory(path)
    }
  }

  /** What is not durable yet, which the caller now takes care of. */
  takeUnsynced(): { readonly bases: readonly number[]; readonly hasNewNames: boolean } {
    const taken = { bases: [...this.#unsynced], hasNewNames: this.#hasNewNames }
    this.#unsynced.clear()
    this.#hasNewNames = false
    return taken
  }

  /** The folder was removed: there is nothing to sync or read any more. */
  discard(): void {
    this.#bases = []
    this.#number = this.#context.blocks.newNumber()
    this.takeUnsynced()
  }

  /** Makes everything from `offset` on zero and removes the files after it. For start only. */
  cut(offset: number): void {
    const { fileSize, cache, blocks } = this.#context
    this.#number = blocks.newNumber()
    const from = offset * this.unit.size
    for (const base of this.#bases.filter((one) => one >= from && one > 0)) this.#remove(base)
    const base = from - (from % fileSize)
    if (!this.#bases.includes(base)) return
    const file = cache.get(this.#pathOf(base))
    file.resize(from - base)
    file.resize(fileSize)
    this.#unsynced.add(base)
  }

  /** Removes the files that hold nothing from `offset` on, never the last one. */
  removeBefore(offset: number): void {
    const { fileSize } = this.#context
    for (const base of this.#bases.slice(0, -1)) {
      if (base + fileSize <= offset * this.unit.size) this.#remove(base)
    }
  }

  /**
   * Offset after the last entry for which `belongs` holds, by binary search: entries are
   * written in order, so those that hold are a prefix of the last file.
   */
  endOffset(belongs: (view: DataView) => boolean): number {
    for (const base of [...this.#bases].reverse()) {
      const first = base / this.unit.size
      let low = first
      let high = (base + this.#context.fileSize) / this.unit.size
      while (low < high) {
        const middle = (low + high) >>> 1
        if (this.#holds(middle, middle > first, belongs)) low = middle + 1
        else high = middle
      }
      if (low > first) return low
    }
    return this.firstOffset
  }

  // The entry before it must be there as well: half of a lost page's last entry may be on the
  // next page and look like one.
  #holds(offset: number, hasBefore: boolean, belongs: (view: DataView) => boolean): boolean {
    const view = this.read(offset, 1)
    if (view.byteLength === 0 || !this.unit.isEntry(view, 0) || !belongs(view)) return false
    return !hasBefore || this.unit.isEntry(this.read(offset - 1, 1), 0)
  }

  /** The first offset that is not one of the fillers at the start. */
  firstRealOffset(end: number): number {
    let low = this.firstOffset
    let high = end
    // A filler further on is a hole, which the search would take for the start.
    if (low < high && this.unit.read(this.read(low, 1), 0).size !== fillerSize) return low
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.unit.read(this.read(middle, 1), 0).size === fillerSize) low = middle + 1
      else high = middle
    }
    return low
  }

  #make(base: number, from: number): void {
    const { files, fileSize } = this.#context
    if (this.#bases.length === 0) files.makeDirectory(this.directory)
    const file = files.open(this.#pathOf(base), 'create')
    file.resize(fileSize)
    if (this.#bases.length === 0 && from > base)
      file.write(this.#fillers((from - base) / this.unit.size), 0)
    file.close()
    this.#bases.push(base)
    this.#hasNewNames = true
  }

  #remove(base: number): void {
    const path = this.#pathOf(base)
    this.#context.cache.drop(path)
    this.#context.files.remove(path)
    this.#bases = this.#bases.filter((one) => one !== base)
    this.#unsynced.delete(base)
  }

  // The last one is kept: it is asked for with every write, and its hash is that of the cache.
  #pathOf(base: number): string {
    if (base !== this.#pathBase || this.#path === '') {
      this.#path = `${this.directory}/${fileNameOf(base)}`
      this.#pathBase = base
    }
    return this.#path
  }

  // Java fills the slots before a queue's first offset so that they read as written.
  #fillers(count: number): Uint8Array {
    const bytes = Buffer.alloc(count * this.unit.size)
    const view = viewOf(bytes)
    for (let at = 0; at < bytes.length; at += this.unit.size) {
      writeEntry(view, at, { position: 0, size: fillerSize, tagsCode: 0 })
    }
    return bytes
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
