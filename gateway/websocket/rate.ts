// A token bucket on a clock that is read, not timed.

import type { Clock } from '../../src/base/clock.ts'

export class Rate {
  readonly #clock: Clock
  readonly #perSecond: number
  #tokens: number
  #filledAt: number

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#tokens = perSecond
    this.#filledAt = clock.monotonic()
  }

  /** Takes one. Otherwise answers in how many ms there will be one. */
  take(): { readonly retryAfterMs: number } | undefined {
    const now = this.#clock.monotonic()
    const gained = ((now - this.#filledAt) * this.#perSecond) / 1000
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained)
    this.#filledAt = now
    if (this.#tokens < 1) {
      return { retryAfterMs: Math.ceil(((1 - this.#tokens) * 1000) / this.#perSecond) }
    }
    this.#tokens--
    return undefined
  }
}
