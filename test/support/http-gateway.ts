// The HTTP front on a loopback port, over the real core and a cluster in memory.

import type { ExecutionContext } from 'ava'
import { limitRates, type RateLimits } from '../../gateway/core/rate-limits.ts'
import { sealOf } from '../../gateway/core/token.ts'
import { createHttpFront } from '../../gateway/http/http-front.ts'
import type { Pages } from '../../gateway/http/pages.ts'
import type { HttpConfig } from '../../gateway/http/parts.ts'
import type { ServerTls } from '../../gateway/http/server-of.ts'
import { ApiKeys } from '../../gateway/identity/api-keys.ts'
import type { AuditSink } from '../../gateway/identity/audit.ts'
import { createIdentity } from '../../gateway/identity/create-identity.ts'
import type { IssuerConfig } from '../../gateway/identity/issuers.ts'
import type { Log } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
import { MemoryState } from '../../src/base/memory-state.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { type CoreFixture, type CoreFixtureOptions, gatewayCore, seeded } from './gateway-core.ts'

export type HttpFixture = CoreFixture & {
  readonly url: string
  readonly port: number
  /** The admin's key, where authentication is required. */
  readonly apiKey: string
  stop(): Promise<void>
}

export type HttpFixtureOptions = CoreFixtureOptions & {
  readonly config?: Partial<HttpConfig>
  readonly pages?: Pages
  readonly auth?: boolean
  readonly log?: Log
  /** Instead of one with an admin's key. */
  readonly keysFile?: string
  readonly issuers?: readonly IssuerConfig[]
  readonly auditSink?: AuditSink
  readonly tls?: ServerTls
  readonly failuresPerMinute?: number
  readonly rates?: Partial<RateLimits>
  readonly refusalsPerSecond?: number
}

const quick: HttpConfig = {
  host: '127.0.0.1',
  port: 0,
  origins: ['https://app.example.com'],
  trustedProxies: [],
  accessLog: false,
  bodyBytesMax: 4 * 1024 * 1024,
  batchBytesMax: 16 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 65_000,
  connectionCountMax: 1000,
  drainMsMax: 1000,
}

export async function httpGateway(
  t: ExecutionContext,
  options: HttpFixtureOptions = {},
): Promise<HttpFixture> {
  const fixture = gatewayCore(options)
  const { key, file } = ApiKeys.generate(seeded(5))
  const { clock, keys } = fixture
  const ports = {
    clock,
    random: seeded(2),
    log: options.log ?? silentLog,
    metrics: options.metrics ?? noMetrics,
  }
  let keysText = options.keysFile ?? file
  const apiKeys = options.auth ? ApiKeys.parse(keysText) : undefined
  const keysFile = {
    read: () => keysText,
    replace: (text: string) => {
      keysText = text
    },
  }
  const who = createIdentity({
    ...ports,
    apiKeys,
    keysFile,
    issuers: options.issuers ?? [],
    state: options.state ?? new MemoryState(clock),
    seal: sealOf('mqt1', keys),
    auditSink: options.auditSink,
    ...(options.failuresPerMinute !== undefined && {
      failuresPerMinute: options.failuresPerMinute,
    }),
  })
  const rates = { perKey: {}, perTenant: {}, perAddress: {}, ...options.rates }
  const front = createHttpFront({
    ...ports,
    ...who,
    core: limitRates(fixture.core, {
      ...ports,
      limits: () => rates,
      refusalsPerSecond: () => options.refusalsPerSecond ?? 100,
      state: options.state ?? new MemoryState(clock),
    }),
    admin: fixture.admin,
    keys,
    ...(options.tls && { tls: options.tls }),
    config: { ...quick, ...options.config },
    pages: options.pages ?? new Map(),
  })
  await front.start()
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopped ??= Promise.resolve(front.stop())
    fixture.core.stop()
    await fixture.clock.advance(2000)
    await stopped
  }
  t.teardown(stop)
  const scheme = options.tls ? 'https' : 'http'
  return {
    ...fixture,
    url: `${scheme}://127.0.0.1:${front.port}`,
    port: front.port,
    apiKey: key,
    stop,
  }
}

/** A POST of JSON. */
export function post(url: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

export const receiveUrl = (url: string, topic = 'orders', group = 'billing'): string =>
  `${url}/v1/groups/${group}/topics/${topic}/messages:receive`
