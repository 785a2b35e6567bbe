import { connect } from 'node:net'
import test from 'ava'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { otelMetrics } from '../../../../src/host/otel-metrics.ts'
import { systemRandom } from '../../../../src/host/system-random.ts'
import { packFrame, unpackFrame } from '../../../support/binary-frames.ts'
import { settle } from '../../../support/fake-clock.ts'
import { startFront } from '../../../support/websocket-front.ts'
import { wrongAs } from '../../../support/websocket-schema.ts'
import { anonymous, type Frame } from '../../../support/websocket-session.ts'

test('a message that is published arrives at a reader and at a group member', async (t) => {
  const { connect } = await startFront(t)
  const client = await connect().hello()
  client.say(
    { op: 'sub', sid: 'r', topic: 'orders', from: { at: 'earliest' }, credit: 10 },
    { op: 'sub', sid: 'g', topic: 'orders', group: 'billing', credit: 10 },
  )
  t.like(await client.next(), { op: 'subState', state: 'caughtUp' })
  client.say({ op: 'pub', topic: 'orders', body: { json: { id: 7 } } })
  const frames = await client.take(2)
  const bodies = Object.fromEntries(frames.map(({ sid, body }) => [sid, body]))
  t.deepEqual(bodies, { r: { json: { id: 7 } }, g: { json: { id: 7 } } })
})

test('in binary frames a body goes in and out as it is', async (t) => {
  const { connect } = await startFront(t)
  const { socket, opened } = connect('rocketway.v1.bin')
  await opened
  t.is(socket.protocol, 'rocketway.v1.bin')
  const arrived = new Promise<Uint8Array>((resolve) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && unpackFrame(data).header['op'] === 'msg') resolve(data)
    })
  })
  const body = Buffer.of(0, 255, 13, 10)
  const sub = { op: 'sub', sid: 'r', topic: 'orders', from: { at: 'earliest' }, credit: 10 }
  for (const frame of [{ op: 'hello' }, sub]) socket.send(packFrame(frame))
  socket.send(packFrame({ op: 'pub', topic: 'orders', contentType: 'image/png' }, body))
  const { header, body: back } = unpackFrame(await arrived)
  t.like(header, { sid: 'r', topic: 'orders', contentType: 'image/png' })
  t.deepEqual(back, body)
})

test('a topic comes as CloudEvents to who asks for nothing else, and goes on from a cursor', async (t) => {
  const { connect, core } = await startFront(t)
  core.store('orders', ...Array.from({ length: 100 }, (_, index) => `m${index}`))
  const path = '/v1/ws?topic=orders&from=earliest'
  const client = connect('cloudevents.json', { path })
  const events = await client.take(100)
  t.is(client.socket.protocol, 'cloudevents.json')
  t.deepEqual([...new Set(events.map((event) => wrongAs('event', event)))], [undefined])
  const text = (event?: Frame) => Buffer.from(String(event?.['data_base64']), 'base64').toString()
  t.is(text(events.at(-1)), 'm99')
  const cursor = String(events[49]?.['rocketwaycursor'])
  const again = connect('cloudevents.json', { path: `/v1/ws?topic=orders&cursor=${cursor}` })
  t.is(text(await again.next()), 'm50')
  client.say({ op: 'ping' })
  t.is((await client.closed).code, 4406)
})

test('what is wrong with a stream of events is a problem before the upgrade', async (t) => {
  const { connect, core } = await startFront(t)
  const failures = { 'topic-not-found': 404, 'permission-denied': 403, 'cursor-expired': 410 }
  for (const [failure, status] of Object.entries(failures)) {
    core.failNext('read', new MqError(failure as keyof typeof failures))
    const client = connect('cloudevents.json', { path: '/v1/ws?topic=orders' })
    await t.throwsAsync(client.opened, { message: new RegExp(`${status}`) })
  }
  const both = connect('cloudevents.json', { path: '/v1/ws?topic=orders&tag=a&sql=b' })
  await t.throwsAsync(both.opened, { message: /400/ })
})

test('a stream of events that cannot go on is closed with the name of the problem', async (t) => {
  const { connect, core } = await startFront(t)
  const client = connect('cloudevents.json', { path: '/v1/ws?topic=orders' })
  await client.opened
  // The read that waits is one; the next one fails.
  core.failNext('read', new MqError('cursor-expired'))
  core.store('orders', 'a')
  t.deepEqual(await client.closed, { code: 4400, reason: 'cursor-expired' })
})

test('without credentials there are no events where they are needed', async (t) => {
  const identity = { authenticate: () => Promise.reject(new MqError('unauthenticated')) }
  const { connect, core } = await startFront(t, { identity })
  const client = connect('cloudevents.json', { path: '/v1/ws?topic=orders' })
  await t.throwsAsync(client.opened, { message: /401/ })
  t.deepEqual(core.calls, [])
})

