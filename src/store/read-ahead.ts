// Cold records: fetched in the thread pool, a stretch of the log at a time, and kept for the
// reads that follow. Bounded; a stretch that is being fetched is shared by all who want it.

import type { Log } from './log.ts'
import type { Segment } from './segment.ts'

const stretchSize = 256 * 1024
/** Bytes kept, and stretches that are fetched at once. */
const keptSizeMax = 16 * 1024 * 1024
const stretchesMax = 64

type Stretch = Buffer | Promise<Buffer>

export class ReadAhead {
  readonly #log: Log
  readonly #endPosition: () => number
  /** By first position, the oldest use first. */
  readonly #stretches = new Map<number, Stretch>()

  /** Nothing at or behind `endPosition` is kept: it may still be written. */
  constructor(log: Log, endPosition: () => number) {
    this.#log = log
    this.#endPosition = endPosition
  }

  /**
   * Bytes [position, position + size), which must be within one file; at once if they were
   * fetched before, undefined when there is no such file, fewer when the file is short.
   */
  get(position: number, size: number): Buffer | undefined | Promise<Buffer | undefined> {
    const segment = this.#log.segment(position)
    if (!segment) return undefined
    const first = position - ((position - segment.base) % stretchSize)
    const at = position - first
    const found = this.#stretches.get(first)
    if (found instanceof Promise)
      return found.then((bytes) => this.#pickOrFetch(bytes, segment, first, at, size))
    return this.#pickOrFetch(found, segment, first, at, size)
  }

  #pickOrFetch(
    found: Buffer | undefined,
    segment: Segment,
    first: number,
    at: number,
    size: number,
  ): Buffer | Promise<Buffer> {
    if (found && found.length >= at + size) {
      this.#keep(first, found)
      return found.subarray(at, at + size)
    }
    // A record over the edge of a stretch is fetched with all that it touches.
    const wanted = Math.ceil((at + size) / stretchSize) * stretchSize
    const end = Math.min(first + wanted, segment.base + segment.size, this.#endPosition())
    const fetching = segment.readAsync(first - segment.base, end - first)
    this.#keep(first, fetching)
    return this.#fetched(first, fetching).then((bytes) => bytes.subarray(at, at + size))
  }

  async #fetched(first: number, fetching: Promise<Buffer>): Promise<Buffer> {
    try {
      const bytes = await fetching
      this.#keep(first, bytes)
      return bytes
    } catch (cause) {
      this.#stretches.delete(first)
      throw cause
    }
  }

  #keep(first: number, stretch: Stretch): void {
    this.#stretches.delete(first)
    this.#stretches.set(first, stretch)
    let size = 0
    for (const one of this.#stretches.values()) size += one instanceof Promise ? 0 : one.length
    for (const [position, one] of this.#stretches) {
      if (size <= keptSizeMax && this.#stretches.size <= stretchesMax) return
      size -= one instanceof Promise ? 0 : one.length
      this.#stretches.delete(position)
    }
  }
}
