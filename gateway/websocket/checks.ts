// Topics whose transactions a socket is asked about: those that it began one of, and those that it
// names, so that a client that comes back is asked about what it left open.

import { MqError } from '../../src/base/errors.ts'
import type { TransactionCheck } from '../core/core.ts'
import type { Caller } from './group-source.ts'

export class Checks {
  readonly #caller: Caller
  readonly #max: number
  readonly #ask: (check: TransactionCheck) => void
  /** What ends each. */
  readonly #topics = new Map<string, () => void>()

  constructor(caller: Caller, max: number, ask: (check: TransactionCheck) => void) {
    this.#caller = caller
    this.#max = max
    this.#ask = ask
  }

  watch(topic: string): void {
    if (this.#topics.has(topic)) return
    if (this.#topics.size >= this.#max) {
      const message = `a socket is asked about at most ${this.#max} topics`
      throw new MqError('invalid-argument', message, { pointer: '/topic' })
    }
    const { core, call } = this.#caller
    this.#topics.set(topic, core.watchTransactions(topic, call(), this.#ask))
  }

  /** Of a send that succeeded, which a bound of ours must not turn into a failure. */
  begun(topic: string): void {
    if (this.#topics.size < this.#max) this.watch(topic)
  }

  close(): void {
    for (const end of this.#topics.values()) end()
    this.#topics.clear()
  }
}