test('a node that stops ends streams of events at once', async (t) => {
  const { connect, front } = await startFront(t)
  const client = connect('cloudevents.json', { path: '/v1/ws?topic=orders' })
  await client.opened
  await front.stop()
  t.is((await client.closed).code, 4503)
})

test('an API key that expires ends its socket, after a word a minute before', async (t) => {
  const { key, file } = ApiKeys.generate(systemRandom)
  const { keys: entries } = JSON.parse(file) as { keys: object[] }
  const identity = {
    authenticate: async (authorization = '') => {
      const found = keys.find(authorization.replace('Bearer ', ''), clock.now())
      if (!found) throw new MqError('unauthenticated')
      return found
    },
  }
  const { clock, connect } = await startFront(t, { identity })
  const expiresAt = new Date(clock.now() + 90_000).toISOString()
  const keys = ApiKeys.parse(JSON.stringify({ keys: [{ ...entries[0], expiresAt }] }))
  const client = connect('rocketway.v1.json', { headers: { authorization: `Bearer ${key}` } })
  await client.hello()
  await clock.advance(30_000)
  t.deepEqual(await client.next(), { op: 'tokenExpiring', inMs: 60_000 })
  client.say({ op: 'ping' })
  await client.next()
  await clock.advance(60_000)
  t.is((await client.closed).code, 4541)
})

const refusals: Record<string, [string | string[], object, number]> = {
  'no subprotocol': [[], {}, 400],
  'an unknown subprotocol': ['graphql-ws', {}, 400],
  'a token in the URL': ['rocketway.v1.json', { path: '/v1/ws?token=x' }, 400],
  'an access token in the URL': ['rocketway.v1.json', { path: '/v1/ws?access_token=x' }, 400],
  'another path': ['rocketway.v1.json', { path: '/v1/topics' }, 404],
  'a foreign origin': ['rocketway.v1.json', { origin: 'https://evil.example' }, 403],
  'a name that is not of loopback': [
    'rocketway.v1.json',
    { headers: { host: 'evil.example' } },
    403,
  ],
}

for (const [title, [protocols, options, status]] of Object.entries(refusals)) {
  test(`an upgrade with ${title} is answered ${status} and has no effect`, async (t) => {
    const { connect, core } = await startFront(t)
    const client = connect(protocols, options)
    await t.throwsAsync(client.opened, { message: new RegExp(`${status}`) })
    t.deepEqual(core.calls, [])
  })
}

test('the own page and a listed origin may come in', async (t) => {
  const { connect, port } = await startFront(t, { config: { origins: ['https://app.example'] } })
  for (const origin of [`http://127.0.0.1:${port}`, 'https://app.example']) {
    await t.notThrowsAsync(connect('rocketway.v1.json', { origin }).hello(), origin)
  }
})

test('credentials come in the header or beside the subprotocol, and only that is echoed', async (t) => {
  const seen: unknown[] = []
  const identity = {
    authenticate: async (authorization: string | undefined) => {
      seen.push(authorization)
      if (authorization !== 'Bearer right') throw new MqError('unauthenticated')
      return anonymous
    },
  }
  const { connect } = await startFront(t, { identity })
  const item = (token: string) =>
    `base64url.bearer.authorization.rocketway.${Buffer.from(token).toString('base64url')}`
  const byItem = await connect([item('right'), 'rocketway.v1.json']).hello()
  t.is(byItem.socket.protocol, 'rocketway.v1.json')
  await connect('rocketway.v1.json', { headers: { authorization: 'Bearer right' } }).hello()
  await t.throwsAsync(connect([item('wrong'), 'rocketway.v1.json']).opened, { message: /401/ })
  const late = connect()
  await late.opened
  late.say({ op: 'hello', token: 'wrong' })
  t.is((await late.closed).code, 4401)
  t.deepEqual(seen, ['Bearer right', 'Bearer right', 'Bearer wrong', 'Bearer wrong'])
})

