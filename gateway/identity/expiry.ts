// When the credential of a long stream runs out: a word a minute before, so that the client can
// bring a new one, and then the end. The time is wall time, so it is looked at again before it is believed.

import type { Clock, Timer } from '../../src/base/clock.ts'

const warningMs = 60_000
/** A timer of node takes 24 days at most; keys may live for years. */
const lookMs = 24 * 3_600_000

export class Expiry {
  readonly #clock: Clock
  readonly #on: { soon(inMs: number): void; over(): void }
  #at = Number.POSITIVE_INFINITY
  #isTold = false
  #timer: Timer | undefined

  constructor(clock: Clock, on: { soon(inMs: number): void; over(): void }) {
    this.#clock = clock
    this.#on = on
  }

  /** `at` is ms since 1970; undefined: never. */
  set(at: number | undefined): void {
    this.stop()
    this.#at = at ?? Number.POSITIVE_INFINITY
    this.#isTold = false
    if (at !== undefined) this.#look()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const leftMs = this.#at - this.#clock.now()
    if (leftMs <= 0) {
      this.#on.over()
      return
    }
    if (leftMs <= warningMs && !this.#isTold) {
      this.#isTold = true
      this.#on.soon(leftMs)
    }
    const nextMs = this.#isTold ? leftMs : leftMs - warningMs
    this.#timer = this.#clock.after(Math.min(nextMs, lookMs), () => this.#look())
  }
}
