// Source: TimerMessageStore, storage facts 18

import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { javaHash } from '../../../../src/message/tags.ts'
import { timerTopic } from '../../../../src/message/timer.ts'
import { TimedStore, target } from '../../../support/timed-store.ts'

const dayMs = 86_400_000
const start = 1_700_000_000_000

test('a message comes when its time is reached and not before', async (t) => {
  const timed = await TimedStore.open()
  timed.send('a', start + 5500)
  await timed.clock.advance(5499)
  t.deepEqual(await timed.ids(), [])
  await timed.clock.advance(600)
  const [message] = await timed.delivered()
  t.is(message?.messageId, 'a')
  t.true((message?.storeTimestamp ?? 0) >= start + 5500)
  t.like(message, { topic: target.topic, queueId: target.queueId })
  await timed.stop()
})

test('how many a second go into the timer and come out of it is counted', async (t) => {
  const timed = await TimedStore.open()
  timed.stats.start()
  for (let n = 0; n < 20; n++) timed.send(`now-${n}`, start + 3000)
  for (let n = 0; n < 10; n++) timed.send(`later-${n}`, start + dayMs)
  await timed.clock.advance(10_000)
  t.deepEqual(timed.stats.timerRates, { enqueue: 3, dequeue: 2 })
  timed.stats.stop()
  await timed.stop()
})

test('a message that is due already is stored as a plain one', async (t) => {
  const timed = await TimedStore.open()
  timed.send('a', start)
  await timed.clock.advance(1)
  t.deepEqual(await timed.ids(), ['a'])
  t.is(timed.store.maxOffset({ topic: timerTopic, queueId: 0 }), 0)
  await timed.stop()
})

test('what is delivered says when it was put aside and taken up again', async (t) => {
  const timed = await TimedStore.open()
  timed.send('a', start + 2000, [['KEYS', 'k']])
  await timed.clock.advance(3000)
  const [message] = await timed.delivered()
  const properties = Object.fromEntries(message?.properties ?? [])
  t.deepEqual(properties, {
    UNIQ_KEY: 'a',
    KEYS: 'k',
    TIMER_DELIVER_MS: String(start + 2000),
    TIMER_OUT_MS: String(start + 1000),
    REAL_TOPIC: target.topic,
    REAL_QID: String(target.queueId),
    TIMER_ENQUEUE_MS: String(start),
    TIMER_DEQUEUE_MS: String(start + 2000),
  })
  await timed.stop()
})

test('messages of one second come in the order in which they were sent', async (t) => {
  const timed = await TimedStore.open()
  // More than a file of the log holds, from both ends of the second.
  const ids = Array.from({ length: 100 }, (_, at) => `m${at}`)
  for (const [at, id] of ids.entries()) timed.send(id, start + 5001 + (at % 2) * 900)
  timed.send('earlier', start + 3000)
  await timed.clock.advance(7000)
  t.deepEqual(await timed.ids(), ['earlier', ...ids])
  await timed.stop()
})

test('a recall takes back its message and no other', async (t) => {
  const timed = await TimedStore.open()
  for (const id of ['a', 'b', 'c']) timed.send(id, start + 5000)
  timed.recall('b', start + 5000)
  timed.recall('c', start + 9000)
  await timed.clock.advance(20_000)
  t.deepEqual(await timed.ids(), ['a', 'c'])
  await timed.stop()
})

test('a recall that was stored before a crash counts after it, however late that is', async (t) => {
  const timed = await TimedStore.open()
  timed.send('a', start + 5000)
  timed.recall('a', start + 5000)
  timed.send('b', start + 5000)
  timed.clock.setBy = 60_000
  const again = await timed.restart()
  await again.clock.advance(2000)
  t.deepEqual(await again.ids(), ['b'])
  await again.stop()
})

test('a message beyond two days waits in stages', async (t) => {
  const timed = await TimedStore.open()
  timed.send('two', start + 2.5 * dayMs)
  timed.send('three', start + 3 * dayMs)
  timed.send('none', start + 3 * dayMs)
  timed.recall('none', start + 3 * dayMs)
  await timed.clock.advance(1000)
  timed.clock.setBy = 2.5 * dayMs - 20_000
  await timed.clock.advance(12_000)
  t.deepEqual(await timed.ids(), [])
  await timed.clock.advance(10_000)
  const [two] = await timed.delivered()
  t.is(two?.properties.get('TIMER_ROLL_TIMES'), '1')
  t.is(two?.properties.get('UNIQ_KEY'), 'two')
  timed.clock.setBy = 3 * dayMs - 20_000
  await timed.clock.advance(12_000)
  t.deepEqual(await timed.ids(), ['two', 'three'])
  await timed.stop()
})