test('a ticket opens a socket, with the page that it comes from; hello needs no token', async (t) => {
  const seen: unknown[] = []
  const identity = {
    authenticate: async (authorization: string | undefined, shown: object = {}) => {
      seen.push([authorization, shown])
      if (!('ticket' in shown) || shown.ticket !== 'right') throw new MqError('unauthenticated')
      return { ...anonymous, namespace: 'shop', namespaces: ['shop', 'bank'] }
    },
  }
  const config = { origins: ['https://app.example'] }
  const { connect, core } = await startFront(t, { identity, config })
  const origin = 'https://app.example'
  const path = '/v1/ws?ticket=right&namespace=bank'
  const client = await connect('rocketway.v1.json', { path, origin }).hello()
  client.say({ op: 'pub', id: 1, topic: 'orders', body: { text: 'a' } })
  await client.next()
  t.is(core.calls[0]?.call.identity.namespace, 'bank')
  t.like(seen[0], [undefined, { ticket: 'right', origin, address: '127.0.0.1' }])
  const refused = (at: string, status: number) =>
    t.throwsAsync(connect('rocketway.v1.json', { path: at }).opened, {
      message: new RegExp(`${status}`),
    })
  await refused('/v1/ws?ticket=wrong', 401)
  await refused('/v1/ws?ticket=right&namespace=other', 403)
})

test('a frame that is too large closes with 4413, before it is in memory', async (t) => {
  const { connect } = await startFront(t, { config: { frameBytesMax: 1_000 } })
  const client = await connect().hello()
  client.say({ op: 'pub', topic: 'orders', body: { text: 'x'.repeat(1_000) } })
  t.is((await client.closed).code, 4413)
})

test('a binary frame closes with 4406, text that is not UTF-8 with 1007', async (t) => {
  const { connect } = await startFront(t)
  const binary = await connect().hello()
  binary.socket.send(Buffer.from('{"op":"ping"}'))
  t.is((await binary.closed).code, 4406)
  const broken = await connect().hello()
  broken.socket.send(Buffer.of(0xff, 0xfe), { binary: false })
  t.is((await broken.closed).code, 1007)
})

