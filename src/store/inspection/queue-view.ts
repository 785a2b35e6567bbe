// The entries of one queue as they are on disk, read in order and never written.

import type { Files } from '../../base/files.ts'
import { viewOf } from '../../base/int64.ts'
import { batchFormat } from '../batch-unit.ts'
import { fileNameOf } from '../log-files.ts'
import { entryFormat, fillerSize, type QueueEntry } from '../queue-entry.ts'
import type { QueueFolder, StoreFolder } from './store-folder.ts'

const windowCount = 800

/** An entry and the offsets that it is for. */
export type ViewedEntry = {
  readonly offset: number
  readonly nextOffset: number
  readonly entry: QueueEntry
  /** Of an entry of a batch queue. */
  readonly storeTimestamp?: number
}

export class QueueView {
  readonly folder: QueueFolder
  readonly #files: Files
  readonly #fileSize: number
  /** Bytes of a unit. */
  readonly #size: number
  #window: DataView = new DataView(new ArrayBuffer(0))
  #windowIndex = 0
  /** Of the unit that was found last. */
  #cursor: number

  constructor(store: StoreFolder, folder: QueueFolder) {
    this.folder = folder
    this.#files = store.files
    this.#fileSize = folder.isBatch ? store.batchFileSize : store.queueFileSize
    this.#size = folder.isBatch ? batchFormat.size : entryFormat.size
    this.#cursor = this.#firstIndex
  }

  /** First offset that the files have room for. */
  get firstOffset(): number {
    const first = this.#firstIndex
    return this.folder.isBatch ? (this.#unitAt(first)?.offset ?? 0) : first
  }

  /** The entry for `offset`, fillers included; undefined when none was written. */
  entryAt(offset: number): ViewedEntry | undefined {
    if (!this.folder.isBatch) return this.#unitAt(offset)
    // Asked for in order mostly.
    for (const index of [this.#cursor, this.#cursor + 1]) {
      const unit = this.#unitAt(index)
      if (!unit || unit.offset > offset || unit.nextOffset <= offset) continue
      this.#cursor = index
      return unit
    }
    return this.#search(offset)
  }

  /** All entries that are no fillers, in order, until none was written. */
  *entries(): Generator<ViewedEntry> {
    for (let index = this.#firstIndex; ; index++) {
      const found = this.#unitAt(index)
      if (!found) return
      if (found.entry.size !== fillerSize) yield found
    }
  }

  get #firstIndex(): number {
    return Math.floor((this.folder.files[0]?.base ?? 0) / this.#size)
  }

  #search(offset: number): ViewedEntry | undefined {
    const last = this.folder.files.at(-1)
    let low = this.#firstIndex
    let high = last ? Math.floor((last.base + this.#fileSize) / this.#size) : low
    while (low < high) {
      const middle = (low + high) >>> 1
      const unit = this.#unitAt(middle)
      if (unit && unit.nextOffset <= offset) low = middle + 1
      else high = middle
    }
    const found = this.#unitAt(low)
    if (!found || found.offset > offset) return undefined
    this.#cursor = low
    return found
  }

  #unitAt(index: number): ViewedEntry | undefined {
    const isInside =
      index >= this.#windowIndex && index < this.#windowIndex + this.#window.byteLength / this.#size
    if (!isInside) this.#load(index)
    const at = (index - this.#windowIndex) * this.#size
    if (at + this.#size > this.#window.byteLength) return undefined
    return this.folder.isBatch ? batchAt(this.#window, at) : entryOf(this.#window, at, index)
  }

  #load(index: number): void {
    this.#windowIndex = index
    const from = index * this.#size
    const base = from - (from % this.#fileSize)
    const found = this.folder.files.find((file) => file.base === base)
    const wanted = Math.min(windowCount * this.#size, base + this.#fileSize - from)
    const bytes = Buffer.alloc(found ? wanted : 0)
    if (found) {
      const file = this.#files.open(`${this.folder.directory}/${fileNameOf(base)}`, 'read')
      try {
        file.read(bytes, from - base)
      } finally {
        file.close()
      }
    }
    this.#window = viewOf(bytes)
  }
}

function entryOf(view: DataView, at: number, offset: number): ViewedEntry | undefined {
  if (!entryFormat.isEntry(view, at)) return undefined
  return { offset, nextOffset: offset + 1, entry: entryFormat.read(view, at) }
}

function batchAt(view: DataView, at: number): ViewedEntry | undefined {
  if (!batchFormat.isEntry(view, at)) return undefined
  const { base, count, storeTimestamp, ...entry } = batchFormat.read(view, at)
  return { offset: base, nextOffset: base + count, entry, storeTimestamp }
}
