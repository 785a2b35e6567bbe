// Streams, packed bodies and what brokers ask about, as a client of `rocketway up` meets them.

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { hasChromium, launchChromium } from '../support/chromium.ts'
import { startRocketway } from '../support/processes.ts'
import { RestCaller } from '../support/rest-tour.ts'

type Json = Record<string, unknown>
type Event = { readonly name: string; readonly id: string; readonly data: Json }

const json = { 'content-type': 'application/json' }
const inBrowser = hasChromium ? test : test.skip

async function up(t: ExecutionContext, ...settings: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), 'rocketway-streams-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const args = ['up', '--data', home, '--ports', '0', ...settings.flatMap((one) => ['--set', one])]
  const { listen } = await startRocketway(t, args, { readyMs: 90_000 })
  const host = listen['http'] ?? ''
  return { host, rest: new RestCaller({ url: `http://${host}` }) }
}

/** The pieces of a stream, each as soon as it is whole. */
async function* pieces(url: string, accept: string, end: string, signal: AbortSignal) {
  const answer = await fetch(url, { headers: { accept }, signal })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  let rest = ''
  for await (const chunk of answer.body ?? []) {
    const parts = (rest + Buffer.from(chunk).toString()).split(end)
    rest = parts.pop() ?? ''
    yield* parts
  }
}

async function* events(url: string, signal: AbortSignal): AsyncGenerator<Event> {
  for await (const piece of pieces(url, 'text/event-stream', '\n\n', signal)) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(piece)?.[1] ?? ''
    if (field('data') !== '') {
      yield { name: field('event'), id: field('id'), data: JSON.parse(field('data')) as Json }
    }
  }
}

test('a group streams: acknowledged over REST, or when it was written', async (t) => {
  const { host, rest } = await up(t)
  await rest.json('POST', '/v1/topics', { name: 'work', queues: 1 }, 201)
  const send = (text: string) =>
    rest.ask('POST', '/v1/topics/work/messages', text, { 'content-type': 'text/plain' })
  await send('one')
  const url = (group: string, query = '') =>
    `http://${host}/v1/groups/${group}/topics/work/events${query}`

  const reading = new AbortController()
  const stream = events(url('g'), reading.signal)
  const first = (await stream.next()).value as Event
  t.like(first, { name: 'message', id: '', data: { body: { text: 'one' }, attempt: 1 } })
  await send('two')
  const second = (await stream.next()).value as Event
  t.like(second, { data: { body: { text: 'two' } } })
  await rest.json('POST', '/v1/groups/g/messages:ack', { handles: [first.data['handle']] })
  await rest.json('POST', '/v1/groups/g/messages:nack', {
    items: [{ handle: second.data['handle'] }],
  })
  const again = (await stream.next()).value as Event
  t.like(again, { data: { body: { text: 'two' }, attempt: 2 } })
  await rest.json('POST', '/v1/groups/g/messages:ack', { handles: [again.data['handle']] })
  reading.abort()
  await t.throwsAsync(stream.next(), { any: true })
  await send('three')
  const [left] = await rest.receive('g', 'work')
  t.like(left, { body: { text: 'three' }, attempt: 1 }, 'who has gone takes nothing along')

  const automatic = new AbortController()
  const lines = pieces(url('auto', '?ack=auto'), 'application/x-ndjson', '\n', automatic.signal)
  const texts: unknown[] = []
  for await (const line of lines) {
    if (line !== '') texts.push((JSON.parse(line) as { body: { text: string } }).body.text)
    if (texts.length === 3) break
  }
  automatic.abort()
  t.deepEqual(texts, ['one', 'two', 'three'])
  const lag = async () => Number((await rest.json('GET', '/v1/groups/auto/lag'))['total'])
  const until = Date.now() + 30_000
  while ((await lag()) > 0 && Date.now() < until) await new Promise((go) => setTimeout(go, 100))
  t.is(await lag(), 0, 'all is acknowledged')
})

