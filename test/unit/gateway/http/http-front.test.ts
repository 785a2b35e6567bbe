import { createHash } from 'node:crypto'
import test from 'ava'
import { sealRecallHandle } from '../../../../gateway/core/recall.ts'
import { printRecallHandle } from '../../../../src/message/recall-handle.ts'
import { call, message as messageOf } from '../../../support/gateway-core.ts'
import { httpGateway, post, receiveUrl } from '../../../support/http-gateway.ts'

test('a raw send is stored as it is, and its headers are the metadata', async (t) => {
  const { url, client } = await httpGateway(t)
  const response = await fetch(`${url}/v1/topics/orders/messages`, {
    method: 'POST',
    body: '{"id":7}',
    headers: {
      'Content-Type': 'application/json',
      'Mq-Tag': 'paid',
      'Mq-Keys': 'o-7 o-8',
      'Mq-Property-Src': encodeURIComponent('grüß\u4f60'),
      'Mq-Ordering-Key': 'cust-9',
      traceparent: '00-1-2-01',
    },
  })
  t.is(response.status, 201)
  const sent = (await response.json()) as Record<string, unknown>
  t.like(sent, { topic: 'orders', broker: 'broker-a', queueOffset: '0', durability: 'local' })
  t.is(response.headers.get('location'), `/v1/topics/orders/messages/${sent['messageId']}`)
  t.is(response.headers.get('cache-control'), 'no-store')
  t.truthy(response.headers.get('x-request-id'))

  const [stored] = client.stored('orders')
  t.is(Buffer.from(stored?.body ?? []).toString(), '{"id":7}')
  t.deepEqual(Object.fromEntries(stored?.properties ?? []), {
    UNIQ_KEY: String(sent['messageId']),
    TAGS: 'paid',
    KEYS: 'o-7 o-8',
    __SHARDINGKEY: 'cust-9',
    __BORNHOST: '127.0.0.1',
    'content-type': 'application/json',
    src: 'grüß\u4f60',
    traceparent: '00-1-2-01',
  })
})

test('an envelope is the same message said in JSON', async (t) => {
  const { url, client } = await httpGateway(t)
  const envelope = {
    body: { json: { id: 7 } },
    tag: 'paid',
    keys: ['o-7'],
    properties: { Src: 'web' },
    delay: '30s',
  }
  const response = await post(`${url}/v1/topics/orders/messages`, envelope, {
    'Content-Type': 'application/vnd.rocketway.message+json',
  })
  t.is(response.status, 201)
  const [stored] = client.stored('orders')
  t.is(Buffer.from(stored?.body ?? []).toString(), '{"id":7}')
  t.is(stored?.properties.get('Src'), 'web')
  t.is(stored?.properties.get('TIMER_DELIVER_MS'), '1700000030000')
})

test('a batch is stored in one request to the broker; results are in order with their refs', async (t) => {
  const { url, client } = await httpGateway(t)
  const messages = ['a', 'b', 'c'].map((text) => ({ ref: `r-${text}`, body: { text } }))
  const response = await post(`${url}/v1/topics/orders/messages:batch`, { messages })
  t.is(response.status, 200)
  const result = (await response.json()) as { results: Record<string, unknown>[] }
  t.like(result, { stored: 3, failed: 0 })
  t.deepEqual(
    result.results.map(({ ref, status, queueOffset }) => [ref, status, queueOffset]),
    [
      ['r-a', 201, '0'],
      ['r-b', 201, '1'],
      ['r-c', 201, '2'],
    ],
  )
  t.is(client.calls.filter((method) => method === 'sendBatch').length, 1)
})

test('a batch of which some is refused is 207 and says which; all refused is a problem', async (t) => {
  const { url, client } = await httpGateway(t)
  const good = { body: { text: 'a' } }
  const bad = { ref: 'b', body: { text: 'b' }, tag: 'a|b' }
  const mixed = await post(`${url}/v1/topics/orders/messages:batch`, { messages: [good, bad] })
  t.is(mixed.status, 207)
  const result = (await mixed.json()) as { results: unknown[] }
  t.like(result, { stored: 1, failed: 1 })
  t.like(result.results[1], {
    ref: 'b',
    status: 400,
    problem: { type: '/problems/illegal-tag', outcome: 'not-stored', retryable: false },
  })
  t.is(client.stored('orders').length, 1)

  const none = await post(`${url}/v1/topics/orders/messages:batch`, { messages: [bad] })
  t.is(none.status, 400)
  t.like(await none.json(), { type: '/problems/illegal-tag' })
})

