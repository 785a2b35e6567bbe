import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { call, message } from '../../../support/gateway-core.ts'
import { httpGateway, post } from '../../../support/http-gateway.ts'

/** The blocks of a stream, as they come. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #separator: string
  #text = ''

  constructor(response: Response, separator = '\n\n') {
    if (!response.body) throw new Error('no body')
    this.#reader = response.body.getReader()
    this.#separator = separator
  }

  /** The next block; undefined at the end of the stream. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const at = this.#text.indexOf(this.#separator)
      if (at >= 0) {
        const block = this.#text.slice(0, at)
        this.#text = this.#text.slice(at + this.#separator.length)
        return block
      }
      const { value, done } = await this.#reader.read()
      if (done) return undefined
      this.#text += Buffer.from(value).toString()
    }
  }

  async message(): Promise<{ id: string; data: Record<string, unknown> }> {
    const block = (await this.next()) ?? ''
    const [, id = '', data = '{}'] = /^id: (\S+)\nevent: message\ndata: (.*)$/.exec(block) ?? []
    return { id, data: JSON.parse(data) }
  }

  close(): Promise<void> {
    return this.#reader.cancel()
  }
}

const events = (url: string, query = '', headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/topics/orders/events${query}`, { headers })

test('a stream has the headers that keep proxies from holding it back', async (t) => {
  const { url } = await httpGateway(t)
  const response = await events(url)
  t.is(response.headers.get('content-type'), 'text/event-stream;charset=utf-8')
  t.is(response.headers.get('cache-control'), 'no-store')
  t.is(response.headers.get('x-accel-buffering'), 'no')
  const lines = new Lines(response)
  t.is(await lines.next(), 'retry: 2000')
  await lines.close()
})

test('a stream tells what there is and then what comes', async (t) => {
  const { url, core, client } = await httpGateway(t)
  await core.send(message('{"n":1}', { contentType: 'application/json' }), call())
  const lines = new Lines(await events(url, '?from=earliest'))
  await lines.next()
  t.like((await lines.message()).data, { topic: 'orders', body: { json: { n: 1 } } })
  if (client.held === 0) await client.untilCalled('pull')
  await post(`${url}/v1/topics/orders/messages`, { n: 2 })
  t.like((await lines.message()).data, { queueOffset: '1', body: { json: { n: 2 } } })
  await lines.close()
})

test('a client that comes back with Last-Event-ID, on any node, misses and repeats nothing', async (t) => {
  const one = await httpGateway(t)
  const two = await httpGateway(t, { beside: one })
  for (let i = 0; i < 10; i++) await one.core.send(message(`m${i}`), call())
  const lines = new Lines(await events(one.url, '?from=earliest'))
  await lines.next()
  let id = ''
  for (let i = 0; i < 4; i++) ({ id } = await lines.message())
  await lines.close()
  await one.stop()

  const again = new Lines(await events(two.url, '?from=earliest', { 'Last-Event-ID': id }))
  await again.next()
  for (let i = 4; i < 10; i++) {
    t.deepEqual((await again.message()).data['body'], { text: `m${i}` })
  }
  await again.close()
})

test('NDJSON is a message on each line, from a cursor as well', async (t) => {
  const { url, core } = await httpGateway(t)
  for (let i = 0; i < 3; i++) await core.send(message(`m${i}`), call())
  const accept = { Accept: 'application/x-ndjson' }
  const lines = new Lines(await events(url, '?from=earliest', accept), '\n')
  const first = JSON.parse((await lines.next()) ?? '')
  t.like(first, { queueOffset: '0', body: { text: 'm0' } })
  await lines.close()
  const rest = new Lines(await events(url, `?cursor=${first.cursor}`, accept), '\n')
  t.like(JSON.parse((await rest.next()) ?? ''), { queueOffset: '1' })
  await rest.close()
})

test('a quiet stream has a heartbeat with its place every 15 s', async (t) => {
  const { url, clock } = await httpGateway(t)
  const lines = new Lines(await events(url))
  await lines.next()
  await clock.advance(30_000)
  t.regex((await lines.next()) ?? '', /^: \nid: mqc1\.\S+$/)
  await lines.close()
})

test('a filter leaves out what it does not want', async (t) => {
  const { url, core } = await httpGateway(t)
  for (const tag of ['open', 'paid', 'open']) await core.send(message(tag, { tag }), call())
  const lines = new Lines(await events(url, '?from=earliest&tag=paid%20%7C%7C%20refund'))
  await lines.next()
  t.like((await lines.message()).data, { tag: 'paid' })
  await lines.close()
})

test('what is wrong from the start is a problem and no stream', async (t) => {
  const { url, core, client } = await httpGateway(t)
  for (let i = 0; i < 3; i++) await core.send(message('m'), call())
  const lines = new Lines(await events(url, '?from=earliest'))
  await lines.next()
  const { id } = await lines.message()
  await lines.close()
  client.expire('orders', 3)
  const statuses: Record<string, number> = {
    [`?cursor=${id}`]: 410,
    '?cursor=mqc1.a.b.c': 400,
    '?from=yesterday': 400,
    '?tag=a&sql=b': 400,
    '?bodyAs=xml': 400,
  }
  for (const [query, status] of Object.entries(statuses)) {
    const response = await events(url, query)
    t.is(response.status, status, query)
    t.is(response.headers.get('content-type'), 'application/problem+json')
    await response.text()
  }
  const xml = await events(url, '', { Accept: 'application/xml' })
  t.is(xml.status, 406)
  t.is((await fetch(`${url}/v1/topics/nothing/events`)).status, 404)
})

test('a broker that fails under a stream is told, and the stream goes on where it was', async (t) => {
  const { url, core, client, clock } = await httpGateway(t)
  const lines = new Lines(await events(url))
  await lines.next()
  client.failNext('route', new MqError('broker-unavailable'))
  await core.send(message('a'), call())
  t.deepEqual((await lines.message()).data['body'], { text: 'a' })
  const problem = (await lines.next()) ?? ''
  t.regex(problem, /^event: problem\ndata: .*"type":"\/problems\/broker-unavailable"/)
  await core.send(message('b'), call())
  await clock.advance(2000)
  t.deepEqual((await lines.message()).data['body'], { text: 'b' })
  await lines.close()
})

test('a node that stops says goaway and ends its streams', async (t) => {
  const { url, client, stop } = await httpGateway(t)
  const waits = client.untilCalled('pull')
  const lines = new Lines(await events(url))
  await lines.next()
  await waits
  const stopped = stop()
  t.is(await lines.next(), 'event: goaway\ndata: {}')
  t.is(await lines.next(), undefined)
  await stopped
})
