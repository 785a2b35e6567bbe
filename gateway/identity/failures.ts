// Wrong credentials by where they come from: whoever goes on guessing is not listened to for a
// while, whatever they show then. Each node counts for itself.

import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'

const windowMs = 60_000
const addressesMax = 10_000

export class Failures {
  readonly #perMinute: number
  readonly #clock: Pick<Clock, 'now'>
  #counts = new Map<string, number>()
  #minute = 0

  constructor(perMinute: number, clock: Pick<Clock, 'now'>) {
    this.#perMinute = perMinute
    this.#clock = clock
  }

  /** Throws `rate-limited` where there were too many. */
  check(address: string | undefined): void {
    if (address === undefined || this.#counts.size === 0) return
    const now = this.#clock.now()
    this.#turn(now)
    if ((this.#counts.get(address) ?? 0) < this.#perMinute) return
    throw new MqError('rate-limited', 'too many wrong credentials from this address', {
      retryAfterMs: windowMs - (now % windowMs),
    })
  }

  note(address: string | undefined, error: unknown): void {
    const isGuess = error instanceof MqError && error.failure === 'unauthenticated'
    if (address === undefined || !isGuess) return
    this.#turn(this.#clock.now())
    if (this.#counts.size < addressesMax || this.#counts.has(address)) {
      this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1)
    }
  }

  #turn(now: number): void {
    const minute = Math.floor(now / windowMs)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#counts = new Map()
  }
}
