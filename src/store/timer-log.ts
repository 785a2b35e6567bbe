// The timer log: entries of 52 bytes in files of one size, appended and never changed. Entries
// of one second are chained backwards.
//
// Read and written without a mapping: entries are few bytes, made in batches. Blocking reads
// are of one window of the file each, and entries that fall due together mostly lie together.
// Source: TimerLog, MappedFileQueue.

import type { Files } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'
import { FileCache } from './file-cache.ts'
import { fileNameOf, listLogFiles } from './log-files.ts'
import {
  decodeTimerEntry,
  encodeTimerBlank,
  encodeTimerEntry,
  isTimerBlank,
  type LinkedEntry,
  type TimerEntry,
  timerBlankSize,
  timerEntrySize,
} from './timer-entry.ts'

const openMax = 8
const windowSize = 32_768
const stagedEntriesMax = 1024

type Window = { readonly from: number; readonly view: DataView }

export class TimerLog {
  readonly #files: Files
  readonly #directory: string
  readonly #cache: FileCache
  #fileSize: number
  /** By first position: the latest second that an entry of the file waits for. */
  readonly #latest = new Map<number, number>()
  readonly #unsynced = new Set<number>()
  #end = 0
  /** What was appended and is not in the file: the first `#stagedBytes` of it. */
  readonly #staged = Buffer.alloc(stagedEntriesMax * timerEntrySize)
  readonly #stagedView = viewOf(this.#staged)
  #stagedBytes = 0
  #window: Window | undefined

  /** `fileSize` counts for a new log; one that exists keeps its own. */
  constructor(files: Files, directory: string, fileSize: number) {
    this.#files = files
    this.#directory = directory
    this.#fileSize = fileSize
    this.#cache = new FileCache(files, openMax)
  }

