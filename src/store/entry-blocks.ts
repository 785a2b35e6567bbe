// Queue entries that left memory: fetched in the thread pool, a block of a file at a time, and
// kept for the reads that follow. Bounded over all queues.

import type { File } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'

/** Entries of a block. A consumer that reads on goes to the file once in so many messages. */
const blockCount = 1_024
/** Blocks kept, 5 MiB of plain queues. */
const blocksMax = 256

/** Where entries are: `from` and `to` are bytes of the file. */
export type EntryPlace = {
  /** Names the file, and anew when entries in it are replaced. */
  readonly name: string
  readonly from: number
  readonly to: number
  /** Up to where the file has entries. */
  readonly written: number
}

export class EntryBlocks {
  /** By name and place, the oldest use first. */
  readonly #blocks = new Map<string, DataView>()
  #names = 0
  /** Bytes of an entry. */
  readonly #size: number

  constructor(entrySize: number) {
    this.#size = entrySize
  }

  /** A number that no file had before. */
  newNumber(): number {
    return this.#names++
  }

  /** Entries [from, to) or the first of them; a promise when the file has to be asked. */
  get(place: EntryPlace, open: () => File): DataView | Promise<DataView> {
    const { from, to, written } = place
    const blockSize = blockCount * this.#size
    const start = from - (from % blockSize)
    const key = `${place.name}:${start}`
    const found = this.#blocks.get(key)
    const size = Math.min(to - start, blockSize)
    if (found && found.byteLength >= size) {
      this.#keep(key, found)
      return part(found, from - start, size)
    }
    return this.#fetch(key, open(), start, Math.min(written - start, blockSize)).then((block) =>
      part(block, from - start, Math.min(size, block.byteLength)),
    )
  }

  async #fetch(key: string, file: File, start: number, size: number): Promise<DataView> {
    const bytes = Buffer.allocUnsafe(size)
    const done = await file.readAsync(bytes, start)
    const block = viewOf(bytes.subarray(0, done - (done % this.#size)))
    this.#keep(key, block)
    return block
  }

  #keep(key: string, block: DataView): void {
    this.#blocks.delete(key)
    this.#blocks.set(key, block)
    if (this.#blocks.size <= blocksMax) return
    const oldest = this.#blocks.keys().next()
    if (!oldest.done) this.#blocks.delete(oldest.value)
  }
}

const part = (block: DataView, from: number, to: number): DataView =>
  new DataView(block.buffer, block.byteOffset + from, Math.max(to - from, 0))
