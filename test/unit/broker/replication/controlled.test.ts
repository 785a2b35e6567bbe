// Roles that change, as a controller would say: nothing acknowledged by the set is lost, and what
// a deposed master alone has is cut.

import test from 'ava'
import { printAddress } from '../../../../src/base/address.ts'
import type { Broker } from '../../../../src/broker/broker.ts'
import { printProperties } from '../../../../src/message/properties.ts'
import { getBrokerEpochCache } from '../../../../src/protocol/requests/replication.ts'
import { BrokerSet } from '../../../support/broker-set.ts'

const config = {
  enableControllerMode: true,
  allAckInSyncStateSet: true,
  slaveTimeout: 1000,
} as const

/** Keeps the set as a controller does that always agrees. */
function obeying(broker: Broker): void {
  let epoch = 0
  broker.replication.alter = async (wanted) => ({ ids: wanted, inSyncEpoch: ++epoch })
}

async function pair(set: BrokerSet): Promise<[Broker, Broker]> {
  const a = await set.broker(config)
  const b = await set.broker({ ...config, brokerId: 2 })
  obeying(a)
  obeying(b)
  await set.cluster.during(
    a.replication.becomeMaster({ brokerId: 1, epoch: 1, inSync: [1], inSyncEpoch: 1 }),
  )
  await set.cluster.during(follow(b, a, 2, 1))
  await set.until(() => a.replication.inSyncSet.has(2))
  return [a, b]
}

const follow = (slave: Broker, master: Broker, brokerId: number, epoch: number) =>
  slave.replication.becomeSlave({ brokerId, epoch, masterAddress: printAddress(master.address) })

test('without a word of the controller nothing is taken', async (t) => {
  const set = await BrokerSet.start(t)
  const a = await set.broker(config)
  t.is(a.replication.role, 'none')
  t.is((await set.send(a, 'x')).code, 14)
})

test('a slave joins the set, and what is acknowledged is on both', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  t.is((await set.send(a, 'one')).code, 0)
  t.is(b.replication.maxPosition, a.replication.maxPosition)
  t.is(a.replication.confirmPosition, a.replication.maxPosition)
  const cache = await set.call(b, getBrokerEpochCache, {})
  t.like(JSON.parse(Buffer.from(cache.body).toString()), {
    epochList: [{ epoch: 1, startOffset: 0 }],
    maxOffset: a.replication.maxPosition,
  })
})

test('a change that was refused is asked for again later, not at each acknowledgement', async (t) => {
  const set = await BrokerSet.start(t)
  const a = await set.broker(config)
  const b = await set.broker({ ...config, brokerId: 2 })
  let asked = 0
  let isKnown = false
  a.replication.alter = async (wanted) => {
    asked += 1
    return isKnown ? { ids: wanted, inSyncEpoch: 2 } : undefined
  }
  await set.cluster.during(
    a.replication.becomeMaster({ brokerId: 1, epoch: 1, inSync: [1], inSyncEpoch: 1 }),
  )
  await set.cluster.during(follow(b, a, 2, 1))
  await set.until(() => asked > 0)
  const askedBefore = asked
  for (let n = 0; n < 20; n++) t.is((await set.send(a, `${n}`)).code, 0)
  t.true(asked <= askedBefore + 1, `${asked - askedBefore} times`)
  isKnown = true
  await set.until(() => a.replication.inSyncSet.has(2))
})

test('consumers see nothing that the set has not', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  await set.send(a, 'shown')
  await set.until(async () => (await set.read(a)).length === 1)
  a.replication.alter = async () => undefined
  await set.stop(b)
  t.is((await set.send(a, 'hidden')).code, 12)
  t.deepEqual(await set.read(a), ['shown'])
})

test('after a change of master the old one cuts what only it has, and follows', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  await set.send(a, 'kept')
  a.replication.alter = async () => undefined
  await set.cluster.during(b.replication.becomeNothing())
  await set.until(() => a.replication.slaves.length === 0)
  t.is((await set.send(a, 'lost, and never acknowledged')).code, 12)

  await set.cluster.during(
    b.replication.becomeMaster({ brokerId: 2, epoch: 2, inSync: [2], inSyncEpoch: 5 }),
  )
  t.is((await set.send(b, 'new')).code, 0)
  await set.cluster.during(follow(a, b, 1, 2))
  t.is((await set.send(a, 'refused')).code, 14)
  await set.until(() => a.replication.maxPosition === b.replication.maxPosition)
  await set.until(() => b.replication.inSyncSet.has(1))
  await set.until(async () => (await set.read(a)).length === 2)
  t.deepEqual(await set.read(a), ['kept', 'new'])
  t.deepEqual(await set.read(b), ['kept', 'new'])
  t.is(a.replication.lastEpoch, 2)

  await set.cluster.during(b.replication.becomeNothing())
  await set.cluster.during(
    a.replication.becomeMaster({ brokerId: 1, epoch: 3, inSync: [1], inSyncEpoch: 9 }),
  )
  t.deepEqual(await set.send(a, 'back'), { code: 0, queueOffset: 2 })
})

test('a master whose lease is over takes nothing and acknowledges nothing', async (t) => {
  const set = await BrokerSet.start(t)
  const [a] = await pair(set)
  const { clock } = set.cluster
  a.replication.lease(clock.monotonic() + 500)
  t.is((await set.send(a, 'in time')).code, 0)
  await clock.advance(600)
  t.is((await set.send(a, 'too late')).code, 14)
  a.replication.lease(clock.monotonic() + 500)
  t.is((await set.send(a, 'again')).code, 0)
})

test('a set member that is gone leaves the set, and sends are acknowledged again', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  await set.stop(b)
  await set.until(() => a.replication.inSyncSet.size === 1)
  t.is((await set.send(a, 'alone')).code, 0)
})

test('an older epoch is refused', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  await set.send(a, 'x')
  const older = b.replication.becomeMaster({ brokerId: 2, epoch: 0, inSync: [2], inSyncEpoch: 5 })
  await t.throwsAsync(set.cluster.during(older))
  t.is(b.replication.role, 'slave')
})

test('a broker that is master again delivers what is timed', async (t) => {
  const set = await BrokerSet.start(t)
  const [a, b] = await pair(set)
  const soon = printProperties([['TIMER_DELAY_MS', '2000']])
  const timed = async (master: Broker, text: string) => {
    await set.until(async () => (await set.send(master, text, 'T', soon)).code === 0)
    await set.until(async () => (await set.read(master)).includes(text), 30_000)
  }
  await timed(a, 'first')
  // The files of the timer are there, and the slave has copied how far it has come.
  await set.cluster.clock.advance(5000)
  const change = async (
    from: Broker,
    to: Broker,
    ids: readonly [number, number],
    epoch: number,
  ) => {
    const [old, brokerId] = ids
    await set.cluster.during(from.replication.becomeNothing())
    const reign = { brokerId, epoch, inSync: [brokerId], inSyncEpoch: epoch * 10 }
    await set.cluster.during(to.replication.becomeMaster(reign))
    await set.cluster.during(follow(from, to, old, epoch))
    await set.until(() => to.replication.inSyncSet.has(old))
  }
  await change(a, b, [1, 2], 2)
  await timed(b, 'second')
  await set.cluster.clock.advance(5000)
  await change(b, a, [2, 1], 3)
  await timed(a, 'third')
  const read = await set.read(a)
  t.deepEqual([...new Set(read)], ['first', 'second', 'third'])
})
