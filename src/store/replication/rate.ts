// Bytes per second, measured from look to look.

export class Rate {
  #bytes = 0
  #ms: number
  #perSecond = 0

  constructor(nowMs: number) {
    this.#ms = nowMs
  }

  get perSecond(): number {
    return this.#perSecond
  }

  /** `total`: bytes since the beginning. */
  look(total: number, nowMs: number): void {
    const elapsedMs = Math.max(nowMs - this.#ms, 1)
    this.#perSecond = Math.round(((total - this.#bytes) * 1000) / elapsedMs)
    this.#bytes = total
    this.#ms = nowMs
  }
}
