// Requests that wait: pulls, pops and notifications without a message yet.
//
// A held request is one object that is its own Deferred. It waits under one or more keys,
// is run again when something arrives under one of them, and is answered for good at its
// deadline. Deadlines sit in a wheel of slots, so waiting costs nothing per tick but a look
// at one slot. It is dropped with its connection. Everything is bounded: `countMax` in all
// and `perKeyMax` under one key.
//
// Source: PullRequestHoldService, PopLongPollingService. Unlike there, a woken request that
// finds nothing goes on waiting instead of being answered "not found" early.

import { assert } from '../base/assert.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import { kept } from '../base/kept.ts'
import type { Peer } from '../remoting/call.ts'
import type { Deferred, Reply, Responder } from '../remoting/dispatch.ts'

/** A request that can be run again. It must not have had any effect yet. */
export type Waiter<A = unknown> = {
  /** What it waits for: see {@link Holds.wake}. At least one, each at most once. */
  readonly keys: readonly string[]
  /** When it is answered anyway, by {@link Clock.monotonic}. */
  readonly deadlineMs: number
  /** A cheap look at an arrival: false keeps it waiting without running it. */
  wants?(arrival: A): boolean
  /**
   * Runs the request again. undefined: nothing yet, wait on; only allowed when not `final`.
   * What it throws is the answer.
   */
  again(final: boolean): Reply | Promise<Reply | undefined> | undefined
}

/** What handlers and the arrivals of the store need of the held requests. */
export type Holds<A = unknown> = {
  /** The answer that comes later; undefined when there is no room for one more waiter. */
  hold(waiter: Waiter<A>, peer: Peer): Deferred | undefined
  /**
   * Runs the requests under `key` again, in the order they came, until `answeredMax` of them
   * were answered. Answers how many were, not counting those that still read cold bytes.
   */
  wake(key: string, arrival: A, answeredMax?: number): number
  /** How many wait under `key`. */
  waiting(key: string): number
}

type Limits = { readonly countMax: number; readonly perKeyMax: number }

/** The wheel turns once per `tickMs`; a deadline beyond one round is looked at again. */
const tickMs = 50
const slotCount = 1024

/** The held requests of one program. `stop` answers all of them for the last time. */
export class HeldRequests<A = unknown> implements Holds<A> {
  readonly name = 'held-requests'
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #byKey = new Map<string, Set<Held<A>>>()
  readonly #byPeer = new Map<number, Set<Held<A>>>()
  readonly #slots: Set<Held<A>>[] = Array.from({ length: slotCount }, () => new Set())
  #count = 0
  #tick = 0
  #timer: Timer | undefined

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** How many wait in all. */
  get count(): number {
    return this.#count
  }

