// What a consumer sees of pop. Source: PopMessageProcessor, PopReviveService.

import test from 'ava'
import { newDisk, PopBroker, type Received } from '../../../support/pop-broker.ts'

const ids = (received: readonly Received[]) => received.map(({ id }) => id).sort()
const retryQueue = { topic: '%RETRY%G_T', queueId: 0 }

async function brokerWith(...sent: string[]) {
  const disk = newDisk()
  const broker = await PopBroker.start(disk)
  for (const id of sent) await broker.send(id)
  return { disk, broker, wait: (ms: number) => disk.clock.advance(ms) }
}

/** Tags of pop's own records in the log. */
const journal = (broker: PopBroker) =>
  broker.store.appended.flatMap(({ body, properties }) =>
    Buffer.from(body).toString().startsWith('{') ? [properties.match(/TAGS.(\w+)/)?.[1]] : [],
  )

test('a popped message is given to nobody else until its time is over', async (t) => {
  const { broker, wait } = await brokerWith('a')
  t.deepEqual(ids(await broker.take()), ['a'])
  await wait(9900)
  t.deepEqual(await broker.take(), [])
  await wait(300)
  t.deepEqual(ids(await broker.take()), ['a'])
})

test('a message comes again under its topic, counted, with its receipt', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  const firstPopTime = disk.clock.now()
  await broker.take()
  await wait(10_200)
  const [again] = await broker.take()
  t.like(again?.message, { topic: 'T', queueId: 0, queueOffset: 0, reconsumeTimes: 1, flag: 7 })
  t.is(again?.message.bornHost, '127.0.0.1:10911')
  t.deepEqual(Object.fromEntries(again?.message.properties ?? []), {
    TAGS: 'a',
    '1ST_POP_TIME': String(firstPopTime),
    ORIGIN_GROUP: 'G',
    POP_CK: `0 ${disk.clock.now()} 10000 ${again?.claim.reviveQid} 1 broker-a 0 0`,
  })
  t.is(again?.claim.topic, '%RETRY%G_T')
})

test('a message that fails again keeps its first pop time', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  const firstPopTime = disk.clock.now()
  for (let attempt = 0; attempt < 3; attempt++) {
    await broker.take()
    await wait(10_200)
  }
  const [again] = await broker.take()
  t.is(again?.message.reconsumeTimes, 3)
  t.is(again?.message.properties.get('1ST_POP_TIME'), String(firstPopTime))
  t.is(broker.store.maxOffset(retryQueue), 3)
})

test('an acknowledged message never comes again', async (t) => {
  const { broker, wait } = await brokerWith('a', 'b')
  const received = await broker.take()
  await broker.ack(received.filter(({ id }) => id === 'a'))
  await wait(10_200)
  t.deepEqual(ids(await broker.take()), ['b'])
})

test('a pop writes one checkpoint a queue, the acknowledgements of a turn one record', async (t) => {
  const { broker } = await brokerWith('a', 'b', 'c')
  const received = await broker.take()
  t.deepEqual(journal(broker), ['ck'])
  await broker.ack(received)
  t.deepEqual(journal(broker), ['ck', 'bAck'])
  await broker.ack(received)
  t.deepEqual(journal(broker), ['ck', 'bAck'])
})

test('who acknowledges what cannot be stored is told and may repeat it', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const received = await broker.take()
  broker.store.refusal = 'the disk is full'
  await t.throwsAsync(broker.ack(received), { message: 'the disk is full' })
  broker.store.refusal = undefined
  await broker.ack(received)
  await wait(10_200)
  t.deepEqual(await broker.take(), [])
})

test('a message that cannot be stored again now is given again later', async (t) => {
  const { broker, wait } = await brokerWith('a')
  await broker.take()
  broker.store.refusal = 'the disk is full'
  await wait(15_000)
  broker.store.refusal = undefined
  await wait(2000)
  t.deepEqual(ids(await broker.take()), ['a'])
})

