// A gateway with all its fronts on free loopback ports, over a cluster in memory and a clock of
// the test's.

import { hash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { gatewaySettings } from '../../gateway/config.ts'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { createGateway, type GatewayParts } from '../../gateway/gateway.ts'
import { MqError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeMqClient } from './fake-mq-client.ts'
import { seeded } from './gateway-core.ts'

const anyPort = { listen: '127.0.0.1:0' }

/** The secret of key `id`, eight hexadecimal digits. */
export const secretOf = (id: string): string => `rwk_${id}_${'k'.repeat(43)}`

/** A keys file; each entry is what its key has besides. */
export const keysFileOf = (entries: Record<string, object>, more: object = {}): string =>
  JSON.stringify({
    keys: Object.entries(entries).map(([id, entry]) => ({
      id,
      sha256: hash('sha256', secretOf(id), 'hex'),
      subject: `s-${id}`,
      ...entry,
    })),
    ...more,
  })

export async function wholeGateway(
  t: ExecutionContext,
  config: Record<string, unknown> = {},
  given: Partial<GatewayParts> = {},
) {
  const clock = new FakeClock()
  const client = new FakeMqClient(clock)
  client.addTopic('orders')
  client.addGroup('billing')
  // Whoever looks into this cluster finds nothing: what is asked is who may look.
  const missing = async (): Promise<never> => {
    throw new MqError('not-found')
  }
  const empty = async (): Promise<readonly never[]> => []
  const brokers = async () => [...(await client.masters()).values()]
  const served = new Map<unknown, unknown>([
    ['groups', empty],
    ['brokers', brokers],
  ])
  const inspection = new Proxy({}, { get: (_, name) => served.get(name) ?? missing })
  Object.defineProperty(client, 'inspection', { value: inspection })
  const all = { http: anyPort, grpc: anyPort, management: anyPort, ...config }
  const gateway = createGateway({
    config: gatewaySettings.parse(all),
    client,
    clock,
    random: seeded(1),
    log: silentLog,
    metrics: noMetrics,
    handleKeys: KeyRing.generate(seeded(2)),
    pages: new Map(),
    prometheus: async () => '',
    ...given,
  })
  await gateway.start()
  t.teardown(async () => {
    const stopped = gateway.stop()
    for (let i = 0; i < 5; i++) await clock.advance(10_000)
    await stopped
  })
  const { http, grpc } = gateway.ports
  const url = `http://127.0.0.1:${http}`
  const ask = async (
    method: string,
    path: string,
    asked: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const { token, body, headers = {} } = asked
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    // A stream has no end: what it is has been said in its head.
    const isStream = /event-stream|ndjson/.test(answer.headers.get('content-type') ?? '')
    if (isStream) await answer.body?.cancel()
    const text = isStream ? '' : await answer.text()
    return { status: answer.status, headers: answer.headers, text }
  }
  const socket = (protocols: string[], path = '/v1/ws', options = {}) => {
    const made = new WebSocket(`ws://127.0.0.1:${http}${path}`, protocols, options)
    made.on('error', () => {})
    t.teardown(() => made.terminate())
    return made
  }
  return { gateway, client, clock, url, grpc, ask, socket }
}