  hold(waiter: Waiter<A>, peer: Peer): Deferred | undefined {
    if (this.#count >= this.#limits.countMax) return undefined
    for (const key of waiter.keys) {
      if (this.waiting(key) >= this.#limits.perKeyMax) return undefined
    }
    return new Held(this, waiter, peer)
  }

  wake(key: string, arrival: A, answeredMax = Number.POSITIVE_INFINITY): number {
    const waiting = this.#byKey.get(key)
    if (!waiting) return 0
    let answered = 0
    // A Set visits what is added during the walk: an answered client that asks again within
    // its own answer must not be run a second time for the same arrival.
    for (const held of [...waiting]) {
      if (answered >= answeredMax) break
      if (held.wake(arrival)) answered++
    }
    return answered
  }

  waiting(key: string): number {
    return this.#byKey.get(key)?.size ?? 0
  }

  start(): void {}

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const slot of this.#slots) for (const held of [...slot]) held.expire()
  }

  /** Called by the request when its responder is known. */
  enter(held: Held<A>): void {
    this.#count++
    for (const key of held.waiter.keys) kept(this.#byKey, key, () => new Set<Held<A>>()).add(held)
    this.#watch(held.peer).add(held)
    this.#timer ??= this.#startWheel()
    held.slot = Math.max(Math.ceil(held.waiter.deadlineMs / tickMs), this.#tick + 1)
    this.#slotOf(held).add(held)
  }

  /** Called by the request when it was answered or dropped. */
  leave(held: Held<A>): void {
    this.#count--
    for (const key of held.waiter.keys) {
      const waiting = this.#byKey.get(key)
      waiting?.delete(held)
      if (waiting?.size === 0) this.#byKey.delete(key)
    }
    this.#byPeer.get(held.peer.id)?.delete(held)
    this.#slotOf(held).delete(held)
    if (this.#count > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #slotOf(held: Held<A>): Set<Held<A>> {
    return this.#slots[held.slot % slotCount] as Set<Held<A>>
  }

  /** One close listener per connection, however many requests it holds. */
  #watch(peer: Peer): Set<Held<A>> {
    const known = this.#byPeer.get(peer.id)
    if (known) return known
    const held = new Set<Held<A>>()
    this.#byPeer.set(peer.id, held)
    peer.onClose(() => {
      this.#byPeer.delete(peer.id)
      for (const one of held) one.drop()
    })
    return held
  }

  #startWheel(): Timer {
    this.#tick = Math.floor(this.#clock.monotonic() / tickMs)
    return this.#clock.every(tickMs, () => this.#turn())
  }

  #turn(): void {
    const now = Math.floor(this.#clock.monotonic() / tickMs)
    // After a long stall one round visits every slot: more would only repeat it.
    if (now - this.#tick > slotCount) this.#tick = now - slotCount
    while (this.#tick < now) {
      this.#tick++
      const slot = this.#slots[this.#tick % slotCount] as Set<Held<A>>
      for (const held of [...slot]) if (held.slot <= now) held.expire()
    }
  }
}

class Held<A> implements Deferred {
  readonly #owner: HeldRequests<A>
  readonly waiter: Waiter<A>
  readonly peer: Peer
  /** Of the wheel, counted from the start of the clock. */
  slot = 0
  #responder: Responder | undefined
  /** Cold bytes are being read; what happens meanwhile is remembered. */
  #reading = false
  #wokenMeanwhile = false
  #expired = false

  constructor(owner: HeldRequests<A>, waiter: Waiter<A>, peer: Peer) {
    this.#owner = owner
    this.waiter = waiter
    this.peer = peer
  }

  attach(responder: Responder): void {
    if (responder.closed || this.peer.closed) return
    this.#responder = responder
    this.#owner.enter(this)
  }

  /** True when it was answered in this call. */
  wake(arrival: A): boolean {
    if (!this.#responder) return false
    if (this.waiter.wants?.(arrival) === false) return false
    if (this.#reading) {
      this.#wokenMeanwhile = true
      return false
    }
    return this.#run(false)
  }

  expire(): void {
    this.#expired = true
    if (this.#responder && !this.#reading) this.#run(true)
  }

  drop(): void {
    if (!this.#responder) return
    this.#responder = undefined
    this.#owner.leave(this)
  }

  #run(final: boolean): boolean {
    try {
      const reply = this.waiter.again(final)
      if (reply instanceof Promise) {
        this.#await(reply)
        return false
      }
      assert(reply || !final, 'an answer at the end of the wait')
      return this.#settle(reply)
    } catch (error) {
      this.#finish()?.fail(error)
      return true
    }
  }

  #await(reading: Promise<Reply | undefined>): void {
    this.#reading = true
    reading.then(
      (reply) => {
        this.#reading = false
        if (!this.#responder || this.#settle(reply)) return
        const woken = this.#wokenMeanwhile
        this.#wokenMeanwhile = false
        if (this.#expired || woken) this.#run(this.#expired)
      },
      (error: unknown) => {
        this.#reading = false
        this.#finish()?.fail(error)
      },
    )
  }

  #settle(reply: Reply | undefined): boolean {
    if (!reply) return false
    this.#finish()?.reply(reply)
    return true
  }

  #finish(): Responder | undefined {
    const responder = this.#responder
    this.drop()
    return responder
  }
}

/** The refusal for requests that have no answer of their own for "no room to wait". */
export const noRoomToWait = (): MqError =>
  new MqError('broker-busy', 'too many requests wait', { resource: 'waiting' })
