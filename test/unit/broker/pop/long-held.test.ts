// A message that is held for long does not make the next start read what happened meanwhile.

import test from 'ava'
import type { ReadQuery, ReadResult } from '../../../../src/broker/ports.ts'
import { ArrayStore } from '../../../support/array-store.ts'
import { newDisk, PopBroker, type Received } from '../../../support/pop-broker.ts'

const journalSpan = 40
const hour = 3_600_000

/** Counts the bytes of the records that a start reads. */
class CountingStore extends ArrayStore {
  bytesRead = 0

  override read(query: ReadQuery): ReadResult | Promise<ReadResult> {
    const result = super.read(query)
    if (!(result instanceof Promise)) this.bytesRead += result.bytes
    return result
  }
}

function disk() {
  const made = newDisk(1)
  return { ...made, store: new CountingStore(() => made.clock.now()) }
}

type Broker = PopBroker<CountingStore>

/** Messages that come, are popped and acknowledged, one a second. */
async function traffic(broker: Broker, count: number, name: string): Promise<void> {
  for (let n = 0; n < count; n++) {
    await broker.send(`${name} ${n}`)
    await broker.ack(await broker.take({ maxCount: 1, invisibleMs: 10_000 }))
    await broker.disk.clock.advance(1_000)
  }
}

async function bytesOfStart(before: Broker): Promise<{ broker: Broker; bytes: number }> {
  before.store.bytesRead = 0
  const broker = await PopBroker.start(before.disk, { journalSpan })
  return { broker, bytes: before.store.bytesRead }
}

const ids = (received: readonly Received[]) => received.map(({ id }) => id)

for (const end of ['kill', 'stop'] as const) {
  test(`what a start reads after a ${end} does not grow with the time a message is held`, async (t) => {
    const read: number[] = []
    for (const count of [200, 800]) {
      let broker = await PopBroker.start(disk(), { journalSpan })
      for (const id of ['held', 'acked', 'changed']) await broker.send(id)
      const [held, acked, changed] = (await broker.take({ invisibleMs: hour })) as [
        Received,
        Received,
        Received,
      ]
      await broker.ack([acked])
      await broker.change(changed, 2 * hour)
      await traffic(broker, count, 'between')
      broker.save()
      if (end === 'kill') await broker.kill()
      else await broker.stop()

      const next = await bytesOfStart(broker)
      broker = next.broker
      read.push(next.bytes)
      t.is(broker.pop.inFlightCount, 2)
      t.deepEqual(await broker.take(), [])
      await broker.disk.clock.advance(hour - count * 1_000 - 2_000)
      t.deepEqual(ids(await broker.take()), [], 'not early')
      await broker.disk.clock.advance(4_000)
      const again = await broker.take({ invisibleMs: 5 * hour })
      t.deepEqual(ids(again), ['held'], 'the acknowledged one does not come')
      t.is(again[0]?.message.reconsumeTimes, 1)
      await t.throwsAsync(broker.ack([held], true))
      await broker.disk.clock.advance(hour + 4_000)
      t.deepEqual(ids(await broker.take()), ['changed'])
    }
    const [few = 0, many = 0] = read
    t.true(few > 0)
    t.true(many < few * 1.5, `${few} bytes after 200 pops, ${many} after 800`)
  })
}

test('a group whose offset was set back is not moved on by a checkpoint that is said again', async (t) => {
  const broker = await PopBroker.start(disk(), { journalSpan })
  for (const id of ['a', 'b', 'c']) await broker.send(id)
  await broker.take({ invisibleMs: hour })
  broker.offsets.commit('G', { topic: 'T', queueId: 0 }, 0)
  broker.save()
  // Others make the journal long; nothing of it is in the saved offsets.
  for (let n = 0; n < 60; n++) {
    const other = { group: 'other', maxCount: 1, invisibleMs: 1_500 }
    await broker.ack(await broker.take(other))
    broker.offsets.commit('other', { topic: 'T', queueId: 0 }, 0)
    await broker.disk.clock.advance(1_000)
  }
  await broker.kill()
  const next = await PopBroker.start(broker.disk, { journalSpan })
  t.is(next.offsets.find('G', { topic: 'T', queueId: 0 }), 0)
})

test('timed messages are not read to find what is in flight', async (t) => {
  const broker = await PopBroker.start(disk(), { journalSpan: 10_000 })
  await broker.send('held')
  await broker.take({ invisibleMs: hour })
  const none = await bytesOfStart(broker)
  for (let n = 0; n < 500; n++) {
    await none.broker.send('x'.repeat(1_000), 0, 'REAL_TOPIC\x01T\x02', 'rmq_sys_wheel_timer')
  }
  const some = await bytesOfStart(none.broker)
  t.is(some.bytes, none.bytes)
  t.is(some.broker.pop.inFlightCount, 1)
})

test('with nothing in flight a start reads nothing', async (t) => {
  const broker = await PopBroker.start(disk(), { journalSpan })
  await traffic(broker, 100, 'done')
  await broker.disk.clock.advance(20_000)
  broker.save()
  await broker.kill()
  t.is((await bytesOfStart(broker)).bytes, 0)
})
