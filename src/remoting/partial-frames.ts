// What all connections of one server hold together of frames that are not complete: thousands of
// peers that each leave the largest frame unfinished must not fill the memory.

/** A sum with a limit. Each connection adds what it begins to hold and takes away what it ends to. */
export class PartialFrames {
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get isOver(): boolean {
    return this.#bytes > this.#bytesMax
  }

  change(bytes: number): void {
    this.#bytes += bytes
  }
}
