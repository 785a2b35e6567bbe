// Classic replication in memory: a slave's log is its master's, byte for byte.

import test from 'ava'
import { settle } from '../../../support/fake-clock.ts'
import { node, Pair } from '../../../support/replica-pair.ts'
import { readAll } from '../../../support/store-model.ts'

const queue = { topic: 'T', queueId: 1 }

test('the slave has the bytes of the master, and its queues serve them', async (t) => {
  const pair = new Pair('classic')
  await pair.start()
  pair.send(1500)
  await pair.pass(200)
  t.is(pair.slave.replica.maxPosition, pair.master.replica.maxPosition)
  t.true(pair.master.replica.maxPosition > 3 * 64 * 1024, 'the log has rolled')
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  t.is(pair.slave.store.maxOffset(queue), 500)
  t.deepEqual(await readAll(pair.slave.store, queue), await readAll(pair.master.store, queue))
  t.is(pair.port.slaves[0]?.ackPosition, pair.master.replica.maxPosition)
  await pair.stop()
})

test('bytes may come one by one', async (t) => {
  const pair = new Pair('classic')
  pair.network.bytewise = true
  await pair.start()
  pair.send(40)
  await pair.pass()
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  t.is(pair.slave.store.maxOffset(queue), 13)
  await pair.stop()
})

test('an empty slave is given the last file of the log, as Apache does', async (t) => {
  const pair = new Pair('classic')
  pair.send(1500)
  await settle()
  await pair.start()
  await pair.pass(100)
  const last = pair.master.replica.maxPosition - (pair.master.replica.maxPosition % 65_536)
  t.is(pair.slave.replica.minPosition, last)
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master, last))
  t.is(pair.slave.store.maxOffset(queue), 500)
  await pair.stop()
})

test('a cut connection is made again and goes on where the slave stands', async (t) => {
  const pair = new Pair('classic')
  await pair.start()
  for (let round = 0; round < 5; round++) {
    pair.send(100, 700)
    await settle()
    pair.network.cut()
    pair.send(30)
    await pair.clock.advance(3000)
    pair.network.heal()
    await pair.clock.advance(3000)
    await pair.pass()
    t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  }
  await pair.stop()
})

test('a killed slave goes on from its last whole record', async (t) => {
  const pair = new Pair('classic')
  await pair.start()
  pair.send(100, 3000)
  await settle()
  pair.slave.files.crash(0.5)
  await pair.follower.stop()
  pair.slave = node(pair.clock, { files: pair.slave.files })
  pair.follower = pair.follow()
  pair.follower.start()
  await pair.clock.advance(2000)
  await pair.pass()
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  t.is(pair.slave.store.maxOffset(queue), pair.master.store.maxOffset(queue))
  await pair.stop()
})

test('with a synchronous flush the slave reports what is on its disk, not more', async (t) => {
  const pair = new Pair('classic', { slave: { flushDiskType: 'SYNC_FLUSH' } })
  await pair.start()
  let isHeld = true
  pair.slave.files.fault = (call, path) => {
    if (isHeld && call === 'sync' && path.includes('commitlog')) throw new Error('EIO')
  }
  pair.send(10)
  await pair.pass()
  t.is(pair.port.slaves[0]?.ackPosition ?? 0, 0)
  isHeld = false
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  await pair.follower.stop()
  await pair.port.stop()
})

test('a slave that is ahead is refused, and told from one that is not', async (t) => {
  const pair = new Pair('classic')
  pair.slave.store.append({ ...message, body: Buffer.alloc(500) })
  await settle()
  await pair.start()
  pair.send(1)
  await pair.clock.advance(5000)
  t.deepEqual(pair.port.slaves, [])
  t.is(pair.slave.store.maxOffset({ topic: 'X', queueId: 0 }), 1)
  await pair.stop()
})

test('silence ends a connection on both sides, and heartbeats keep one', async (t) => {
  const pair = new Pair('classic')
  await pair.start()
  await pair.clock.advance(120_000)
  t.is(pair.port.slaves.length, 1)
  t.true(pair.follower.state.isConnected)
  await pair.stop()
})

const message = {
  topic: 'X',
  queueId: 0,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 0,
  bornHost: new Uint8Array(8),
  storeHost: new Uint8Array(8),
  reconsumeTimes: 0,
  preparedPosition: 0,
  properties: '',
}
