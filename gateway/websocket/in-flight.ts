// What a group subscription has delivered and not heard of. A message leaves when it is
// acknowledged or given back, and when its invisible time is over: the broker hands it to
// somebody then, and a client that forgets messages must not stop its own subscription.

import type { Clock, Timer } from '../../src/base/clock.ts'

export class InFlight {
  readonly #clock: Clock
  readonly #expired: () => void
  /** Handle → wall time. */
  readonly #until = new Map<string, number>()
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /** `expired` is called after some have left by themselves. */
  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  get count(): number {
    return this.#until.size
  }

  get handles(): readonly string[] {
    return [...this.#until.keys()]
  }

  add(handle: string, untilMs: number): void {
    this.#until.set(handle, untilMs)
    if (untilMs < this.#timerAt) this.#arm(untilMs)
  }

  remove(handle: string): void {
    this.#until.delete(handle)
    if (this.#until.size === 0) this.#disarm()
  }

  clear(): void {
    this.#until.clear()
    this.#disarm()
  }

  #arm(atMs: number): void {
    this.#timer?.cancel()
    this.#timerAt = atMs
    this.#timer = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => this.#sweep())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #sweep(): void {
    this.#disarm()
    const now = this.#clock.now()
    const before = this.#until.size
    let next = Number.POSITIVE_INFINITY
    for (const [handle, until] of this.#until) {
      if (until <= now) this.#until.delete(handle)
      else next = Math.min(next, until)
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next)
    if (this.#until.size < before) this.#expired()
  }
}