  /** Position of the first entry. */
  get start(): number {
    for (const base of this.#latest.keys()) return base
    return this.#end
  }

  /** Position after the last entry. */
  get end(): number {
    return this.#end
  }

  /**
   * Reads all entries in order, as long as `accept` takes them; the log ends before the first
   * that it does not take. What was behind it is removed.
   */
  load(accept: (entry: LinkedEntry, position: number) => boolean): void {
    const found = listLogFiles(this.#files, this.#directory)
    const size = found[0]?.size ?? 0
    if (size >= timerEntrySize + timerBlankSize) this.#fileSize = size
    this.#end = found[0]?.base ?? 0
    for (const { base, size } of found) {
      if (base !== this.#baseOf(this.#end) || size !== this.#fileSize) break
      if (!this.#loadFile(base, accept)) break
    }
    this.#cut()
  }

  /** Appends; readable after {@link writeOut}. Answers its position. */
  append(entry: TimerEntry, previous: number): number {
    this.#makeRoom()
    const position = this.#end
    encodeTimerEntry(this.#stagedView, this.#stagedBytes, entry, previous)
    this.#stagedBytes += timerEntrySize
    this.#end += timerEntrySize
    this.#noteLatest(position, entry.dueMs)
    return position
  }

  /** Puts what was appended into the file. When it throws, it is to be called again. */
  writeOut(): void {
    if (this.#stagedBytes === 0) return
    const bytes = this.#staged.subarray(0, this.#stagedBytes)
    this.#write(bytes, this.#end - this.#stagedBytes)
    this.#stagedBytes = 0
  }

  /** The entry at `position`; undefined when there is none. Blocking. */
  read(position: number): LinkedEntry | undefined {
    if (position < this.start || position + timerEntrySize > this.#end) return undefined
    const window = this.#window
    const at = window ? position - window.from : -1
    if (window && at >= 0 && at + timerEntrySize <= window.view.byteLength) {
      return decodeTimerEntry(window.view, at)
    }
    const made = this.#readWindow(position)
    this.#window = made
    return decodeTimerEntry(made.view, position - made.from)
  }

  /** Makes what was written out durable. */
  async sync(): Promise<void> {
    for (const base of [...this.#unsynced]) {
      this.#unsynced.delete(base)
      try {
        // A descriptor of its own: the cache may close its one meanwhile.
        const file = this.#files.open(this.#pathOf(base), 'write')
        await file.sync().finally(() => file.close())
      } catch (error) {
        this.#unsynced.add(base)
        throw error
      }
    }
  }

  /** Removes files from the front whose entries all wait for seconds before `ms`. */
  removeBefore(ms: number): void {
    for (const [base, latest] of [...this.#latest]) {
      if (latest >= ms || base + this.#fileSize >= this.#end) return
      this.#remove(base)
    }
  }

  /** Removes everything; the log begins anew at 0. */
  clear(): void {
    this.#cache.close()
    this.#files.remove(this.#directory)
    this.#latest.clear()
    this.#unsynced.clear()
    this.#stagedBytes = 0
    this.#end = 0
    this.#window = undefined
  }

  close(): void {
    this.#cache.close()
  }

  #loadFile(base: number, accept: (entry: LinkedEntry, position: number) => boolean): boolean {
    const view = viewOf(this.#files.readWhole(this.#pathOf(base)) ?? new Uint8Array(0))
    this.#noteLatest(base, 0)
    for (let at = 0; at + timerEntrySize + timerBlankSize <= this.#fileSize; at += timerEntrySize) {
      this.#end = base + at
      const entry = decodeTimerEntry(view, at)
      if (!entry || !accept(entry, base + at)) return isTimerBlank(view, at) && this.#skip(base)
      this.#noteLatest(base, entry.dueMs)
      this.#end += timerEntrySize
    }
    return this.#skip(base)
  }

  /** The next entry is in the next file, whether that exists or not. */
  #skip(base: number): true {
    this.#end = base + this.#fileSize
    return true
  }

  // Zeros after the end, and no later file: nothing stale can come back as an entry.
  #cut(): void {
    const base = this.#baseOf(this.#end)
    for (const found of listLogFiles(this.#files, this.#directory)) {
      if (found.base < this.start || found.base > base) this.#remove(found.base)
      else if (found.base === base) this.#cutFile(base)
    }
  }

  #cutFile(base: number): void {
    const bytes = this.#files.readWhole(this.#pathOf(base))
    const at = this.#end - base
    if (bytes?.length === this.#fileSize && bytes.subarray(at).every((byte) => byte === 0)) return
    const file = this.#files.open(this.#pathOf(base), 'write')
    file.resize(at)
    file.resize(this.#fileSize)
    file.syncNow()
    file.close()
  }

  #makeRoom(): void {
    if (this.#stagedBytes === this.#staged.length) this.writeOut()
    const base = this.#baseOf(this.#end)
    const left = base + this.#fileSize - this.#end
    const isNew = !this.#latest.has(base)
    if (!isNew && left >= timerEntrySize + timerBlankSize) return
    this.writeOut()
    if (!isNew) {
      if (left >= timerBlankSize) this.#write(encodeTimerBlank(left), this.#end)
      this.#end = base + this.#fileSize
    }
    this.#makeFile(this.#end)
  }

  #makeFile(base: number): void {
    this.#files.makeDirectory(this.#directory)
    const file = this.#files.open(this.#pathOf(base), 'create')
    file.resize(this.#fileSize)
    file.close()
    this.#files.syncDirectory(this.#directory)
    this.#latest.set(base, 0)
  }

  #write(bytes: Buffer, position: number): void {
    const base = this.#baseOf(position)
    this.#cache.get(this.#pathOf(base)).write(bytes, position - base)
    this.#unsynced.add(base)
  }

  #readWindow(position: number): Window {
    const base = this.#baseOf(position)
    const to = position + timerEntrySize
    const from = Math.max(base, to - windowSize)
    const bytes = Buffer.alloc(to - from)
    this.#cache.get(this.#pathOf(base)).read(bytes, from - base)
    return { from, view: viewOf(bytes) }
  }

  #remove(base: number): void {
    this.#cache.drop(this.#pathOf(base))
    this.#files.remove(this.#pathOf(base))
    this.#latest.delete(base)
    this.#unsynced.delete(base)
    this.#window = undefined
  }

  #noteLatest(position: number, dueMs: number): void {
    const base = this.#baseOf(position)
    if (dueMs > (this.#latest.get(base) ?? -1)) this.#latest.set(base, dueMs)
  }

  #baseOf(position: number): number {
    return position - (position % this.#fileSize)
  }

  #pathOf(base: number): string {
    return `${this.#directory}/${fileNameOf(base)}`
  }
}
