// Which halves are still open, in memory: how far the half queue is decided, and what is decided
// ahead of that. Numbers only; the messages are in the log.

import type { Half } from './half.ts'

/** The half that stands for a transaction now. */
export type Standing = { readonly offset: number; readonly position: number }

export class Halves {
  #offset = 0
  /** Offsets from `#offset` on that have ended. */
  readonly #ended = new Set<number>()
  /** By unique key: halves that were appended anew and are open. */
  readonly #copies = new Map<string, Standing>()

  /** Everything before it has ended, was appended anew or was given up. */
  get offset(): number {
    return this.#offset
  }

  begin(offset: number): void {
    this.#offset = offset
  }

  isOpen(offset: number): boolean {
    return offset >= this.#offset && !this.#ended.has(offset)
  }

  /**
   * The half that stands for the one a producer names: itself or its latest copy. Undefined
   * when the transaction has ended.
   */
  standing(half: Half): Standing | undefined {
    return this.isOpen(half.offset) ? half : this.#copies.get(half.key)
  }

  end(key: string, offset: number): void {
    if (offset >= this.#offset) this.#ended.add(offset)
    if (this.#copies.get(key)?.offset === offset) this.#copies.delete(key)
  }

  /** A half that stands no more, without having been ended: found again after a crash. */
  skip(offset: number): void {
    if (offset >= this.#offset) this.#ended.add(offset)
  }

  /** `copy` stands for the transaction from now on. */
  replace(half: Half, copy: Standing): void {
    this.#copies.set(half.key, copy)
  }

  giveUp(half: Half): void {
    if (this.#copies.get(half.key)?.offset === half.offset) this.#copies.delete(half.key)
  }

  /** Everything before `offset` is done with. */
  passTo(offset: number): void {
    for (; this.#offset < offset; this.#offset++) this.#ended.delete(this.#offset)
  }
}
