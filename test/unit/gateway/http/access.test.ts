import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { httpGateway, post, receiveUrl } from '../../../support/http-gateway.ts'

const app = 'https://app.example.com'

test('a listed origin may ask and read the answer; others learn nothing', async (t) => {
  const { url } = await httpGateway(t)
  const response = await post(`${url}/v1/topics/orders/messages`, 'a', { Origin: app })
  t.is(response.status, 201)
  t.is(response.headers.get('access-control-allow-origin'), app)
  t.is(response.headers.get('vary'), 'Origin')
  t.is(response.headers.get('access-control-allow-credentials'), null)
  const foreign = await post(receiveUrl(url), {}, { Origin: 'https://evil.example' })
  t.is(foreign.status, 403)
  t.is(foreign.headers.get('access-control-allow-origin'), null)
  t.like(await (await post(receiveUrl(url))).json(), { messages: [{ attempt: 1 }] })
})

test('a preflight of a listed origin is answered, without a credential', async (t) => {
  const { url } = await httpGateway(t, { auth: true })
  const preflight = (Origin: string) =>
    fetch(receiveUrl(url), {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, content-type',
      },
    })
  const allowed = await preflight(app)
  t.is(allowed.status, 204)
  t.is(allowed.headers.get('access-control-allow-headers'), 'authorization, content-type')
  t.is((await preflight('https://evil.example')).status, 403)
})

test("an admin's call is within the namespace it names", async (t) => {
  const { url, client } = await httpGateway(t)
  client.addTopic('shop%orders')
  await post(`${url}/v1/topics/orders/messages`, 'a', { 'Mq-Namespace': 'shop' })
  t.is(client.stored('shop%orders').length, 1)
})

test("the caller's request id is used where it is harmless", async (t) => {
  const { url } = await httpGateway(t)
  const idOf = async (id: string) =>
    (await fetch(`${url}/v1/topics`, { headers: { 'X-Request-Id': id } })).headers.get(
      'x-request-id',
    )
  t.is(await idOf('abc-1_2'), 'abc-1_2')
  t.not(await idOf('a b'), 'a b')
  t.not(await idOf('x'.repeat(65)), 'x'.repeat(65))
})

test('documents need no credential; everything else does', async (t) => {
  const pages = new Map([
    ['/openapi.json', { contentType: 'application/json', body: Buffer.from('{}') }],
  ])
  const { url, apiKey } = await httpGateway(t, { auth: true, pages })
  const document = await fetch(`${url}/openapi.json`)
  t.deepEqual(await document.json(), {})
  t.regex(document.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  const page = await fetch(`${url}/problems/topic-not-found`)
  t.regex(await page.text(), /<h1>topic-not-found<\/h1>[\s\S]*status 404, gRPC code 40402/)
  t.is((await fetch(`${url}/v1/topics`)).status, 401)
  t.is((await fetch(`${url}/v1/nothing`)).status, 401)
  const headers = { Authorization: `Bearer ${apiKey}` }
  t.is((await fetch(`${url}/v1/topics`, { headers })).status, 200)
})

test('a failed send says what became of the message, and when to come back', async (t) => {
  const { url, client } = await httpGateway(t)
  const detail = { outcome: 'unknown', broker: 'broker-a' }
  client.failNext('send', new MqError('broker-busy', undefined, detail))
  const response = await post(`${url}/v1/topics/orders/messages`, 'a')
  t.is(response.status, 503)
  t.is(response.headers.get('retry-after'), '1')
  t.like(await response.json(), { outcome: 'unknown', retryable: true, broker: 'broker-a' })
})

test('a bug of ours is an internal error that tells nothing, and is logged', async (t) => {
  const logged: unknown[] = []
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (event: string, fields?: Readonly<Record<string, unknown>>) =>
      void logged.push([event, fields?.['operation']]),
    child: () => log,
  }
  const { url, client } = await httpGateway(t, { log })
  client.failNext('send', new TypeError('secret at 10.0.0.1'))
  const response = await post(`${url}/v1/topics/orders/messages`, 'a')
  t.is(response.status, 500)
  t.false((await response.text()).includes('10.0.0.1'))
  t.deepEqual(logged, [['request-failed', 'sendMessage']])
})

test('requests are counted by operation and status, with no label of a caller', async (t) => {
  const counted = new Map<string, number>()
  const metrics = {
    counter: (name: string) => ({
      add(count: number, labels: Readonly<Record<string, string>> = {}) {
        const key = `${name} ${labels['operation']} ${labels['status']}`
        counted.set(key, (counted.get(key) ?? 0) + count)
      },
    }),
    histogram: () => ({ record() {} }),
    gauge() {},
  }
  const { url } = await httpGateway(t, { metrics })
  await post(`${url}/v1/topics/orders/messages`, 'a')
  await post(`${url}/v1/topics/nothing/messages`, 'a')
  await fetch(`${url}/v1/whatever`)
  t.deepEqual(
    [...counted],
    [
      ['rocketway_gateway_requests_total sendMessage 201', 1],
      ['rocketway_gateway_requests_total sendMessage 404', 1],
      ['rocketway_gateway_requests_total none 404', 1],
    ],
  )
})