test('bodies come in zstd and gzip, a topic gets more queues, a new topic takes a key', async (t) => {
  const { rest } = await up(t)
  const once = () => rest.ask('POST', '/v1/topics/fresh/messages', 'x', { 'Idempotency-Key': 'k' })
  const [first, second] = [await once(), await once()]
  t.is(first.status, 201, first.text)
  t.is(second.status, 200, second.text)
  await rest.json('POST', '/v1/topics', { name: 'packed', queues: 1 }, 201)
  const zstd = Buffer.from('KLUv/QRo9QAAuHsiaWQiOjcsInRleHQiOiJ6c3RkICJ9AQCBoAoToEJHOg==', 'base64')
  const path = '/v1/topics/packed/messages'
  const send = (body: Buffer, encoding: string) =>
    rest.ask('POST', path, body, { ...json, 'content-encoding': encoding })
  t.is((await send(zstd, 'zstd')).status, 201)
  t.is((await send(gzipSync('{"id":8}'), 'gzip')).status, 201)
  const window = Buffer.from('28b52ffd00a0010000', 'hex')
  t.is((await send(window, 'zstd')).status, 413)
  t.is((await send(zstd.subarray(0, 20), 'zstd')).status, 400)
  t.is((await send(zstd, 'br')).status, 415)
  const found = [...(await rest.receive('g', 'packed'))]
  if (found.length < 2) found.push(...(await rest.receive('g', 'packed')))
  t.deepEqual(
    found.map(({ body }) => (body.json as { id: number }).id),
    [7, 8],
  )

  const topic = '/v1/topics/packed'
  const view = await rest.ask('GET', topic)
  const match = { ...json, 'If-Match': view.headers.get('etag') ?? '' }
  t.is((await rest.ask('PATCH', topic, '{"queues":3}', json)).status, 428)
  t.is((await rest.ask('PATCH', topic, '{"queues":0}', match)).status, 400)
  const changed = await rest.ask('PATCH', topic, '{"queues":3}', match)
  t.is(changed.status, 200, changed.text)
  t.is((JSON.parse(changed.text) as { queues: object[] }).queues.length, 3)
  t.is((await rest.ask('PATCH', topic, '{"queues":4}', match)).status, 412)
})

test('brokers ask about transactions that nobody ended, over REST and over a WebSocket', async (t) => {
  const { host, rest } = await up(
    t,
    'broker.transactionTimeOut=300',
    'broker.transactionCheckInterval=500',
  )
  await rest.json('POST', '/v1/topics', { name: 'deals', type: 'transaction', queues: 1 }, 201)
  const prepare = (text: string) =>
    rest.ask('POST', '/v1/topics/deals/messages', text, {
      'content-type': 'text/plain',
      'Mq-Type': 'transaction',
    })
  t.is((await prepare('first')).status, 201)
  const asked = '/v1/producer-groups/deals/transaction-checks:receive'
  type Check = { readonly transactionId: string; readonly message: { readonly body: Json } }
  let checks: readonly Check[] = []
  const until = Date.now() + 60_000
  while (checks.length === 0 && Date.now() < until) {
    checks = (await rest.json('POST', asked, { wait: '5s' }))['checks'] as Check[]
  }
  t.deepEqual(checks[0]?.message.body, { text: 'first' })
  const ended = await rest.ask('POST', `/v1/transactions/${checks[0]?.transactionId}:commit`)
  t.is(ended.status, 204, ended.text)
  t.deepEqual((await rest.receive('g', 'deals'))[0]?.body, { text: 'first' })

  const socket = new WebSocket(`ws://${host}/v1/ws`, 'rocketway.v1.json')
  t.teardown(() => socket.terminate())
  const say = (frame: object): void => socket.send(JSON.stringify(frame))
  const answered = new Promise<Json>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Json
      if (frame['op'] === 'txCheck') {
        say({ op: 'tx', id: 9, handle: frame['handle'], resolution: 'commit' })
      } else if (frame['id'] === 9) resolve(frame)
    })
  })
  await new Promise((resolve) => socket.once('open', resolve))
  say({ op: 'hello' })
  say({ op: 'txWatch', topic: 'deals' })
  t.is((await prepare('second')).status, 201)
  t.like(await answered, { op: 'ok' })
  t.deepEqual((await rest.receive('g', 'deals'))[0]?.body, { text: 'second' })
})

inBrowser(
  'an EventSource in a browser goes on where it was when its connection is cut',
  async (t) => {
    const { host, rest } = await up(t)
    await rest.json('POST', '/v1/topics', { name: 'ticks', queues: 1 }, 201)
    const send = (n: number) =>
      rest.ask('POST', '/v1/topics/ticks/messages', JSON.stringify(n), json)
    const { port, cut } = await startTunnel(t, Number(host.split(':')[1]))
    const browser = await launchChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    const seen: number[] = []
    await page.exposeFunction('seen', (n: number) => void seen.push(n))
    await page.evaluate(`
    window.source = new EventSource('/v1/topics/ticks/events?from=earliest')
    source.addEventListener('message', ({ data }) => seen(JSON.parse(data).body.json))
  `)
    const all = async (count: number): Promise<void> => {
      while (seen.length < count) await page.waitForTimeout(50)
    }
    for (let n = 0; n < 5; n++) await send(n)
    await all(5)
    cut()
    for (let n = 5; n < 10; n++) await send(n)
    await all(10)
    cut()
    await send(10)
    await all(11)
    t.deepEqual(
      seen,
      Array.from({ length: 11 }, (_, n) => n),
    )
  },
)

/** A way to `target` whose connections can be cut. */
async function startTunnel(t: ExecutionContext, target: number) {
  const open = new Set<Socket>()
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  const server = createServer((client) => {
    const other = connect(target, '127.0.0.1')
    for (const [one, peer] of [
      [client, other],
      [other, client],
    ] as const) {
      open.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        open.delete(one)
        peer.destroy()
      })
      one.pipe(peer)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    cut()
    server.close()
  })
  const address = server.address()
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, cut }
}