test('a refused delivery goes on where it was refused', async (t) => {
  const timed = await TimedStore.open()
  for (let at = 0; at < 10; at++) timed.send(`m${at}`, start + 2000)
  await timed.clock.advance(1500)
  const { store } = timed
  const append = store.append.bind(store)
  let left = 4
  store.append = (message) => {
    if (left-- === 0) throw new MqError('broker-unavailable', 'the disk is full')
    return append(message)
  }
  await timed.clock.advance(1000)
  t.is((await timed.ids()).length, 4)
  await timed.clock.advance(1000)
  t.deepEqual(
    await timed.ids(),
    Array.from({ length: 10 }, (_, at) => `m${at}`),
  )
  await timed.stop()
})

test('a clock that is set forward brings what is due by it', async (t) => {
  const timed = await TimedStore.open()
  timed.send('a', start + dayMs)
  timed.send('b', start + 2 * dayMs - 20_000)
  await timed.clock.advance(1000)
  timed.clock.setBy = dayMs
  await timed.clock.advance(10_000)
  t.deepEqual(await timed.ids(), ['a'])
  await timed.stop()
})

test('a clock that is set back makes nothing early and loses nothing', async (t) => {
  const timed = await TimedStore.open()
  timed.send('before', start + 1500)
  await timed.clock.advance(5000)
  timed.clock.setBy = -3_600_000
  const now = timed.clock.now()
  timed.send('after', now + 5500)
  await timed.clock.advance(5499)
  t.deepEqual(await timed.ids(), ['before'])
  await timed.clock.advance(1000)
  t.deepEqual(await timed.ids(), ['before', 'after'])
  await timed.stop()
})

test('a slave puts messages aside and delivers none', async (t) => {
  const timed = await TimedStore.open({ brokerId: 1 })
  timed.send('a', start + 2000)
  await timed.clock.advance(10_000)
  t.deepEqual(await timed.ids(), [])
  await timed.stop()
  const { files, clock } = timed
  const master = await TimedStore.open({ files, clock })
  await master.clock.advance(1000)
  t.deepEqual(await master.ids(), ['a'])
  await master.stop()
})

test('a record that nobody needs is passed over', async (t) => {
  const timed = await TimedStore.open({ isWanted: ({ messageId }) => messageId !== 'a' })
  timed.send('a', start + 2000)
  timed.send('b', start + 2000)
  await timed.clock.advance(4000)
  t.deepEqual(await timed.ids(), ['b'])
  await timed.stop()
})

test('a timer with nothing to wait for does not tick, and a stopped one leaves nothing', async (t) => {
  const timed = await TimedStore.open()
  await timed.clock.advance(1)
  const idle = timed.clock.pending
  timed.send('a', start + 2000)
  await timed.clock.advance(300)
  t.is(timed.clock.pending, idle + 1)
  await timed.clock.advance(3000)
  t.is(timed.clock.pending, idle)
  await timed.stop()
  t.is(timed.clock.pending, 0)
})

test('what waits is counted by topic, less what is recalled, also after a restart', async (t) => {
  const timed = await TimedStore.open()
  const counts = () =>
    (timed.timer.figures?.waiting ?? []).map(({ topicHash, count }) => [topicHash, count])
  const orders = javaHash(target.topic)
  t.deepEqual(counts(), [])
  for (const id of ['a', 'b', 'c']) timed.send(id, start + 5000)
  timed.send('d', start + 9000)
  await timed.clock.advance(200)
  t.deepEqual(counts(), [[orders, 4]])
  timed.recall('b', start + 5000)
  await timed.clock.advance(200)
  t.deepEqual(counts(), [[orders, 3]])
  const again = await timed.restart()
  t.deepEqual(
    again.timer.figures?.waiting.map(({ count }) => count),
    [3],
  )
  await again.clock.advance(7000)
  t.deepEqual(
    again.timer.figures?.waiting.map(({ count }) => count),
    [1],
  )
  t.like(again.timer.figures ?? {}, { notTakenIn: 0, lateSeconds: 0 })
  await again.clock.advance(5000)
  t.deepEqual(again.timer.figures?.waiting, [])
  await again.stop()
})