test('receive, extend, nack and ack by handles over HTTP', async (t) => {
  const { url, clock } = await httpGateway(t)
  await post(`${url}/v1/topics/orders/messages`, { id: 7 }, { 'Mq-Tag': 'paid' })
  const receive = async () => {
    const response = await post(receiveUrl(url), { max: 16, invisible: '30s' })
    t.is(response.status, 200)
    return (await response.json()) as { messages: Record<string, string>[] }
  }
  const [first] = (await receive()).messages
  t.like(first, {
    topic: 'orders',
    tag: 'paid',
    contentType: 'application/json',
    body: { json: { id: 7 } },
    attempt: 1,
    queueOffset: '0',
  })
  t.regex(first?.['handle'] ?? '', /^mqh1\.[\w-]+\.[\w-]{90,200}\.[\w-]{22}$/)

  const group = `${url}/v1/groups/billing`
  const items = [{ handle: first?.['handle'], invisible: '5m' }]
  const extended = await post(`${group}/messages:extend`, { items })
  const { items: [longer] = [] } = (await extended.json()) as { items: Record<string, string>[] }
  t.is(extended.status, 200)
  t.is(Math.floor((Date.parse(longer?.['invisibleUntil'] ?? '') - clock.now()) / 1000), 300)

  const superseded = await post(`${group}/messages:ack`, { handles: [first?.['handle']] })
  t.is(superseded.status, 409)
  t.like(await superseded.json(), { type: '/problems/receipt-handle-superseded', code: 40013 })

  const nacked = await post(`${group}/messages:nack`, { items: [{ handle: longer?.['handle'] }] })
  t.deepEqual(await nacked.json(), { nacked: 1 })
  const [again] = (await receive()).messages
  t.like(again, { attempt: 2 })

  const both = { handles: [again?.['handle'], 'mqh1.x.y.z'] }
  const acked = await post(`${group}/messages:ack`, both)
  t.is(acked.status, 207)
  t.like(await acked.json(), {
    acked: 1,
    results: [{ index: 1, status: 400, problem: { type: '/problems/invalid-receipt-handle' } }],
  })
  const twice = await post(`${group}/messages:ack`, { handles: [again?.['handle']] })
  t.is(twice.status, 200)
  await clock.advance(30_010)
  const late = await post(`${group}/messages:ack`, { handles: [again?.['handle']] })
  t.is(late.status, 410)
  t.deepEqual((await receive()).messages, [])
})

test('a long poll is answered when the message comes', async (t) => {
  const { url, client, clock } = await httpGateway(t)
  const waits = client.untilCalled('notification')
  const got = post(receiveUrl(url), { wait: '20s' })
  await waits
  await clock.advance(1000)
  await post(`${url}/v1/topics/orders/messages`, 'a')
  const result = (await (await got).json()) as { messages: unknown[] }
  t.like(result, { waitedMs: 1000 })
  t.is(result.messages.length, 1)
})

test('a raw receive is the body, with the metadata in headers; 204 when there is none', async (t) => {
  const { url } = await httpGateway(t)
  const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  await fetch(`${url}/v1/topics/orders/messages`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'image/png', 'Mq-Property-src': 'a%20b', 'Mq-Keys': 'k1' },
  })
  const raw = () => post(receiveUrl(url), undefined, { Accept: 'application/octet-stream' })
  const response = await raw()
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'image/png')
  t.is(response.headers.get('mq-property-src'), 'a%20b')
  t.is(response.headers.get('mq-attempt'), '1')
  t.true(Buffer.from(await response.arrayBuffer()).equals(body))
  const handles = [response.headers.get('mq-handle')]
  t.is((await post(`${url}/v1/groups/billing/messages:ack`, { handles })).status, 200)
  t.is((await raw()).status, 204)
})

test('a message whose receiver went away before the answer was flushed is visible again', async (t) => {
  const { url, core, client, clock } = await httpGateway(t)
  const body = Buffer.alloc(3 * 1024 * 1024, 'a').toString()
  for (let i = 0; i < 8; i++) await core.send(messageOf(body), call())
  let count = 0
  const change = client.changeInvisible.bind(client)
  const allGivenBack = new Promise<void>((resolve) => {
    client.changeInvisible = async (...given) => {
      const receipt = await change(...given)
      if (++count === 8) resolve()
      return receipt
    }
  })
  const gone = new AbortController()
  const response = await fetch(receiveUrl(url), {
    method: 'POST',
    body: '{"max":32}',
    headers: { 'Content-Type': 'application/json' },
    signal: gone.signal,
  })
  t.is(response.status, 200)
  gone.abort()
  await allGivenBack
  await clock.advance(1)
  const again = (await (await post(receiveUrl(url), { max: 32 })).json()) as {
    messages: { attempt: number }[]
  }
  t.deepEqual(
    again.messages.map(({ attempt }) => attempt),
    Array.from({ length: 8 }, () => 2),
  )
})

