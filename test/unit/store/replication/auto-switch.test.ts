// Epochs on the wire: what the master does not have is cut, and a crash on the way changes nothing.

import test from 'ava'
import { settle } from '../../../support/fake-clock.ts'
import { node, Pair } from '../../../support/replica-pair.ts'
import { readAll } from '../../../support/store-model.ts'

const queue = { topic: 'T', queueId: 1 }

async function reigning(count: number, bodySize = 300): Promise<Pair> {
  const pair = new Pair('auto-switch')
  pair.master.epochs.append({ epoch: 1, startPosition: 0 })
  await pair.start()
  pair.send(count, bodySize)
  await pair.pass(150)
  return pair
}

/** The slave goes its own way: it has written what the master never saw. */
async function diverged(count: number): Promise<Pair> {
  const pair = await reigning(count)
  await pair.follower.stop()
  const { slave } = pair
  slave.epochs.append({ epoch: 2, startPosition: slave.replica.maxPosition })
  for (let at = 0; at < 300; at++) slave.store.append({ ...message, queueId: at % 3 })
  await settle()
  pair.master.epochs.append({ epoch: 3, startPosition: pair.master.replica.maxPosition })
  pair.send(50)
  await settle()
  pair.follower = pair.follow()
  return pair
}

test('a slave learns the epochs with the bytes, and what is confirmed', async (t) => {
  const pair = await reigning(300)
  pair.master.epochs.append({ epoch: 4, startPosition: pair.master.replica.maxPosition })
  pair.confirmed = 77
  pair.send(100)
  await pair.pass(60)
  t.deepEqual(pair.slave.epochs.entries, pair.master.epochs.entries)
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  t.is(pair.told, 77)
  t.is(pair.port.slaves[0]?.slaveId, 2)
  await pair.stop()
})

test('an empty slave is given the whole log', async (t) => {
  const pair = new Pair('auto-switch')
  pair.master.epochs.append({ epoch: 1, startPosition: 0 })
  pair.send(900, 300)
  await settle()
  await pair.start()
  await pair.pass(200)
  t.is(pair.slave.replica.minPosition, 0)
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  await pair.stop()
})

test('what only the slave has is cut at the end of the epoch they share', async (t) => {
  const pair = await diverged(300)
  const held = await readAll(pair.slave.store, { topic: 'own', queueId: 0 })
  t.is(held.length, 100)
  pair.follower.start()
  await pair.pass(150)
  t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master))
  t.deepEqual(pair.slave.epochs.entries, pair.master.epochs.entries)
  t.deepEqual(await readAll(pair.slave.store, queue), await readAll(pair.master.store, queue))
  t.is(pair.slave.store.maxOffset({ topic: 'own', queueId: 0 }), 0)
  await pair.stop()
})

test('a log without a common epoch is never overwritten', async (t) => {
  const pair = new Pair('auto-switch')
  pair.master.epochs.append({ epoch: 5, startPosition: 0 })
  pair.slave.epochs.append({ epoch: 4, startPosition: 0 })
  pair.slave.store.append({ ...message, queueId: 0 })
  await settle()
  const before = pair.logOf(pair.slave)
  await pair.start()
  pair.send(10)
  await pair.clock.advance(10_000)
  t.deepEqual(pair.logOf(pair.slave), before)
  t.deepEqual(pair.port.slaves, [])
  await pair.stop()
})

test('a crash at any call of a cut leaves a log that is cut or whole', async (t) => {
  const points = Number(process.env['COUNT'] ?? 40)
  for (let point = 0; point < points; point++) {
    const pair = await diverged(230)
    const { files } = pair.slave
    const before = files.calls
    const last = point
    files.fault = (_call, _path, index) => {
      if (index - before > last) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    pair.follower.start()
    await pair.pass(60)
    files.fault = () => {}
    files.crash(point % 2)
    await pair.follower.stop()

    pair.slave = node(pair.clock, { files })
    pair.follower = pair.follow()
    pair.follower.start()
    await pair.clock.advance(3000)
    await pair.pass(100)
    t.deepEqual(pair.logOf(pair.slave), pair.logOf(pair.master), `stopped behind call ${point}`)
    t.deepEqual(pair.slave.epochs.entries, pair.master.epochs.entries)
    t.deepEqual(await readAll(pair.slave.store, queue), await readAll(pair.master.store, queue))
    await pair.stop()
  }
})

const message = {
  topic: 'own',
  queueId: 0,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 0,
  bornHost: new Uint8Array(8),
  storeHost: new Uint8Array(8),
  reconsumeTimes: 0,
  preparedPosition: 0,
  properties: '',
  body: Buffer.alloc(400, 'o'),
}