test('a message that retention removed is let go; its neighbour is not given for it', async (t) => {
  const { broker, wait } = await brokerWith('a', 'b')
  await broker.take({ maxCount: 1 })
  broker.store.trim({ topic: 'T', queueId: 0 }, 1)
  await wait(10_200)
  t.is(broker.store.maxOffset(retryQueue), 0)
  t.is(broker.pop.inFlightCount, 0)
  t.deepEqual(ids(await broker.take()), ['b'])
})

for (const gone of ['group', 'topic'] as const) {
  test(`what a deleted ${gone} had in flight is let go`, async (t) => {
    const { broker, disk, wait } = await brokerWith('a')
    await broker.take()
    if (gone === 'group') broker.groups.delete('G')
    else disk.topics.delete('T')
    await wait(10_200)
    t.is(broker.pop.inFlightCount, 0)
    t.is(broker.store.maxOffset(retryQueue), 0)
  })
}

test('after a change of its time a message is visible by the new time only', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const [first] = (await broker.take()) as [Received]
  const second = await broker.change(first, 60_000)
  await wait(50_000)
  t.deepEqual(await broker.take(), [])
  await broker.ack([second])
  await wait(20_000)
  t.deepEqual(await broker.take(), [])
})

test('a message released with no time is visible at once', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const [first] = (await broker.take()) as [Received]
  await broker.change(first, 0)
  await wait(200)
  t.deepEqual(ids(await broker.take()), ['a'])
})

test('a suspended message comes again without counting', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const [{ claim, offset }] = (await broker.take()) as [Received]
  broker.pop.change(claim, offset, { invisibleMs: 1000, isSuspended: true, isStrict: false })
  await wait(1300)
  const [again] = await broker.take()
  t.is(again?.message.reconsumeTimes, 0)
})

test('a strict caller learns that its receipt was superseded, an Apache client not', async (t) => {
  const { broker } = await brokerWith('a')
  const [first] = (await broker.take()) as [Received]
  const second = await broker.change(first, 30_000)
  await t.throwsAsync(broker.ack([first], true), { message: /newer handle/ })
  await t.throwsAsync(broker.change(first, 30_000, true), { message: /newer handle/ })
  await t.notThrowsAsync(broker.ack([first]))
  await t.notThrowsAsync(broker.ack([second], true))
})

test('expiry is judged first, and a second acknowledgement in time is a success', async (t) => {
  const { broker, wait } = await brokerWith('a', 'b')
  const [a, b] = (await broker.take()) as [Received, Received]
  await broker.ack([a], true)
  await t.notThrowsAsync(broker.ack([a], true))
  await broker.change(b, 60_000)
  await wait(10_000)
  await t.throwsAsync(broker.ack([a], true), { message: /expired/ })
  await t.throwsAsync(broker.ack([b], true), { message: /expired/ })
  await t.notThrowsAsync(broker.ack([a, b]))
})

test('a receipt of another pop, group or message acknowledges nothing', async (t) => {
  const { broker, wait } = await brokerWith('a')
  const [first] = (await broker.take()) as [Received]
  await broker.ack([{ ...first, claim: { ...first.claim, popTime: first.claim.popTime - 1 } }])
  await broker.ack([{ ...first, claim: { ...first.claim, group: 'other' } }])
  await broker.ack([{ ...first, offset: 7 }])
  await wait(10_200)
  t.deepEqual(ids(await broker.take()), ['a'])
})

test('each group gets every message', async (t) => {
  const { broker } = await brokerWith('a')
  t.deepEqual(ids(await broker.take()), ['a'])
  t.deepEqual(ids(await broker.take({ group: 'H' })), ['a'])
})

test('messages that a filter does not let through are passed over', async (t) => {
  const { broker } = await brokerWith('a')
  for (let i = 0; i < 5; i++) await broker.send(`x${i}`, 0, 'TAGS\x01x\x02')
  const filter = { matchesTagsCode: (code: number) => code === 'x'.charCodeAt(0) }
  const taken = await broker.take({ filter, maxCount: 2 })
  t.deepEqual(ids(taken), ['x0', 'x1'])
  t.deepEqual(new Set(taken.map(({ claim }) => claim.startOffset)), new Set([0]))
  await broker.ack(taken)
  t.deepEqual(ids(await broker.take()), ['x2', 'x3', 'x4'])
})

