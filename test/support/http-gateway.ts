// The HTTP front on a loopback port, over the real core and a cluster in memory.

import type { ExecutionContext } from 'ava'
import { createHttpFront } from '../../gateway/http/http-front.ts'
import type { Pages } from '../../gateway/http/pages.ts'
import type { HttpConfig } from '../../gateway/http/parts.ts'
import { ApiKeys } from '../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../gateway/identity/authenticator.ts'
import type { Log } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
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
}

const quick: HttpConfig = {
  host: '127.0.0.1',
  port: 0,
  origins: ['https://app.example.com'],
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
  const front = createHttpFront({
    core: fixture.core,
    admin: fixture.admin,
    identity: createAuthenticator(options.auth ? ApiKeys.parse(file) : undefined, fixture.clock),
    keys: fixture.keys,
    clock: fixture.clock,
    random: seeded(2),
    log: options.log ?? silentLog,
    metrics: options.metrics ?? noMetrics,
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
  return { ...fixture, url: `http://127.0.0.1:${front.port}`, port: front.port, apiKey: key, stop }
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
