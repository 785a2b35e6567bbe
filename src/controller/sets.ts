// The broker sets of a controller that leads, and the one way to change one: decide on what is
// known, write it with a compare-and-swap, and only then believe and answer it. Transitions of a
// set go one after the other.

import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { SharedState } from '../base/shared-state.ts'
import { type BrokerSet, parseBrokerSet, printBrokerSet } from './broker-set.ts'

const keyPrefix = 'sets/'
const nameBytesMax = 255
/** Transitions of one set that wait for the ones before. */
const waitingMax = 256

type Options = {
  readonly state: Pick<SharedState, 'put'>
  readonly log: Log
  readonly countMax: number
}

/** What a transition makes of a set: the next one, undefined for none; and its answer. */
export type Transition<T> = { readonly next: BrokerSet | undefined; readonly answer: T }

export class BrokerSets {
  readonly #options: Options
  readonly #sets = new Map<string, BrokerSet>()
  readonly #queues = new Map<string, { last: Promise<unknown>; count: number }>()
  #leads = false
  /** Which leadership: what was begun in an earlier one is not believed. */
  #term = 0

  constructor(options: Options) {
    this.#options = options
  }

  get leads(): boolean {
    return this.#leads
  }

  lead(values: ReadonlyMap<string, string>): void {
    this.#term += 1
    this.#sets.clear()
    for (const [key, value] of values) {
      if (!key.startsWith(keyPrefix)) continue
      const set = parseBrokerSet(value)
      this.#sets.set(set.brokerName, set)
    }
    this.#leads = true
  }

  follow(): void {
    this.#leads = false
    this.#sets.clear()
  }

  /** Throws `not-the-leader`. */
  find(brokerName: string): BrokerSet | undefined {
    this.checkLeads()
    return this.#sets.get(brokerName)
  }

  /** Throws `broker-set-not-found`. */
  get(brokerName: string): BrokerSet {
    const set = this.find(brokerName)
    if (!set) throw new MqError('broker-set-not-found', undefined, { brokerName })
    return set
  }

  all(): Iterable<BrokerSet> {
    return this.#leads ? this.#sets.values() : []
  }

  checkLeads(): void {
    if (!this.#leads) throw new MqError('not-the-leader')
  }

  /**
   * Changes one set. Rejects with what `decide` throws, `not-the-leader` when the change was not
   * written or is not known to be, `broker-busy`.
   */
  change<T>(brokerName: string, decide: (set: BrokerSet | undefined) => Transition<T>): Promise<T> {
    const mine = this.#queues.get(brokerName) ?? {
      last: Promise.resolve() as Promise<unknown>,
      count: 0,
    }
    this.#queues.set(brokerName, mine)
    if (mine.count >= waitingMax) {
      return Promise.reject(new MqError('broker-busy', 'too much waits for this broker set'))
    }
    mine.count += 1
    const done = mine.last.then(() => this.#change(brokerName, decide))
    mine.last = done.then(
      () => {},
      () => {},
    )
    return done.finally(() => {
      mine.count -= 1
      if (mine.count === 0) this.#queues.delete(brokerName)
    })
  }

  async #change<T>(
    brokerName: string,
    decide: (set: BrokerSet | undefined) => Transition<T>,
  ): Promise<T> {
    const before = this.find(brokerName)
    const { next, answer } = decide(before)
    if (next === before) return answer
    if (!before) this.#checkNew(brokerName)
    const term = this.#term
    const isWritten = await this.#options.state.put(
      keyPrefix + encodeURIComponent(brokerName),
      next && printBrokerSet(next),
    )
    if (!isWritten || !this.#leads || term !== this.#term) throw new MqError('not-the-leader')
    if (next) this.#sets.set(brokerName, next)
    else this.#sets.delete(brokerName)
    this.#report(before, next)
    return answer
  }

  #checkNew(brokerName: string): void {
    if (brokerName === '' || Buffer.byteLength(brokerName) > nameBytesMax) {
      throw new MqError('invalid-argument', 'the broker name is not allowed')
    }
    if (this.#sets.size >= this.#options.countMax) {
      throw new MqError('broker-busy', 'there are too many broker sets')
    }
  }

  #report(before: BrokerSet | undefined, next: BrokerSet | undefined): void {
    const { log } = this.#options
    if (!next) {
      log.info('broker-set-forgotten', { brokerName: before?.brokerName })
      return
    }
    const { brokerName, masterBrokerId, masterEpoch, syncStateSet, syncStateSetEpoch } = next
    if (before?.masterEpoch !== masterEpoch) {
      log.info('master-elected', { brokerName, masterBrokerId, masterEpoch })
    } else if (before.syncStateSetEpoch !== syncStateSetEpoch) {
      log.info('sync-state-set-changed', { brokerName, syncStateSet, syncStateSetEpoch })
    }
  }
}
