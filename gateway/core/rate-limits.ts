// How much a caller may ask for in a second: by credential, by tenant and by address, the same
// for every front because it is around the use cases. What is counted is shared state: all nodes
// together allow what is configured where they share Redis, and then nothing is served that
// cannot be counted; in memory each node allows as much.
//
// A second is a second of the wall clock, so that nodes agree on it; what was not used in one is
// not carried into the next. Who has used it up is remembered until it is over: fronts ask for that
// before they read what was sent, and nothing is counted for a call that cannot be served.

import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Counter, Labels, Metrics } from '../../src/base/metrics.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import type { Call, Core, SendInput } from './core.ts'
import { RefusalPace } from './refusal-pace.ts'

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
/** What a front knows of a call before it has arrived. */
export type Counted = 'sends' | 'receives'

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
  /** To one caller; whoever goes on beyond it waits for the answer. */
  refusalsPerSecond(): number
  readonly state: Pick<TransientState, 'increase'>
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>
  readonly metrics: Metrics
}

/** What a front may ask before it reads what a caller has sent. */
export type RateGate = {
  /**
   * Undefined where the caller may go on, as far as is known; else throws `rate-limited`, or
   * rejects with it when it is time to say so.
   */
  usedUp(counted: Counted, call: Call): Promise<never> | undefined
}

/** The core as callers may use it. Without any limit a call costs nothing more. */
export function limitRates<C extends Core>(core: C, parts: RateParts): C & RateGate {
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
    usedUp: (counted, call) => rates.usedUp(counted, call),
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

/** One rate of those that are set. */
type Rule = {
  readonly scope: Scope
  readonly kind: Kind
  readonly limit: number
  /** As callers are told. */
  readonly name: string
  readonly refusal: string
  readonly labels: Labels
}

type Rules = {
  readonly of: RateLimits
  readonly areSet: boolean
  readonly sends: readonly Rule[]
  readonly receives: readonly Rule[]
}

class Rates {
  readonly #parts: RateParts
  readonly #refused: Counter
  readonly #pace: RefusalPace
  #kept: Rules | undefined
  /** What is used up in the second of `#window`. */
  readonly #usedUp = new Set<string>()
  #window = 0

  constructor(parts: RateParts) {
    this.#parts = parts
    this.#pace = new RefusalPace({ clock: parts.clock, perSecond: parts.refusalsPerSecond })
    this.#refused = parts.metrics.counter(
      'rocketway_gateway_rate_limited_total',
      'Calls that were refused because of a rate, by scope and kind',
    )
  }

  /** Whether there is any limit at all. */
  get areSet(): boolean {
    return this.#rules.areSet
  }

  get #rules(): Rules {
    const limits = this.#parts.limits()
    if (this.#kept?.of !== limits) this.#kept = rulesOf(limits)
    return this.#kept
  }

  usedUp(counted: Counted, call: Call): Promise<never> | undefined {
    const window = this.#turn(this.#parts.clock.now())
    if (this.#usedUp.size === 0) return undefined
    const rule = this.#rules[counted].find((one) => this.#usedUp.has(keyOf(one, call)))
    if (!rule) return undefined
    const waiting = this.#hold(rule, call, 0)
    const refusal = () => this.#refusal(rule, window, call)
    if (!waiting) throw refusal()
    return waiting.then(() => Promise.reject(refusal()))
  }

  async takeSends(inputs: readonly SendInput[], call: Call): Promise<void> {
    const bytes = inputs.reduce((sum, { body }) => sum + body.length, 0)
    try {
      await this.#take('sends', { count: inputs.length, bytes }, call)
    } catch (error) {
      if (!(error instanceof MqError) || 'outcome' in error.detail) throw error
      const detail = { ...error.detail, outcome: 'not-stored' }
      throw new MqError(error.failure, error.message, detail, { cause: error })
    }
  }

  takeReceive(call: Call): Promise<void> {
    return this.#take('receives', { count: 1, bytes: 0 }, call)
  }

  async #take(counted: Counted, { count, bytes }: Amount, call: Call): Promise<void> {
    const now = this.#parts.clock.now()
    const window = this.#turn(now)
    const resetMs = windowMs - (now % windowMs)
    const taken = this.#rules[counted].map(async (rule) => {
      const { kind, limit, name } = rule
      const wanted = kind === 'sendBytes' ? bytes : count
      if (wanted > limit) {
        throw new MqError(kind === 'sends' ? 'batch-too-large' : 'message-too-large', rule.refusal)
      }
      const key = `rate:${rule.scope}:${kind}:${window}:${nameIn(rule.scope, call)}`
      const used = await this.#parts.state.increase(key, wanted, 2 * windowMs)
      if (used > limit) return rule
      call.rates?.tell({ name, limit, remaining: limit - used, resetMs })
      return undefined
    })
    const over = (await Promise.all(taken)).find((rule) => rule !== undefined)
    if (!over) return
    if (window === this.#window) this.#usedUp.add(keyOf(over, call))
    await this.#hold(over, call, bytes)
    throw this.#refusal(over, window, call)
  }

  /** Until the caller may be told. */
  #hold({ scope, labels }: Rule, call: Call, bytes: number): Promise<void> | undefined {
    this.#refused.add(1, labels)
    return this.#pace.wait(`${scope}:${nameIn(scope, call)}`, bytes)
  }

  #refusal({ kind, name, limit, refusal }: Rule, window: number, call: Call): MqError {
    const resetMs = Math.max(0, (window + 1) * windowMs - this.#parts.clock.now())
    call.rates?.tell({ name, limit, remaining: 0, resetMs })
    return new MqError('rate-limited', refusal, {
      retryAfterMs: resetMs,
      ...(kind !== 'receives' && { outcome: 'not-stored' }),
    })
  }

  /** The second that it is; what was used up in another is forgotten. */
  #turn(now: number): number {
    const window = Math.floor(now / windowMs)
    if (window !== this.#window) this.#usedUp.clear()
    this.#window = window
    return window
  }
}

type Amount = { readonly count: number; readonly bytes: number }

function rulesOf(limits: RateLimits): Rules {
  const of = (kinds: readonly Kind[]): readonly Rule[] =>
    kinds.flatMap((kind) =>
      scopes.flatMap((scope) => {
        const limit = limits[scope][ruleOf[kind]]
        if (limit === undefined) return []
        const refusal = `at most ${limit} ${words[kind]} in a second`
        return [{ scope, kind, limit, name: `${scope}-${kind}`, refusal, labels: { scope, kind } }]
      }),
    )
  return {
    of: limits,
    areSet: scopes.some((scope) => Object.values(limits[scope]).some(Boolean)),
    sends: of(['sends', 'sendBytes']),
    receives: of(['receives']),
  }
}

const keyOf = ({ scope, kind }: Rule, call: Call): string =>
  `${scope}:${kind}:${nameIn(scope, call)}`

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
