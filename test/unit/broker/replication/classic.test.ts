// A master and a slave, as whole brokers, in Apache's classic mode.

import test from 'ava'
import {
  queryConsumerOffset,
  updateConsumerOffset,
} from '../../../../src/protocol/requests/offsets.ts'
import { getBrokerHaStatus } from '../../../../src/protocol/requests/replication.ts'
import { updateAndCreateTopic } from '../../../../src/protocol/requests/topics.ts'
import { encodeReport } from '../../../../src/store/replication/wire.ts'
import { BrokerSet } from '../../../support/broker-set.ts'
import { MemoryFiles } from '../../../support/memory-files.ts'

const slave = { brokerId: 1, brokerRole: 'SLAVE' as const }
const queue = { consumerGroup: 'g', topic: 'T', queueId: 0 }
const sent = (code: number, queueOffset?: number) => ({ code, queueOffset })

test('a slave finds its master, copies log and tables, and serves reads only', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({})
  t.deepEqual(await set.send(master, 'before'), sent(0, 0))
  const copy = await set.broker(slave)
  t.deepEqual(await set.send(master, 'after'), sent(0, 1))
  await set.until(() => copy.replication.maxPosition === master.replication.maxPosition)
  await set.until(async () => (await set.read(copy).catch(() => [])).length === 2)
  t.deepEqual(await set.read(copy), ['before', 'after'])
  t.deepEqual(await set.send(copy, 'never'), sent(14))
  t.deepEqual(await set.read(master), ['before', 'after'])
})

test('haStatus says who follows and how far', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({})
  const copy = await set.broker(slave)
  await set.send(master, 'one')
  await set.until(
    () => master.replication.slaves[0]?.ackPosition === master.replication.maxPosition,
  )
  const status = async (broker: typeof master) =>
    JSON.parse(Buffer.from((await set.call(broker, getBrokerHaStatus, {})).body).toString())
  const told = await status(master)
  t.like(told, { master: true, inSyncSlaveNums: 1 })
  t.like(told.haConnectionInfo[0], { diff: 0, inSync: true })
  t.like(await status(copy), { master: false, haClientRuntimeInfo: { activated: true } })
})

test('a synchronous master answers when its slave has the message', async (t) => {
  const set = await BrokerSet.start(t)
  const files = new MemoryFiles()
  const master = await set.broker({ brokerRole: 'SYNC_MASTER', flushDiskType: 'SYNC_FLUSH' })
  t.deepEqual(await set.send(master, 'alone'), sent(11, 0))
  let copy = await set.broker({ ...slave, flushDiskType: 'SYNC_FLUSH' }, files)
  await set.until(() => master.replication.slaves.length === 1)
  t.deepEqual(await set.send(master, 'together'), sent(0, 1))
  t.is(copy.replication.maxPosition, master.replication.maxPosition)
  await set.stop(copy)
  await set.until(() => master.replication.slaves.length === 0)
  t.deepEqual(await set.send(master, 'alone again'), sent(11, 2))
  copy = await set.broker({ ...slave, flushDiskType: 'SYNC_FLUSH' }, files)
  await set.until(() => master.replication.slaves.length === 1)
  t.deepEqual(await set.send(master, 'together again'), sent(0, 3))
})

test('a slave that hears but does not answer costs slaveTimeout, no more', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({ brokerRole: 'SYNC_MASTER' })
  const deaf = await set.cluster.network.connect(
    master.replication.haAddress,
    { timeoutMs: 1000 },
    () => ({ data() {}, close() {} }),
  )
  deaf.write([encodeReport('classic', master.replication.maxPosition)])
  await set.until(() => master.replication.slaves.length === 1)
  const before = set.cluster.clock.monotonic()
  t.deepEqual(await set.send(master, 'one'), sent(12, 0))
  t.true(set.cluster.clock.monotonic() - before < 3500)
})

test('fewer replicas than the minimum refuse a send before it is stored', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({ brokerRole: 'SYNC_MASTER', minInSyncReplicas: 2 })
  const before = master.replication.maxPosition
  t.deepEqual(await set.send(master, 'one'), sent(1))
  t.is(master.replication.maxPosition, before)
})

test('offsets committed at the slave reach the master, and never go back by it', async (t) => {
  const set = await BrokerSet.start(t)
  const disk = new MemoryFiles()
  let master = await set.broker({}, disk)
  for (let at = 0; at < 10; at++) await set.send(master, `${at}`)
  const copy = await set.broker(slave)
  await set.call(master, updateConsumerOffset, { ...queue, commitOffset: 3 })
  const at = async (broker: typeof master) =>
    (await set.call(broker, queryConsumerOffset, queue)).header.offset
  await set.until(async () => (await at(copy).catch(() => 0)) === 3)
  await set.until(() => copy.replication.maxPosition === master.replication.maxPosition)

  await set.stop(master)
  t.deepEqual((await set.read(copy)).length, 10)
  await set.call(copy, updateConsumerOffset, { ...queue, commitOffset: 8 })
  master = await set.broker({}, disk)
  await set.until(async () => (await at(master)) === 8)
  t.is(await at(copy), 8)

  await set.call(copy, updateConsumerOffset, { ...queue, commitOffset: 5 })
  await set.cluster.clock.advance(10_000)
  t.is(await at(master), 8)
  t.is(await at(copy), 8)
})

test('topics made at the master appear at the slave, and go with it', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({})
  const copy = await set.broker(slave)
  await set.call(master, updateAndCreateTopic, {
    topic: 'made',
    defaultTopic: 'TBW102',
    readQueueNums: 3,
    writeQueueNums: 3,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  } as never)
  await set.until(async () => (await set.read(copy, 'made').catch(() => undefined)) !== undefined)
  t.deepEqual(await set.read(copy, 'made'), [])
})

test('a topic that was made a moment ago is at the slave, whenever it was', async (t) => {
  const set = await BrokerSet.start(t)
  const master = await set.broker({})
  const copy = await set.broker(slave)
  await set.until(() => master.replication.slaves.length === 1)
  await set.cluster.clock.advance(5000)
  for (let at = 0; at < 6; at++) {
    t.deepEqual(await set.send(master, 'x', `new${at}`), sent(0, 0))
    await set.cluster.clock.advance(250)
    t.deepEqual(await set.read(copy, `new${at}`).catch(String), ['x'])
    await set.cluster.clock.advance(at * 170)
  }
})

test('a slave whose log is not the one of this master does not follow it', async (t) => {
  const set = await BrokerSet.start(t)
  const other = await set.broker({ brokerName: 'b' } as never)
  for (let at = 0; at < 5; at++) await set.send(other, `other ${at}`)
  const disk = new MemoryFiles()
  let lone = await set.broker({}, disk)
  await set.send(lone, 'x')
  await set.stop(lone)
  const master = await set.broker({})
  for (let at = 0; at < 9; at++) await set.send(master, `mine ${at}`)
  lone = await set.broker(slave, disk)
  const before = lone.replication.maxPosition
  await set.cluster.clock.advance(10_000)
  t.is(lone.replication.maxPosition, before)
  t.is(master.replication.slaves.length, 0)
})
