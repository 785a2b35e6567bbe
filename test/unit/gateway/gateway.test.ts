import test, { type ExecutionContext } from 'ava'
import { type GatewayConfig, gatewaySettings } from '../../../gateway/config.ts'
import { KeyRing } from '../../../gateway/core/key-ring.ts'
import { createGateway, type GatewayParts } from '../../../gateway/gateway.ts'
import { ApiKeys } from '../../../gateway/identity/api-keys.ts'
import { silentLog } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeMqClient } from '../../support/fake-mq-client.ts'
import { seeded } from '../../support/gateway-core.ts'
import { post } from '../../support/http-gateway.ts'

const anyPort = { listen: '127.0.0.1:0' }
const { key, file: apiKeys } = ApiKeys.generate(seeded(4))

type Given = Partial<Pick<GatewayParts, 'handleKeys' | 'apiKeys' | 'reread'>>

function partsOf(config: Record<string, unknown> = {}, given: Given = {}) {
  const clock = new FakeClock()
  const client = new FakeMqClient(clock)
  client.addTopic('orders')
  const all = { http: anyPort, grpc: anyPort, management: anyPort, ...config }
  return {
    config: gatewaySettings.parse(all) satisfies GatewayConfig,
    client,
    clock,
    random: seeded(1),
    log: silentLog,
    metrics: noMetrics,
    pages: new Map(),
    prometheus: async () => 'a_metric 1\n',
    ...given,
  }
}

async function started(t: ExecutionContext, parts: ReturnType<typeof partsOf>) {
  const gateway = createGateway(parts)
  await gateway.start()
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopped ??= Promise.resolve(gateway.stop())
    for (let i = 0; i < 5; i++) await parts.clock.advance(10_000)
    await stopped
  }
  t.teardown(stop)
  const { http, management } = gateway.ports
  return { gateway, stop, url: `http://127.0.0.1:${http}`, admin: `http://127.0.0.1:${management}` }
}

test('all fronts listen, and stop leaves no timer behind', async (t) => {
  const parts = partsOf()
  const { gateway, url, stop } = await started(t, parts)
  t.is((await post(`${url}/v1/topics/orders/messages`, 'a')).status, 201)
  t.true(gateway.ports.grpc > 0)
  await stop()
  t.is(parts.clock.pending, 0)
  await t.throwsAsync(fetch(url))
})

test('the management port tells life, readiness and figures', async (t) => {
  const parts = partsOf()
  const { admin } = await started(t, parts)
  const get = async (path: string) => {
    const response = await fetch(`${admin}${path}`)
    return [response.status, await response.text()]
  }
  t.deepEqual(await get('/livez'), [200, 'alive\n'])
  t.deepEqual(await get('/readyz'), [200, 'ready\n'])
  t.deepEqual(await get('/metrics'), [200, 'a_metric 1\n'])
  t.is((await get('/v1/topics'))[0], 404)
  t.is((await fetch(`${admin}/livez`, { method: 'POST' })).status, 405)
  parts.client.masters = async () => new Map()
  t.deepEqual(await get('/readyz'), [503, 'not ready\n'])
})

test('with authentication every operation needs a key', async (t) => {
  const auth = { mode: 'required' }
  const { url } = await started(t, partsOf({ auth }, { apiKeys }))
  const send = (headers: Record<string, string>) =>
    post(`${url}/v1/topics/orders/messages`, 'a', headers)
  const refused = await send({})
  t.is(refused.status, 401)
  t.is(refused.headers.get('www-authenticate'), 'Bearer realm="rocketway"')
  t.is((await send({ Authorization: `Bearer ${key.slice(0, -1)}` })).status, 401)
  t.is((await send({ Authorization: `Bearer ${key}` })).status, 201)
})

test('a listener that others can reach is refused without authentication', (t) => {
  const open = { listen: '0.0.0.0:0' }
  const handleKeys = KeyRing.generate(seeded(8))
  for (const config of [{ http: open }, { grpc: open }]) {
    t.throws(() => createGateway(partsOf(config, { handleKeys })), { message: /authentication/ })
    t.notThrows(() => createGateway(partsOf({ ...config, insecure: true }, { handleKeys })))
    const auth = { mode: 'required' }
    const keys = { handleKeys, apiKeys }
    t.throws(() => createGateway(partsOf({ ...config, auth }, keys)), { message: /TLS/ })
    t.notThrows(() => createGateway(partsOf({ ...config, auth, plainText: true }, keys)))
  }
})

test('keys that are needed and missing are named', (t) => {
  const noApiKeys = partsOf({ auth: { mode: 'required' } })
  t.throws(() => createGateway(noApiKeys), { message: /auth\.keysFile/ })
  const noHandleKeys = partsOf({ http: { listen: '0.0.0.0:0' }, insecure: true })
  t.throws(() => createGateway(noHandleKeys), { message: /handles\.keysFile/ })
})

test('defaults are on loopback, and an unknown setting is an error', (t) => {
  const config = gatewaySettings.parse({})
  t.is(config.http.listen, '127.0.0.1:8080')
  t.is(config.grpc.listen, '127.0.0.1:8081')
  t.is(config.management.listen, '127.0.0.1:9090')
  t.false(gatewaySettings.safeParse({ htp: {} }).success)
  t.false(gatewaySettings.safeParse({ http: { listen: '8080' } }).success)
})

test('a reload takes what may change, names what needs a restart, and takes all or nothing', async (t) => {
  const auth = { mode: 'required' }
  const before = partsOf({ auth }, { apiKeys })
  const other = ApiKeys.generate(seeded(5))
  const app = 'https://app.example.com'
  let next: Awaited<ReturnType<NonNullable<GatewayParts['reread']>>> = {
    config: partsOf({
      auth,
      cors: { origins: [app] },
      limits: { perKey: { sendsPerSecond: 1 } },
      drain: { timeoutMs: 1 },
    }).config,
    apiKeys: other.file,
  }
  const { url, admin } = await started(t, { ...before, reread: async () => next })
  const reload = (headers: Record<string, string>, method = 'POST') =>
    fetch(`${admin}/-/reload`, { method, headers })
  const right = { Authorization: `Bearer ${key}` }
  const send = (token: string, Origin?: string) =>
    post(`${url}/v1/topics/orders/messages`, 'a', {
      Authorization: `Bearer ${token}`,
      ...(Origin !== undefined && { Origin }),
    })
  t.is((await send(key, app)).status, 403)
  t.is((await reload({})).status, 401)
  t.is((await reload({ Authorization: `Bearer ${other.key}` })).status, 401)
  t.is((await reload({ ...right, Origin: 'http://localhost' })).status, 403)
  t.is((await reload(right, 'PUT')).status, 405)
  const answer = await reload(right)
  t.is(answer.status, 200)
  t.deepEqual(await answer.json(), {
    changed: ['cors.origins', 'limits.perKey.sendsPerSecond'],
    needRestart: ['drain.timeoutMs'],
  })
  t.is((await send(key)).status, 401)
  t.is((await send(other.key, app)).status, 201)
  t.is((await send(other.key)).status, 429)

  next = { ...next, config: before.config, apiKeys: '{' }
  const broken = await reload({ Authorization: `Bearer ${other.key}` })
  t.is(broken.status, 400)
  t.is((await send(other.key, app)).status, 429)
})
