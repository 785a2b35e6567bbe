import test from 'ava'
import type { Socket, SocketEvents } from '../../../src/base/network.ts'
import { ownVersion, type RemotingCommand } from '../../../src/protocol/command.ts'
import { FrameDecoder } from '../../../src/protocol/frame.ts'
import { encodeFrame } from '../../../src/protocol/frame-writer.ts'
import { getMaxOffset } from '../../../src/protocol/requests/offsets.ts'
import { handlerFor, type Responder } from '../../../src/remoting/dispatch.ts'
import { settle } from '../../support/fake-clock.ts'
import { remotingPair } from '../../support/remoting.ts'

const handle = handlerFor<undefined>()
const onGetMaxOffset = handle(getMaxOffset, (header) => ({ header: { offset: header.queueId } }))
const queue = { topic: 't', queueId: 3, committed: true }
const timeoutMs = 1000

/** A client without our code: raw bytes in, answers and the close out. */
class RawClient implements SocketEvents {
  readonly chunks: Uint8Array[] = []
  isClosed = false
  readonly #decoder = new FrameDecoder()
  readonly answers: RemotingCommand[] = []

  data(bytes: Uint8Array): void {
    this.chunks.push(bytes)
    this.#decoder.push(bytes)
    for (let next = this.#decoder.next(); next; next = this.#decoder.next()) this.answers.push(next)
  }

  close(): void {
    this.isClosed = true
  }
}

const ask = (opaque: number, serialization: 'json' | 'binary' = 'json'): Buffer =>
  encodeFrame({
    code: getMaxOffset.code,
    language: 'JAVA',
    version: ownVersion,
    opaque,
    flag: 0,
    remark: undefined,
    ext: getMaxOffset.printHeader({ topic: 't', queueId: opaque, committed: true }),
    body: undefined,
    serialization,
  })

async function rawPair(...given: Parameters<typeof remotingPair>) {
  const pair = await remotingPair(...given)
  const raw = new RawClient()
  const connect = (events: SocketEvents): Promise<Socket> =>
    pair.network.connect(pair.server.address, { timeoutMs }, () => events)
  const socket = await connect(raw)
  given[0].teardown(() => socket.destroy())
  return { ...pair, raw, socket, connect }
}

test('requests of one chunk are answered in order with one write', async (t) => {
  const { raw, socket } = await rawPair(t, [onGetMaxOffset])
  socket.write([Buffer.concat([ask(1), ask(2), ask(3)])])
  await settle()
  t.deepEqual(
    raw.answers.map(({ opaque }) => opaque),
    [1, 2, 3],
  )
  t.is(raw.chunks.length, 1)
})

test('answers that are released together leave in one write', async (t) => {
  const held: Responder[] = []
  const on = handle(getMaxOffset, () => ({ attach: (one) => held.push(one) }))
  const { raw, socket } = await rawPair(t, [on])
  socket.write([Buffer.concat([ask(1), ask(2), ask(3)])])
  await settle()
  t.is(raw.chunks.length, 0)
  for (const responder of held) responder.reply({ header: { offset: 0 } })
  await settle()
  t.is(raw.answers.length, 3)
  t.is(raw.chunks.length, 1)
})

test('an answer has the serialization of its request', async (t) => {
  const { raw, socket } = await rawPair(t, [onGetMaxOffset])
  socket.write([ask(1, 'binary'), ask(2, 'json')])
  await settle()
  t.deepEqual(
    raw.answers.map(({ serialization }) => serialization),
    ['binary', 'json'],
  )
})

test('what must happen before the answers leave, happens before each write', async (t) => {
  const order: string[] = []
  const on = handle(getMaxOffset, () => {
    order.push('run')
    return { header: { offset: 0 } }
  })
  const beforeWrite = () => order.push('before write')
  const { socket } = await rawPair(t, [on], { beforeWrite })
  socket.write([ask(1), ask(2)])
  await settle()
  t.deepEqual(order, ['run', 'run', 'before write'])
})

test('a bad frame closes its connection with one line, after the answers before it', async (t) => {
  const { raw, socket, log, client, address } = await rawPair(t, [onGetMaxOffset])
  socket.write([ask(1), Buffer.from('GET / HTTP/1.1\r\n\r\n'), ask(2)])
  await settle()
  t.deepEqual(
    raw.answers.map(({ opaque }) => opaque),
    [1],
  )
  t.true(raw.isClosed)
  t.deepEqual(
    log.lines.filter(({ level }) => level === 'warn').map(({ event }) => event),
    ['frame-refused'],
  )
  const other = await client.call(address, getMaxOffset, queue, { timeoutMs })
  t.is(other.header.offset, 3, 'other connections are unharmed')
})

test('a TLS handshake is refused with a line that says so', async (t) => {
  const { raw, socket, log } = await rawPair(t, [onGetMaxOffset])
  socket.write([Buffer.from('160301', 'hex')])
  await settle()
  t.true(raw.isClosed)
  t.like(log.lines[0], { event: 'connection-refused', fields: { reason: 'TLS is not served' } })
})

test('connections over the limit are closed, with one line for all of them', async (t) => {
  const limits = { connectionsMax: 1 }
  const { raw, server, log, connect } = await rawPair(t, [onGetMaxOffset], { limits })
  const refused = [new RawClient(), new RawClient()]
  for (const one of refused) await connect(one)
  await settle()
  t.deepEqual(
    refused.map(({ isClosed }) => isClosed),
    [true, true],
  )
  t.is(log.lines.filter(({ event }) => event === 'connections-refused').length, 1)
  t.false(raw.isClosed)
  t.is(server.connectionCount, 1)
})

test('a peer that does not read its answers is not read from either', async (t) => {
  const body = Buffer.alloc(1000)
  let runs = 0
  const on = handle(getMaxOffset, () => {
    runs += 1
    return { header: { offset: 0 }, body }
  })
  const { raw, socket, network } = await rawPair(t, [on], { limits: { outboundBytesMax: 10_000 } })
  network.highWaterBytes = 5000
  socket.pause()
  for (let opaque = 0; opaque < 50; opaque++) {
    socket.write([ask(opaque)])
    await settle()
  }
  t.true(runs < 15, `${runs} requests were run`)
  socket.resume()
  for (let round = 0; round < 10; round++) await settle()
  t.is(runs, 50)
  t.is(raw.answers.length, 50)
})

test('what has come in one piece is answered only as far as the peer reads', async (t) => {
  const body = Buffer.alloc(1000)
  const told: string[] = []
  let runs = 0
  const on = handle(getMaxOffset, () => {
    runs += 1
    return { header: { offset: 0 }, body }
  })
  const { raw, socket, network } = await rawPair(t, [on], {
    limits: { outboundBytesMax: 10_000 },
    onShort: (limit: string) => void told.push(limit),
  })
  network.highWaterBytes = 5000
  socket.pause()
  socket.write([Buffer.concat(Array.from({ length: 50 }, (_, opaque) => ask(opaque)))])
  await settle()
  t.true(runs < 25, `${runs} requests were run`)
  t.deepEqual(told, ['outbound'])
  socket.resume()
  for (let round = 0; round < 20; round++) await settle()
  t.is(runs, 50)
  t.deepEqual(
    raw.answers.map(({ opaque }) => opaque),
    [...Array(50).keys()],
  )
})

test('a peer that never reads is closed as idle', async (t) => {
  const on = handle(getMaxOffset, () => ({ header: { offset: 0 }, body: Buffer.alloc(20_000) }))
  const limits = { outboundBytesMax: 10_000 }
  const { socket, server, clock } = await rawPair(t, [on], { limits })
  socket.pause()
  socket.write([ask(1)])
  await clock.advance(60_000)
  socket.write([ask(2)])
  await clock.advance(75_000)
  t.is(server.connectionCount, 0)
})

test('unfinished frames of all connections together are limited', async (t) => {
  const limits = { partialBytesMax: 5000 }
  const pair = await rawPair(t, [onGetMaxOffset], { limits })
  const unfinished = ask(1, 'json')
  unfinished.writeInt32BE(100_000, 0)
  const start = Buffer.concat([unfinished, Buffer.alloc(2900)])
  pair.socket.write([start])
  await settle()
  t.false(pair.raw.isClosed)

  const second = new RawClient()
  const other = await pair.connect(second)
  other.write([start])
  await settle()
  t.true(second.isClosed, 'who goes over the limit is closed')
  t.false(pair.raw.isClosed)

  const third = new RawClient()
  const later = await pair.connect(third)
  t.teardown(() => later.destroy())
  later.write([start.subarray(0, 1000)])
  await settle()
  t.false(third.isClosed, 'a closed connection counts no more')
})

test('a stop ends all connections, after what was answered has left', async (t) => {
  const { raw, socket, server, clock } = await rawPair(t, [onGetMaxOffset])
  socket.write([ask(1)])
  await settle()
  await Promise.all([server.stop(), clock.advance(2000)])
  t.is(raw.answers.length, 1)
  t.true(raw.isClosed)
  t.is(server.connectionCount, 0)
})

test('a handler is told when its peer is gone', async (t) => {
  const gone: number[] = []
  const held: Responder[] = []
  const on = handle(getMaxOffset, (_, __, call) => {
    call.peer.onClose(() => gone.push(call.peer.id))
    return { attach: (one) => held.push(one) }
  })
  const { socket } = await rawPair(t, [on])
  socket.write([ask(1)])
  await settle()
  t.false(held[0]?.closed)
  socket.destroy()
  await settle()
  t.is(gone.length, 1)
  t.true(held[0]?.closed)
  t.notThrows(() => held[0]?.reply({ header: { offset: 0 } }), 'a late answer is dropped')
})
