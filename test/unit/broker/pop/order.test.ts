// Ordered pops. Source: ConsumerOrderInfoManager, AckMessageProcessor.ackOrderly.

import test from 'ava'
import { OrderedBatches } from '../../../../src/broker/pop/order.ts'
import { newDisk, PopBroker, type Received } from '../../../support/pop-broker.ts'

const ids = (received: readonly Received[]) => received.map(({ id }) => id)
const inOrder = { isOrder: true, queueId: 0 }

async function brokerWith(...sent: string[]) {
  const disk = newDisk()
  const broker = await PopBroker.start(disk)
  for (const id of sent) await broker.send(id)
  return { disk, broker, wait: (ms: number) => disk.clock.advance(ms) }
}

test('the next batch is given when all of the one before is acknowledged', async (t) => {
  const { broker } = await brokerWith('a', 'b', 'c')
  const [a, b] = (await broker.take({ ...inOrder, maxCount: 2 })) as [Received, Received]
  t.is(a.claim.reviveQid, 999)
  await broker.ack([b])
  t.deepEqual(await broker.take(inOrder), [])
  t.is(broker.offsets.find('G', { topic: 'T', queueId: 0 }), 0)
  await broker.ack([a])
  t.is(broker.offsets.find('G', { topic: 'T', queueId: 0 }), 2)
  t.deepEqual(ids(await broker.take(inOrder)), ['c'])
})

test('a batch whose time is over is given again in its order, from what is open', async (t) => {
  const { broker, wait } = await brokerWith('a', 'b', 'c')
  const [a] = (await broker.take({ ...inOrder, maxCount: 2 })) as [Received]
  await broker.ack([a])
  await wait(10_000)
  t.deepEqual(ids(await broker.take(inOrder)), ['b', 'c'])
})

test('a batch is not given again at a time before the one before it is over', async (t) => {
  for (let early = 6; early >= 0; early--) {
    const { broker, disk } = await brokerWith('a')
    const [a] = (await broker.take(inOrder)) as [Received]
    const until = a.claim.popTime + a.claim.invisibleMs
    // A millisecond passes between any two looks at the clock.
    let now = until - early
    disk.clock.now = () => now++
    for (const again of await broker.take(inOrder)) t.true(again.claim.popTime >= until)
    t.true(now > until - early)
  }
})

test('an attempt that is repeated gets the same messages at once', async (t) => {
  const { broker } = await brokerWith('a', 'b')
  const attempt = { ...inOrder, maxCount: 1, attemptId: 'x' }
  t.deepEqual(ids(await broker.take(attempt)), ['a'])
  t.deepEqual(ids(await broker.take(attempt)), ['a'])
  t.deepEqual(await broker.take({ ...attempt, attemptId: 'y' }), [])
})

test('an ordered message can be kept longer or released; its pop time stays', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  const [a] = (await broker.take(inOrder)) as [Received]
  await wait(5000)
  const asked = { invisibleMs: 20_000, isSuspended: false, isStrict: true }
  const changed = broker.pop.change(a.claim, a.offset, asked)
  t.like(changed, { popTime: a.claim.popTime, invisibleMs: 25_000 })
  await wait(10_000)
  t.deepEqual(await broker.take(inOrder), [])
  broker.pop.change(a.claim, a.offset, { ...asked, invisibleMs: 0, isStrict: false })
  t.deepEqual(ids(await broker.take(inOrder)), ['a'])
  t.true(disk.clock.now() > a.claim.popTime)
})

test('a strict caller with a receipt of an older batch learns it', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const [old] = (await broker.take({ ...inOrder, invisibleMs: 1000 })) as [Received]
  const longer = { ...old, claim: { ...old.claim, invisibleMs: 60_000 } }
  await wait(1000)
  const [current] = (await broker.take(inOrder)) as [Received]
  await t.throwsAsync(broker.ack([longer], true), { message: /newer handle/ })
  await t.throwsAsync(broker.ack([old], true), { message: /expired/ })
  await t.notThrowsAsync(broker.ack([old]))
  t.deepEqual(await broker.take(inOrder), [])
  await broker.ack([current], true)
  await t.notThrowsAsync(broker.ack([current], true))
})

test('an offset that is not of the batch is refused', async (t) => {
  const { broker } = await brokerWith('a', 'b')
  const [a] = (await broker.take({ ...inOrder, maxCount: 1 })) as [Received]
  const other = { ...a, offset: 1 }
  await t.throwsAsync(broker.ack([other]), { message: /not of this batch/ })
})

test('a batch is forgotten when the offset of the group is set', async (t) => {
  const { broker } = await brokerWith('a', 'b')
  await broker.ack((await broker.take({ ...inOrder, maxCount: 1 })) as Received[])
  await broker.take(inOrder)
  broker.offsets.commit('G', { topic: 'T', queueId: 0 }, 0)
  t.deepEqual(ids(await broker.take(inOrder)), ['a', 'b'])
})

test('an offset that is set within a batch acknowledges what is before it, no more', async (t) => {
  const { broker, wait } = await brokerWith('a', 'b', 'c')
  const queue = { topic: 'T', queueId: 0 }
  const [, , c] = (await broker.take(inOrder)) as [Received, Received, Received]
  // As a replica does that was master and knows more.
  broker.offsets.commit('G', queue, 1)
  t.deepEqual(await broker.take(inOrder), [])
  await broker.ack([c])
  t.is(broker.offsets.find('G', queue), 1)
  await wait(10_000)
  t.deepEqual(ids(await broker.take(inOrder)), ['b', 'c'])
})

test('a batch stays out over an orderly restart', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  await broker.take(inOrder)
  await broker.stop()
  const next = await PopBroker.start(disk)
  t.deepEqual(await next.take(inOrder), [])
  await wait(10_000)
  t.deepEqual(ids(await next.take(inOrder)), ['a'])
})

const queue = { topic: 'T', group: 'G', queueId: 3 }
const batch = { popTime: 1000, invisibleMs: 500, offsets: [6, 8, 9], attemptId: 'x' }

test('counts are told per message and, for old clients, the least for the queue', (t) => {
  const batches = new OrderedBatches()
  t.is(batches.take(queue, batch, 1000), '0 3 0')
  const again = { ...batch, offsets: [8, 9], attemptId: 'y' }
  t.is(batches.take(queue, again, 2000), '0 qo3%8 1;0 qo3%9 1;0 3 1')
  const more = { ...batch, offsets: [9, 10], attemptId: 'z' }
  t.is(batches.take(queue, more, 3000), '0 qo3%9 2;0 3 0')
})

test('the file is in the form of Java and is read back', (t) => {
  const batches = new OrderedBatches()
  batches.take(queue, batch, 1000)
  batches.ack(queue, 8, 1000)
  batches.setVisibleAt(queue, 9, 1000, 7777)
  const file = JSON.parse(JSON.stringify(batches.snapshot(1000)))
  t.deepEqual(file, {
    orderInfoCount: 0,
    orderedConsumptionLevel: 'QUEUE',
    table: {
      'T@G': {
        3: { popTime: 1000, i: 500, o: [6, 2, 3], ot: { 9: 7777 }, oc: {}, l: 1000, cm: 2, a: 'x' },
      },
    },
  })
  const read = new OrderedBatches()
  read.load(file)
  t.is(read.blockedUntil(queue, undefined, 1000), 7777)
  t.deepEqual(read.ack(queue, 6, 1000), { kind: 'commit', offset: 9 })
  t.deepEqual(read.snapshot(1000 + 24 * 3600 * 1000), { ...file, table: {} })
})