test('an unmasked frame, which no client may send, closes the connection', async (t) => {
  const { port } = await startFront(t)
  const socket = connect(port, '127.0.0.1')
  const key = Buffer.alloc(16).toString('base64')
  socket.write(
    `GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
      'Sec-WebSocket-Protocol: rocketway.v1.json\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(Buffer.concat([Buffer.of(0x81, 2), Buffer.from('{}')]))
  await new Promise((resolve) => socket.once('end', resolve))
  socket.destroy()
  // Opcode close, two bytes of code: 1002.
  t.deepEqual(Buffer.concat(chunks).subarray(0, 4), Buffer.of(0x88, 2, 0x03, 0xea))
})

test('one socket more than allowed is closed with 4409', async (t) => {
  const { connect } = await startFront(t, { config: { sessionsMax: 1 } })
  await connect().hello()
  t.is((await connect().closed).code, 4409)
})

test('a socket that is not read is fetched no more for, then closed with 4508', async (t) => {
  const { clock, connect, core } = await startFront(t, { config: { highWaterBytes: 64 * 1024 } })
  const client = await connect().hello()
  // 64 MB do not fit into the buffers of a kernel.
  core.store('orders', ...Array.from({ length: 1_000 }, () => 'x'.repeat(64 * 1024)))
  client.socket.pause()
  client.say({
    op: 'sub',
    sid: 's',
    topic: 'orders',
    group: 'g',
    credit: 1_000,
    maxInFlight: 1_000,
  })
  let held = -1
  while (held !== core.heldBy('g', 'orders') || held <= 0) {
    held = core.heldBy('g', 'orders')
    for (let turn = 0; turn < 20; turn++) await settle()
  }
  t.true(held < 500, `${held} popped`)
  await clock.advance(30_000)
  await clock.advance(2_000)
  client.socket.resume()
  const { code } = await client.closed
  // The close frame waits behind what was sent; a reader too slow for that as well is cut off.
  t.true(code === 4508 || code === 1006, String(code))
})

test('a reader with a large credit that reads nothing holds nobody else up, and is bounded', async (t) => {
  const { connect, core } = await startFront(t, { config: { highWaterBytes: 64 * 1024 } })
  const padding = 'x'.repeat(64 * 1024)
  core.store('orders', ...Array.from({ length: 400 }, (_, index) => `${index} ${padding}`))
  const sub = { op: 'sub', sid: 's', topic: 'orders', from: { at: 'earliest' }, credit: 10_000 }
  const slow = await Promise.all(Array.from({ length: 4 }, () => connect().hello()))
  for (const client of slow) {
    client.socket.pause()
    client.say(sub)
  }
  const quick = await connect().hello()
  quick.say(sub)
  t.is((await quick.take(400)).length, 400)
  // Whatever the kernel took besides: 25 MB do not fit there.
  const reads = new Map<string, number>()
  for (const { call } of core.calls) {
    const [session = ''] = call.requestId.split('-')
    reads.set(session, (reads.get(session) ?? 0) + 1)
  }
  const most = Math.max(...reads.values())
  const stalled = [...reads.values()].filter((count) => count < most)
  t.is(stalled.length, slow.length)
})

test('a slow reader that catches up gets everything in order', async (t) => {
  const { connect, core } = await startFront(t, { config: { highWaterBytes: 16 * 1024 } })
  const client = await connect().hello()
  const padding = 'x'.repeat(16 * 1024)
  core.store('orders', ...Array.from({ length: 300 }, (_, index) => `${index} ${padding}`))
  client.socket.pause()
  client.say({ op: 'sub', sid: 's', topic: 'orders', from: { at: 'earliest' }, credit: 300 })
  for (let turn = 0; turn < 20; turn++) await settle()
  client.socket.resume()
  const frames = await client.take(300)
  const numbers = frames.map(({ body }) => Number.parseInt((body as { text: string }).text, 10))
  t.deepEqual(
    numbers,
    Array.from({ length: 300 }, (_, index) => index),
  )
})

test('a client that does not pong is closed with 4504, one that does is kept', async (t) => {
  const { clock, connect } = await startFront(t)
  const mute = await connect('rocketway.v1.json', { autoPong: false }).hello()
  const alive = await connect().hello()
  for (let second = 0; second < 100; second += 5) {
    await clock.advance(5_000)
    alive.say({ op: 'ping' })
    await alive.next()
  }
  t.is((await mute.closed).code, 4504)
  t.is(alive.socket.readyState, alive.socket.OPEN)
})

test('a client that goes gives back what it held, if it said so', async (t) => {
  const { clock, connect, core } = await startFront(t)
  const client = await connect().hello()
  core.store('orders', 'a')
  const sub = { op: 'sub', sid: 's', topic: 'orders', group: 'g', credit: 1, onClose: 'release' }
  client.say(sub)
  await client.next()
  client.socket.terminate()
  const other = await connect().hello()
  while (core.inputs('nack').length === 0) await settle()
  await clock.advance(1_000)
  other.say(sub)
  t.like(await other.next(), { op: 'msg', attempt: 2 })
})

test('stop says goaway, lets clients settle, and ends when they have left', async (t) => {
  const { connect, core, front } = await startFront(t)
  const client = await connect().hello()
  core.store('orders', 'a')
  client.say({ op: 'sub', sid: 's', topic: 'orders', group: 'g', credit: 2 })
  const { handle } = await client.next()
  const stopped = front.stop()
  t.like(await client.next(), { op: 'goaway', inMs: 5_000 })
  client.say({ op: 'ack', id: 1, sid: 's', handle })
  t.like(await client.next(), { op: 'ok', result: { acked: 1 } })
  client.socket.close(1000)
  await t.notThrowsAsync(stopped)
})

test('who does not leave in time is closed with 4503, and nobody else gets in', async (t) => {
  const { clock, connect, front } = await startFront(t)
  const client = await connect().hello()
  const stopped = front.stop()
  await t.throwsAsync(connect().opened, { message: /503/ })
  await clock.advance(5_000)
  t.is((await client.closed).code, 4503)
  await stopped
  t.is(clock.pending, 0)
})

test('stop ends at once when nobody is there', async (t) => {
  const { clock, front } = await startFront(t)
  await front.stop()
  t.is(clock.pending, 0)
})

test('a credential has as many sockets as it may, others and later ones are not concerned', async (t) => {
  const metrics = otelMetrics()
  t.teardown(() => metrics.stop())
  const { connect } = await startFront(t, {
    metrics,
    config: { socketsPerKeyMax: 2 },
    identity: {
      authenticate: async (authorization = '') => ({ ...anonymous, subject: authorization }),
    },
  })
  const sessions = async () =>
    /^rocketway_websocket_sessions_count (\d+)/m.exec(await metrics.prometheus())?.[1]
  const hello = (token: string) => {
    const client = connect()
    void client.opened.then(() => client.say({ op: 'hello', token }))
    return client
  }
  const first = hello('a')
  t.like(await first.next(), { op: 'welcome' })
  t.like(await hello('a').next(), { op: 'welcome' })
  const third = hello('a')
  t.like(await third.closed, { code: 4409 })
  t.like(await hello('b').next(), { op: 'welcome' })
  t.is(await sessions(), '3')
  first.socket.close()
  await first.closed
  for (let tries = 0; tries < 200 && (await sessions()) !== '2'; tries++) await settle()
  t.is(await sessions(), '2')
  const fourth = hello('a')
  t.like(await fourth.next(), { op: 'welcome' })
  fourth.say({ op: 'auth', id: 1, token: 'a' })
  t.like(await fourth.next(), { id: 1 }, 'the same once more is still one')
  // Who becomes somebody else on an open socket is counted as that.
  const fifth = hello('b')
  t.like(await fifth.next(), { op: 'welcome' })
  fifth.say({ op: 'auth', id: 1, token: 'a' })
  t.like(await fifth.closed, { code: 4409 })
})
