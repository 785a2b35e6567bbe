// The real core over a cluster in memory. Tests name only what matters to them.

import { createAdmin } from '../../gateway/core/admin.ts'
import type { Admin } from '../../gateway/core/admin-views.ts'
import type { Call, Core, Identity, ReceiveInput, SendInput } from '../../gateway/core/core.ts'
import { createCore } from '../../gateway/core/create-core.ts'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { type CoreLimits, defaultLimits } from '../../gateway/core/ports.ts'
import { silentLog } from '../../src/base/log.ts'
import { MemoryState } from '../../src/base/memory-state.ts'
import { type Metrics, noMetrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeMqClient } from './fake-mq-client.ts'

export type CoreFixture = {
  readonly core: Core & { stop(): void }
  readonly admin: Admin
  readonly client: FakeMqClient
  readonly clock: FakeClock
  readonly keys: KeyRing
}

export type CoreFixtureOptions = {
  readonly brokers?: readonly string[]
  readonly queues?: number
  readonly limits?: Partial<CoreLimits>
  readonly metrics?: Metrics
  /** Another node's: the same cluster, clock and keys. */
  readonly beside?: CoreFixture
  readonly keys?: KeyRing
  readonly state?: TransientState
}

/** A core with the topic `orders` in one queue on `broker-a`. */
export function gatewayCore(options: CoreFixtureOptions = {}): CoreFixture {
  const clock = options.beside?.clock ?? new FakeClock()
  const client = options.beside?.client ?? new FakeMqClient(clock, options.brokers)
  if (!options.beside) client.addTopic('orders', options.queues)
  const keys = options.keys ?? options.beside?.keys ?? KeyRing.parse(KeyRing.generate(seeded(7)))
  const ports = {
    client,
    clock,
    random: seeded(1),
    log: silentLog,
    metrics: options.metrics ?? noMetrics,
    keys,
    state: options.state ?? new MemoryState(clock),
    limits: { ...defaultLimits, ...options.limits },
  }
  const core = createCore(ports)
  return { core, admin: createAdmin(ports, core), client, clock, keys }
}

/** The same numbers in every run. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 8
  }
  return {
    below: (bound) => next() % bound,
    bytes: (size) => Uint8Array.from({ length: size }, () => next() & 0xff),
  }
}

const anonymous: Identity = { subject: 'anonymous', namespace: '', isAdmin: true }

export const someone = (namespace = ''): Identity => ({
  subject: 'someone',
  namespace,
  isAdmin: false,
})

export const call = (given: Partial<Call> = {}): Call => ({
  requestId: 'r-1',
  identity: anonymous,
  remote: '127.0.0.1:5000',
  signal: new AbortController().signal,
  ...given,
})

export const message = (body: string, given: Partial<SendInput> = {}): SendInput => ({
  topic: 'orders',
  body: Buffer.from(body),
  ...given,
})

export const asking = (given: Partial<ReceiveInput> = {}): ReceiveInput => ({
  group: 'billing',
  topic: 'orders',
  max: 32,
  waitMs: 0,
  invisibleMs: 30_000,
  ...given,
})

export const textOf = ({ body }: { readonly body: Uint8Array }): string =>
  Buffer.from(body).toString()
