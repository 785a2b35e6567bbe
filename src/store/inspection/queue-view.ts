// The entries of one queue as they are on disk, read in order and never written.

import type { Files } from '../../base/files.ts'
import { viewOf } from '../../base/int64.ts'
import { fileNameOf } from '../log-files.ts'
import { entrySize, fillerSize, isEntry, type QueueEntry, readEntry } from '../queue-entry.ts'
import type { QueueFolder } from './store-folder.ts'

const windowCount = 800

export class QueueView {
  readonly folder: QueueFolder
  readonly #files: Files
  readonly #fileSize: number
  #window: DataView = new DataView(new ArrayBuffer(0))
  #windowOffset = 0

  constructor(files: Files, folder: QueueFolder, fileSize: number) {
    this.folder = folder
    this.#files = files
    this.#fileSize = fileSize
  }

  /** First offset that the files have room for. */
  get firstOffset(): number {
    return Math.floor((this.folder.files[0]?.base ?? 0) / entrySize)
  }

  /** The entry, fillers included; undefined when none was written. */
  entryAt(offset: number): QueueEntry | undefined {
    const isInside =
      offset >= this.#windowOffset &&
      offset < this.#windowOffset + this.#window.byteLength / entrySize
    if (!isInside) this.#load(offset)
    const at = (offset - this.#windowOffset) * entrySize
    if (at + entrySize > this.#window.byteLength || !isEntry(this.#window, at)) return undefined
    return readEntry(this.#window, at)
  }

  /** All entries that are no fillers, in order, with their offsets, until none was written. */
  *entries(): Generator<{ readonly offset: number; readonly entry: QueueEntry }> {
    for (let offset = this.firstOffset; ; offset++) {
      const entry = this.entryAt(offset)
      if (!entry) return
      if (entry.size !== fillerSize) yield { offset, entry }
    }
  }

  #load(offset: number): void {
    this.#windowOffset = offset
    const from = offset * entrySize
    const base = from - (from % this.#fileSize)
    const found = this.folder.files.find((file) => file.base === base)
    const wanted = Math.min(windowCount * entrySize, base + this.#fileSize - from)
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