test('a new group that wants the newest gets the last message of an old queue', async (t) => {
  const { broker } = await brokerWith('a', 'b', 'c')
  broker.store.trim({ topic: 'T', queueId: 0 }, 1)
  t.deepEqual(ids(await broker.take({ from: 'max' })), ['c'])
})

test('after a crash what is in flight stays so until its time, and done is done', async (t) => {
  const { broker, disk, wait } = await brokerWith('a', 'b', 'c')
  broker.save()
  const received = await broker.take({ maxCount: 2 })
  await broker.ack(received.filter(({ id }) => id === 'a'))
  await broker.kill()
  const next = await PopBroker.start(disk)
  t.deepEqual(ids(await next.take()), ['c'])
  await wait(10_200)
  t.deepEqual(ids(await next.take()), ['b', 'c'])
})

test('an acknowledgement counts when it is in another queue than its checkpoint', async (t) => {
  const { broker, disk, wait } = await brokerWith('a', 'b')
  // The checkpoint is due already and goes to its revive queue, the acknowledgement is timed.
  const [, b] = (await broker.take({ invisibleMs: 1000 })) as [Received, Received]
  await broker.ack([b])
  await broker.stop()
  const next = await PopBroker.start(disk)
  await next.stop()
  const last = await PopBroker.start(disk)
  await wait(1300)
  t.deepEqual(ids(await last.take()), ['a'])
})

test('a receipt is good after a restart', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  const received = await broker.take()
  await broker.stop()
  const next = await PopBroker.start(disk)
  await next.ack(received, true)
  await wait(10_200)
  t.deepEqual(await next.take(), [])
})

test('an offset that was set back stays so over a crash', async (t) => {
  const { broker, disk } = await brokerWith('a', 'b')
  await broker.ack(await broker.take())
  broker.offsets.commit('G', { topic: 'T', queueId: 0 }, 0)
  broker.save()
  await broker.kill()
  const next = await PopBroker.start(disk)
  t.deepEqual(ids(await next.take()), ['a', 'b'])
})

test('what a Java broker has revived meanwhile is not revived again', async (t) => {
  const { broker, disk, wait } = await brokerWith('a')
  const [{ claim }] = (await broker.take()) as [Received]
  await broker.stop()
  // Its timer delivers the checkpoint, it copies the message and commits the revive offset.
  const revive = { topic: 'rmq_sys_REVIVE_LOG_C', queueId: claim.reviveQid }
  const checkpoint = disk.store.appended.find(({ topic }) => topic === 'rmq_sys_wheel_timer')
  if (checkpoint) disk.store.append({ ...checkpoint, ...revive })
  broker.offsets.commit('CID_RMQ_SYS_REVIVE_GROUP', revive, 0)
  broker.save()
  await wait(20_000)
  const next = await PopBroker.start(disk)
  await wait(1000)
  t.is(next.pop.inFlightCount, 0)
  t.is(disk.store.maxOffset(retryQueue), 0)
})

test('a restart reads only what may still be in flight', async (t) => {
  const { broker, disk } = await brokerWith('a', 'b')
  await broker.ack(await broker.take())
  await broker.stop()
  const topics: string[] = []
  const read = disk.store.read.bind(disk.store)
  disk.store.read = (query) => {
    topics.push(query.topic)
    return read(query)
  }
  await PopBroker.start(disk)
  t.deepEqual(topics, [])
})

test('a stopped broker leaves no timer', async (t) => {
  const { broker, disk } = await brokerWith('a')
  await broker.take()
  await broker.take({ isOrder: true, group: 'O' })
  await broker.stop()
  t.is(disk.clock.pending, 0)
})
