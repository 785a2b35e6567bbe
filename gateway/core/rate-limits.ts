// How much a caller may ask for in a second: by credential, by tenant and by address, the same
// for every front because it is around the use cases. What is counted is shared state: all nodes
// together allow what is configured where they share Redis, and then nothing is served that
// cannot be counted; in memory each node allows as much.
//
// A second is a second of the wall clock, so that nodes agree on it; what was not used in one is
// not carried into the next.

import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Counter, Metrics } from '../../src/base/metrics.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import type { Call, Core, SendInput } from './core.ts'

/** Undefined: as much as the caller likes. */
type RateRule = {
  readonly sendsPerSecond?: number | undefined
  readonly sendBytesPerSecond?: number | undefined
  readonly receivesPerSecond?: number | undefined
  /** Calls that wait at the same time, on each node. */
  readonly waiterCountMax?: number | undefined
}

export type RateLimits = Readonly<Record<Scope, RateRule>>

type Scope = 'perKey' | 'perTenant' | 'perAddress'
type Kind = 'sends' | 'sendBytes' | 'receives'

const scopes: readonly Scope[] = ['perKey', 'perTenant', 'perAddress']
const ruleOf = {
  sends: 'sendsPerSecond',
  sendBytes: 'sendBytesPerSecond',
  receives: 'receivesPerSecond',
} as const satisfies Record<Kind, keyof RateRule>
const words = { sends: 'messages sent', sendBytes: 'bytes sent', receives: 'receives' } as const
const windowMs = 1000

export type RateParts = {
  /** Asked at each call: they may change while the gateway runs. */
  limits(): RateLimits
  readonly state: Pick<TransientState, 'increase'>
  readonly clock: Pick<Clock, 'now'>
  readonly metrics: Metrics
}

/** The core as callers may use it. Without any limit a call costs nothing more. */
export function limitRates<C extends Core>(core: C, parts: RateParts): C {
  const rates = new Rates(parts)
  const waits = new Waits(parts)
  const sending = async <T>(inputs: readonly SendInput[], call: Call, run: () => Promise<T>) => {
    await rates.takeSends(inputs, call)
    return run()
  }
  const receiving = async <T>(waitMs: number, call: Call, run: () => Promise<T>) => {
    await rates.takeReceive(call)
    return waits.wait(waitMs, call, run)
  }
  return {
    ...core,
    send: (input, call) =>
      rates.areSet ? sending([input], call, () => core.send(input, call)) : core.send(input, call),
    sendBatch: (inputs, call) => sending(inputs, call, () => core.sendBatch(inputs, call)),
    request: (input, timeoutMs, call) =>
      sending([input], call, () => core.request(input, timeoutMs, call)),
    receive: (input, call) =>
      rates.areSet
        ? receiving(input.waitMs, call, () => core.receive(input, call))
        : core.receive(input, call),
    read: (input, call) =>
      rates.areSet
        ? receiving(input.waitMs, call, () => core.read(input, call))
        : core.read(input, call),
    pull: (input, call) => receiving(input.waitMs, call, () => core.pull(input, call)),
  }
}

class Rates {
  readonly #parts: RateParts
  readonly #refused: Counter
  #seen: RateLimits | undefined
  #areSet = false

  constructor(parts: RateParts) {
    this.#parts = parts
    this.#refused = parts.metrics.counter(
      'rocketway_gateway_rate_limited_total',
      'Calls that were refused because of a rate, by scope and kind',
    )
  }

  /** Whether there is any limit at all. */
  get areSet(): boolean {
    const limits = this.#parts.limits()
    if (limits !== this.#seen) {
      this.#seen = limits
      this.#areSet = scopes.some((scope) => Object.values(limits[scope]).some(Boolean))
    }
    return this.#areSet
  }

  async takeSends(inputs: readonly SendInput[], call: Call): Promise<void> {
    const bytes = inputs.reduce((sum, { body }) => sum + body.length, 0)
    try {
      await Promise.all([
        this.#take('sends', inputs.length, call),
        this.#take('sendBytes', bytes, call),
      ])
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      const detail = { ...error.detail, outcome: 'not-stored' }
      throw new MqError(error.failure, error.message, detail, { cause: error })
    }
  }

  takeReceive(call: Call): Promise<void> {
    return this.#take('receives', 1, call)
  }

  async #take(kind: Kind, count: number, call: Call): Promise<void> {
    await Promise.all(scopes.map((scope) => this.#takeOf(scope, kind, count, call)))
  }

  async #takeOf(scope: Scope, kind: Kind, count: number, call: Call): Promise<void> {
    const limit = this.#parts.limits()[scope][ruleOf[kind]]
    if (limit === undefined) return
    if (count > limit) {
      const failure = kind === 'sends' ? 'batch-too-large' : 'message-too-large'
      throw new MqError(failure, `at most ${limit} ${words[kind]} in a second`)
    }
    const now = this.#parts.clock.now()
    const key = `rate:${scope}:${kind}:${Math.floor(now / windowMs)}:${nameIn(scope, call)}`
    const used = await this.#parts.state.increase(key, count, 2 * windowMs)
    const resetMs = windowMs - (now % windowMs)
    const name = `${scope}-${kind}`
    call.rates?.tell({ name, limit, remaining: Math.max(0, limit - used), resetMs })
    if (used <= limit) return
    this.#refused.add(1, { scope, kind })
    throw new MqError('rate-limited', `at most ${limit} ${words[kind]} in a second`, {
      retryAfterMs: resetMs,
    })
  }
}

/** Calls that wait, by who waits; each on its own node. */
class Waits {
  readonly #parts: Pick<RateParts, 'limits'>
  readonly #counts = new Map<string, number>()

  constructor(parts: Pick<RateParts, 'limits'>) {
    this.#parts = parts
  }

  async wait<T>(waitMs: number, call: Call, run: () => Promise<T>): Promise<T> {
    const limits = this.#parts.limits()
    const limited = scopes.filter((scope) => limits[scope].waiterCountMax !== undefined)
    if (waitMs === 0 || limited.length === 0) return run()
    const keys = limited.map((scope) => `${scope}:${nameIn(scope, call)}`)
    for (const [index, key] of keys.entries()) {
      const countMax = limits[limited[index] ?? 'perKey'].waiterCountMax ?? 0
      if ((this.#counts.get(key) ?? 0) >= countMax) {
        throw new MqError('too-many-waiters', undefined, { countMax, retryAfterMs: windowMs })
      }
    }
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    try {
      return await run()
    } finally {
      for (const key of keys) this.#leave(key)
    }
  }

  #leave(key: string): void {
    const left = (this.#counts.get(key) ?? 1) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
  }
}

function nameIn(scope: Scope, { identity: { subject, namespace }, remote }: Call): string {
  if (scope === 'perTenant') return namespace
  if (scope === 'perKey') return `${namespace}/${subject}`
  return remote.slice(0, remote.lastIndexOf(':'))
}
