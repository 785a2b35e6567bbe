// One subscription of a socket: credit in, messages out. It takes from its source only what the
// client has asked for and the socket can carry, so that no message waits invisible in this
// process for a tab that does not read.

import type { Clock, Timer } from '../../src/base/clock.ts'
import { failures, MqError } from '../../src/base/errors.ts'
import type { Read, Received } from '../core/core.ts'
import { failureOf, problemOf } from '../core/problem.ts'
import type { ControlOp } from './format.ts'
import { creditMax } from './frames.ts'

/** Where a subscription's messages come from: a group or a reader. */
export type Source = {
  readonly mode: 'group' | 'reader'
  /** Messages that it had not handed out at its last fetch; undefined where it cannot say. */
  readonly lag: number | undefined
  /** How many messages it may hand out now, whatever the credit. */
  room(): number
  /** Waits for up to `max` messages; rejects when the signal is aborted. */
  next(max: number, signal: AbortSignal): Promise<Batch>
  /** Called once, when the subscription is over or its socket has gone. */
  close(): void
}

export type Batch = {
  readonly messages: readonly (Received | Read)[]
  /** The messages are with the client. What the source has to say goes out behind them. */
  delivered(): void
  /** Nobody took the messages. */
  returned(): void
}

/** What a subscription needs of its socket. */
export type Outlet = {
  readonly clock: Clock
  /** Bytes that may still be sent before nothing more is fetched; -Infinity: it is closing. */
  room(): number
  /** Sends a message; answers how large its frame is, about. */
  message(sid: string, message: Received | Read, left: number): number
  /** Sends any other frame. */
  say(op: ControlOp, members: object): void
  /** Everything sent while `run` runs leaves in one write. */
  together(run: () => void): void
  /** The subscription has ended itself, and has said why. */
  ended(sid: string, why: unknown): void
  /** An error that is a bug of ours. */
  report(error: unknown): void
  count(mode: Source['mode'], messages: number): void
}

const batchMax = 32
const retryMsMin = 250
const retryMsMax = 10_000

export class Subscription {
  readonly sid: string
  readonly #outlet: Outlet
  readonly #source: Source
  #credit: number
  #state: 'live' | 'paused' | 'closed' = 'live'
  #fetch: AbortController | undefined
  #retry: Timer | undefined
  #retryMs = 0
  #messageBytes = 0

  constructor(sid: string, credit: number, source: Source, outlet: Outlet) {
    this.sid = sid
    this.#credit = credit
    this.#source = source
    this.#outlet = outlet
  }

  /** One credit is one `msg`. More than can be kept is refused, not cut. */
  addCredit(n: number): void {
    if (this.#credit + n > creditMax) {
      const left = creditMax - this.#credit
      throw new MqError('invalid-argument', `at most ${left} may be added`, { pointer: '/n' })
    }
    this.#credit += n
    this.pump()
  }

  pause(): void {
    this.#state = 'paused'
    this.#fetch?.abort(stopped)
    this.#say({ state: 'paused' })
  }

  resume(): void {
    this.#state = 'live'
    this.#say({ state: 'live' })
    this.pump()
  }

  /** Fetches no more, and says nothing about it: the whole socket is about to go. */
  stop(): void {
    if (this.#state === 'live') this.#state = 'paused'
    this.#fetch?.abort(stopped)
  }

  /** What is fetched and not sent goes back; then the source is closed. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#retry?.cancel()
    this.#fetch?.abort(stopped)
    this.#source.close()
  }

  /** Fetches if there is a reason to. Called whenever one may have come up. */
  pump(): void {
    if (this.#state !== 'live' || this.#fetch || this.#retry) return
    const outletRoom = this.#outlet.room()
    if (outletRoom <= 0) return
    const bySize = Math.max(1, Math.floor(outletRoom / Math.max(1, this.#messageBytes)))
    const max = Math.min(this.#credit, batchMax, this.#source.room(), bySize)
    if (max > 0) void this.#run(max)
  }

  async #run(max: number): Promise<void> {
    const fetch = new AbortController()
    this.#fetch = fetch
    try {
      const batch = await this.#source.next(max, fetch.signal)
      if (fetch.signal.aborted || this.#outlet.room() === -Infinity) batch.returned()
      else this.#deliver(batch)
      this.#retryMs = 0
    } catch (error) {
      if (!fetch.signal.aborted) this.#fail(error)
    }
    this.#fetch = undefined
    this.pump()
  }

  #deliver(batch: Batch): void {
    const { messages } = batch
    this.#outlet.together(() => {
      let bytes = 0
      for (const message of messages) {
        bytes += this.#outlet.message(this.sid, message, --this.#credit)
      }
      if (messages.length > 0) this.#messageBytes = bytes / messages.length
      batch.delivered()
    })
    this.#outlet.count(this.#source.mode, messages.length)
  }

  /** What may pass is tried again and told once; anything else ends the subscription. */
  #fail(error: unknown): void {
    const failure = failureOf(error)
    if (failure === 'internal') this.#outlet.report(error)
    if (!failures[failure].retry) {
      this.close()
      this.#outlet.say('err', { sid: this.sid, problem: problemOf(error) })
      this.#outlet.ended(this.sid, error)
      return
    }
    if (this.#retryMs === 0) {
      this.#outlet.say('err', { sid: this.sid, problem: problemOf(error) })
    }
    this.#retryMs = Math.min(retryMsMax, Math.max(retryMsMin, this.#retryMs * 2))
    this.#retry = this.#outlet.clock.after(this.#retryMs, () => {
      this.#retry = undefined
      this.pump()
    })
  }

  #say(members: { state: string }): void {
    const { lag } = this.#source
    this.#outlet.say('subState', { sid: this.sid, ...members, ...(lag !== undefined && { lag }) })
  }
}

const stopped = new MqError('draining', 'the subscription was stopped')
