// What comes to the port of a master that is no slave: it costs nothing and changes nothing.

import test from 'ava'
import type { Socket } from '../../../../src/base/network.ts'
import { encodeToken } from '../../../../src/store/replication/token.ts'
import { encodeReport } from '../../../../src/store/replication/wire.ts'
import { Pair } from '../../../support/replica-pair.ts'
import { seededRandom } from '../../../support/seeded-random.ts'

const address = { host: '127.0.0.1', port: 10_912 }

async function knock(pair: Pair): Promise<{ socket: Socket; isClosed: () => boolean }> {
  let isClosed = false
  const socket = await pair.network.connect(address, { timeoutMs: 1000 }, () => ({
    data() {},
    close: () => {
      isClosed = true
    },
  }))
  return { socket, isClosed: () => isClosed }
}

async function serving(): Promise<Pair> {
  const pair = new Pair('classic')
  await pair.port.start()
  pair.port.serve(true)
  pair.send(10)
  await pair.pass(3)
  return pair
}

const report = (endPosition: number) => [encodeReport('classic', endPosition)]

test('an acknowledgement of what was not sent ends the link', async (t) => {
  const pair = await serving()
  const end = pair.master.replica.maxPosition
  const peer = await knock(pair)
  peer.socket.write(report(end))
  await pair.pass(3)
  t.is(pair.port.slaves[0]?.ackPosition, end)
  peer.socket.write(report(end + 1))
  await pair.pass(3)
  t.true(peer.isClosed())
  t.deepEqual(pair.port.slaves, [])
  await pair.stop()
})

test('an acknowledgement that goes back ends the link', async (t) => {
  const pair = await serving()
  const end = pair.master.replica.maxPosition
  const peer = await knock(pair)
  peer.socket.write(report(end))
  peer.socket.write(report(end - 10))
  await pair.pass(3)
  t.true(peer.isClosed())
  await pair.stop()
})

test('a first report beyond the log, or a negative one, is refused', async (t) => {
  const pair = await serving()
  for (const endPosition of [pair.master.replica.maxPosition + 1, -1, 2 ** 52, -(2 ** 40)]) {
    const peer = await knock(pair)
    peer.socket.write(report(endPosition))
    await pair.pass(3)
    t.true(peer.isClosed())
  }
  t.is(pair.port.linkCount, 0)
  await pair.stop()
})

test('probes and garbage leave nothing behind', async (t) => {
  const count = Number(process.env['COUNT'] ?? 2000)
  const pair = await serving()
  const { below } = seededRandom(7)
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < count; at++) {
    const { socket } = await knock(pair)
    const size = below(40)
    if (size > 0) socket.write([Buffer.from(Array.from({ length: size }, () => 1 + below(255)))])
    if (at % 3 === 0) socket.destroy()
    else socket.end()
    if (at % 50 === 0) await pair.pass(2)
  }
  await pair.pass(5)
  t.is(pair.port.linkCount, 0)
  t.is(pair.network.sockets, 0)
  global.gc?.()
  t.true(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
  await pair.stop()
})

test('peers that say nothing make room for others, and are dropped in time', async (t) => {
  const pair = await serving()
  const silent = await Promise.all(Array.from({ length: 70 }, () => knock(pair)))
  await pair.pass(3)
  t.is(pair.port.linkCount, 64)
  t.is(silent.filter((one) => one.isClosed()).length, 6)
  await pair.clock.advance(31_000)
  t.is(pair.port.linkCount, 0)
  await pair.stop()
})

test('a peer that is not admitted is not read', async (t) => {
  const pair = await serving()
  pair.admits = () => false
  const peer = await knock(pair)
  peer.socket.write(report(pair.master.replica.maxPosition))
  await pair.pass(3)
  t.true(peer.isClosed())
  t.is(pair.port.linkCount, 0)
  await pair.stop()
})

test('a token opens the link, in one piece or in many, and is no part of the log', async (t) => {
  for (const mode of ['classic', 'auto-switch'] as const) {
    const pair = new Pair(mode)
    pair.network.bytewise = mode === 'classic'
    pair.token = 'ab'.repeat(24)
    pair.open = (_host, token) => (token === pair.token ? 'west' : undefined)
    pair.send(5)
    await pair.start()
    await pair.pass(60)
    t.is(pair.port.slaves[0]?.zone, 'west')
    t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
    await pair.stop()
  }
})

test('another token, or none, ends the link before a frame is looked at', async (t) => {
  for (const token of [undefined, 'cd'.repeat(24)]) {
    const pair = await serving()
    pair.open = () => undefined
    const peer = await knock(pair)
    peer.socket.write([...(token ? [encodeToken(token)] : []), ...report(0)])
    await pair.pass(3)
    t.true(peer.isClosed())
    t.is(pair.port.linkCount, 0)
    await pair.stop()
  }
})
