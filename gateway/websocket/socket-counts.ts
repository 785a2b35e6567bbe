// How many sockets each credential has open on this node.

export class SocketCounts {
  readonly #byKey = new Map<string, number>()

  /** A socket of `from` is one of `to` now; undefined: of nobody. How many `to` has. */
  move(from: string | undefined, to: string | undefined): number {
    if (from !== undefined) this.#add(from, -1)
    return to === undefined ? 0 : this.#add(to, 1)
  }

  #add(key: string, difference: number): number {
    const count = (this.#byKey.get(key) ?? 0) + difference
    if (count > 0) this.#byKey.set(key, count)
    else this.#byKey.delete(key)
    return count
  }
}
