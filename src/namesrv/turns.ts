// Spreads costly requests over turns of the event loop: when hundreds of brokers register
// thousands of topics at once, routes are answered and connections served in between.
//
// What is asked first is done first, cheap or not: the order of one broker's registrations is
// the order of its changes.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'

/** Bytes of bodies that one turn may work through; one body may be larger. */
const bytesPerTurn = 1024 * 1024
/** Bytes of bodies that may wait. */
const waitingBytesMax = 1024 * 1024 * 1024

type Waiting = { readonly bytes: number; run(): void }

export class Turns {
  readonly #clock: Pick<Clock, 'endOfTurn'>
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #spent = 0
  #isArmed = false

  constructor(clock: Pick<Clock, 'endOfTurn'>) {
    this.#clock = clock
  }

  /** Now, or when its turn comes. Throws `broker-busy` when too much waits. */
  run<T>(bytes: number, work: () => T): T | Promise<T> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#spend(bytes)
      return work()
    }
    if (this.#waitingBytes + bytes > waitingBytesMax) {
      throw new MqError('broker-busy', 'too many registrations wait', { bytes: waitingBytesMax })
    }
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.push({ bytes, run })
    })
  }

  #fits = (bytes: number): boolean => this.#spent === 0 || this.#spent + bytes <= bytesPerTurn

  #spend(bytes: number): void {
    this.#spent += bytes
    if (this.#isArmed) return
    this.#isArmed = true
    this.#clock.endOfTurn(() => this.#next())
  }

  #next(): void {
    this.#isArmed = false
    this.#spent = 0
    let at = 0
    for (; at < this.#waiting.length; at++) {
      const one = this.#waiting[at]
      if (!one || !this.#fits(one.bytes)) break
      this.#spend(one.bytes)
      this.#waitingBytes -= one.bytes
      one.run()
    }
    this.#waiting = this.#waiting.slice(at)
  }
}