test('topics can be made, looked at and listed in pages', async (t) => {
  const { url } = await httpGateway(t)
  const made = await post(`${url}/v1/topics`, { name: 'ticks', type: 'fifo', queues: 2 })
  t.is(made.status, 201)
  t.is(made.headers.get('location'), '/v1/topics/ticks')
  const view = { name: 'ticks', type: 'fifo' }
  t.like(await made.json(), view)
  const got = (await (await fetch(`${url}/v1/topics/ticks`)).json()) as { queues: unknown[] }
  t.like(got, view)
  t.deepEqual(got.queues, [
    { broker: 'broker-a', queueId: 0, readable: true, writable: true },
    { broker: 'broker-a', queueId: 1, readable: true, writable: true },
  ])
  t.is((await post(`${url}/v1/topics`, { name: 'ticks' })).status, 409)
  t.is((await post(`${url}/v1/topics`, { name: 'RMQ_SYS_TRACE_TOPIC' })).status, 403)

  const page = (await (await fetch(`${url}/v1/topics?pageSize=1`)).json()) as {
    nextPageToken: string
  }
  t.like(page, { items: [{ name: 'orders' }] })
  const next = await fetch(`${url}/v1/topics?pageSize=1&pageToken=${page.nextPageToken}`)
  t.deepEqual(await next.json(), { items: [{ name: 'ticks' }] })
  const forged = await fetch(`${url}/v1/topics?pageToken=mqp1.k.b3JkZXJz.AAAAAAAAAAAAAAAAAAAAAA`)
  t.is(forged.status, 400)
})

test('any node answers: receive through one, extend and ack through others', async (t) => {
  const one = await httpGateway(t)
  const two = await httpGateway(t, { beside: one })
  await post(`${one.url}/v1/topics/orders/messages`, 'a')
  const got = (await (await post(receiveUrl(one.url))).json()) as {
    messages: { handle: string }[]
  }
  await one.stop()
  const handles = got.messages.map(({ handle }) => handle)
  const acked = await post(`${two.url}/v1/groups/billing/messages:ack`, { handles })
  t.deepEqual(await acked.json(), { acked: 1 })
  await two.clock.advance(100_000)
  t.like(await (await post(receiveUrl(two.url))).json(), { messages: [] })
})

test('a node that stops ends its waits empty and loses nothing', async (t) => {
  const node = await httpGateway(t)
  const waits = node.client.untilCalled('notification')
  const waiting = post(receiveUrl(node.url), { wait: '20s' })
  await waits
  await node.stop()
  const response = await waiting
  t.is(response.headers.get('connection'), 'close')
  t.like(await response.json(), { messages: [] })
  t.is(node.client.held, 0)
  await t.throwsAsync(fetch(`${node.url}/v1/topics`))
})

test('large bodies arrive whole, chunked or not', async (t) => {
  const { url, client } = await httpGateway(t)
  const body = Buffer.alloc(4 * 1024 * 1024, 'x')
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  await fetch(`${url}/v1/topics/orders/messages`, { method: 'POST', body })
  const chunked = new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 65_536) {
        controller.enqueue(body.subarray(at, at + 65_536))
      }
      controller.close()
    },
  })
  const options: RequestInit = { method: 'POST', body: chunked, duplex: 'half' }
  await fetch(`${url}/v1/topics/orders/messages`, options)
  t.deepEqual(
    client.stored('orders').map((one) => digest(one.body)),
    [digest(body), digest(body)],
  )
})

test('a delayed message is taken back with the handle of its send', async (t) => {
  const { url, client, clock, keys } = await httpGateway(t)
  const deliverAt = clock.now() + 60_000
  const inner = { topic: 'orders', brokerName: 'broker-a', deliverAt, messageId: 'm-1' }
  const handle = sealRecallHandle(printRecallHandle(inner), keys)
  const at = `${url}/v1/topics/orders/scheduled/${handle}`
  const response = await fetch(at, { method: 'DELETE' })
  t.is(response.status, 202)
  t.deepEqual(await response.json(), { messageId: 'm-1' })
  t.true(client.calls.includes('recall'))
  const refused = await fetch(`${at}x`, { method: 'DELETE' })
  t.is(refused.status, 400)
})
