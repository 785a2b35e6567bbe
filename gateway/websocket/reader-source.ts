// A subscription that sees every message of a topic, from where the client said. Its only state
// is a cursor, which every message carries to the client.

import type { ReadFrom } from '../core/core.ts'
import type { ReaderSub } from './frames.ts'
import type { Caller } from './group-source.ts'
import type { Batch, Outlet, Source } from './subscription.ts'

const waitMs = 20_000

export class ReaderSource implements Source {
  readonly mode = 'reader'
  readonly #sub: ReaderSub
  readonly #caller: Caller
  readonly #outlet: Outlet
  #from: ReadFrom
  #lag: number | undefined
  /** undefined: not known yet, so the first read does not wait. */
  #isCaughtUp: boolean | undefined

  constructor(sub: ReaderSub, caller: Caller, outlet: Outlet) {
    this.#sub = sub
    this.#caller = caller
    this.#outlet = outlet
    this.#from = sub.from
  }

  get lag(): number | undefined {
    return this.#lag
  }

  room(): number {
    return Number.POSITIVE_INFINITY
  }

  async next(max: number, signal: AbortSignal): Promise<Batch> {
    const { topic, filter } = this.#sub
    const wait = this.#isCaughtUp === true ? waitMs : 0
    const input = { topic, filter, max, from: this.#from, waitMs: wait }
    const output = await this.#caller.core.read(input, this.#caller.call(signal))
    const { messages, cursor, caughtUp, lag } = output
    return {
      messages,
      delivered: () => {
        this.#from = { cursor }
        this.#lag = lag
        // From here a client resumes that has not seen a message yet.
        if (caughtUp && !this.#isCaughtUp) {
          this.#outlet.say('subState', { sid: this.#sub.sid, state: 'caughtUp', cursor, lag: 0 })
        }
        this.#isCaughtUp = caughtUp
      },
      returned() {},
    }
  }

  close(): void {}
}
