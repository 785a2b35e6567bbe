// Idempotent sends: an id is stored once within the window.

import test from 'ava'
import type { KeyIndex } from '../../../src/broker/ports.ts'
import { printProperties } from '../../../src/message/properties.ts'
import { decodeRecord } from '../../../src/message/record.ts'
import { ArrayStore } from '../../support/array-store.ts'
import { answerOf, ask, brokerParts } from '../../support/broker.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const sendMessageV2 = 310
const heartBeat = 34
const keyReused = 4011

const send = (id: string, digest: string, more: [string, string][] = []) => ({
  a: 'p',
  b: 't',
  c: 'TBW102',
  d: 4,
  e: 2,
  f: 0,
  g: 1_700_000_000_000,
  h: 0,
  i: printProperties([['UNIQ_KEY', id], ['__RWDIGEST', digest], ...more]),
  j: 0,
  k: false,
  m: false,
})
const body = Buffer.from('hello')

/** Looks through the records of queue 2 and of the timer topic; counts how often it is asked. */
function indexOver(store: ArrayStore): KeyIndex & { asked: number } {
  return {
    asked: 0,
    async queryByKey({ topic, key, beginTimestamp }) {
      this.asked++
      const queueId = topic === 't' ? 2 : 0
      const { records } = await store.read({
        topic,
        queueId,
        offset: 0,
        maxCount: 100,
        maxBytes: 1e6,
      })
      const found = records.filter((record) => {
        const { messageId, storeTimestamp } = decodeRecord(record)
        return messageId === key && storeTimestamp >= beginTimestamp
      })
      return { records: found, lastUpdateTimestamp: 0, lastUpdatePosition: 0 }
    },
  }
}

function broker(given: { store?: ArrayStore; clock?: FakeClock; dedupCountMax?: number } = {}) {
  const clock = given.clock ?? new FakeClock()
  const store = given.store ?? new ArrayStore(() => clock.now())
  const keyIndex = indexOver(store)
  const { dedupCountMax = 100 } = given
  const parts = brokerParts({ topics: { t: 4 }, store, clock, keyIndex, config: { dedupCountMax } })
  return { ...parts, keyIndex }
}

/** As long as a window, after which everything in it is in memory. */
const windowMs = 600_000

test('a second send of an id is answered with the place of the first', async (t) => {
  const { ports, store } = broker()
  const first = await ask(ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  const second = await ask(ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  t.is(store.appended.length, 1)
  t.is(first.ext['rwReplayed'], undefined)
  t.deepEqual(second, { ...first, ext: { ...first.ext, rwReplayed: 'true' } })
})

test('an id that comes with another digest is refused', async (t) => {
  const { ports, store } = broker()
  await ask(ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  const second = await ask(ports, sendMessageV2, send('U1', 'd2'), { body }).answer
  t.is(second.code, keyReused)
  t.is(store.appended.length, 1)
})

test('a broker that was started again finds in its log what it had stored', async (t) => {
  const before = broker()
  const first = await ask(before.ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  await before.clock.advance(1000)
  const after = broker(before)
  const second = await ask(after.ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  t.is(before.store.appended.length, 1)
  t.like(second.ext, { queueId: '2', queueOffset: '0', rwReplayed: 'true' })
  t.is(second.ext['msgId'], first.ext['msgId'])
  const other = await ask(after.ports, sendMessageV2, send('U1', 'd2'), { body }).answer
  t.is(other.code, keyReused)
})

test('a message that waits for its time is found too, under its own topic and queue', async (t) => {
  const before = broker()
  const later: [string, string][] = [['TIMER_DELIVER_MS', String(before.clock.now() + 60_000)]]
  const first = await ask(before.ports, sendMessageV2, send('U1', 'd1', later), { body }).answer
  const again = await ask(before.ports, sendMessageV2, send('U1', 'd1', later), { body }).answer
  t.is(again.ext['recallHandle'], first.ext['recallHandle'])
  const after = broker(before)
  const second = await ask(after.ports, sendMessageV2, send('U1', 'd1', later), { body }).answer
  t.is(before.store.appended.length, 1)
  t.like(second.ext, { queueId: '2', rwReplayed: 'true' })
})

test('of two sends that come while the log is asked one is stored', async (t) => {
  const { ports, store } = broker()
  const sends = [1, 2].map(() => ask(ports, sendMessageV2, send('U1', 'd1'), { body }).answer)
  const replayed = (await Promise.all(sends)).map(({ ext }) => ext['rwReplayed'])
  t.is(store.appended.length, 1)
  t.deepEqual(replayed, [undefined, 'true'])
})

test('after the window an id is new again, and the log is not asked', async (t) => {
  const { ports, store, clock, keyIndex } = broker()
  await ask(ports, sendMessageV2, send('U1', 'd1'), { body }).answer
  await clock.advance(windowMs + 1)
  const { asked } = keyIndex
  answerOf(ports, sendMessageV2, send('U1', 'd1'), { body })
  t.is(store.appended.length, 2)
  t.is(keyIndex.asked, asked)
})

test('what does not fit into memory is found in the log', async (t) => {
  const { ports, store, clock } = broker({ dedupCountMax: 2 })
  await clock.advance(windowMs + 1)
  for (const id of ['U1', 'U2', 'U3', 'U4']) {
    await ask(ports, sendMessageV2, send(id, 'd'), { body }).answer
  }
  const again = await ask(ports, sendMessageV2, send('U1', 'd'), { body }).answer
  t.is(again.ext['rwReplayed'], 'true')
  t.is(store.appended.length, 4)
})

test('a replay is answered when the first send is durable', async (t) => {
  const { ports, store, clock } = broker()
  await clock.advance(windowMs + 1)
  store.durable = false
  const [first, second] = [1, 2].map(() => ask(ports, sendMessageV2, send('U1', 'd'), { body }))
  t.is(first?.now, undefined)
  t.is(second?.now, undefined)
  store.release('ok')
  t.is((await second?.answer)?.code, 0)
})

test('heartbeats say how long ids are known; without a key index nothing is promised', async (t) => {
  const heartbeat = { body: Buffer.from('{"clientID":"c"}') }
  t.is(answerOf(broker().ports, heartBeat, {}, heartbeat).ext['rwDedupWindowMs'], String(windowMs))
  const { ports, store } = brokerParts({ topics: { t: 4 } })
  t.is(answerOf(ports, heartBeat, {}, heartbeat).ext['rwDedupWindowMs'], undefined)
  for (const _ of [1, 2]) answerOf(ports, sendMessageV2, send('U1', 'd1'), { body })
  t.is(store.appended.length, 2)
})

test('what a consumer sends back is stored as often as it comes', (t) => {
  const { ports, store } = broker()
  for (const _ of [1, 2]) {
    answerOf(ports, sendMessageV2, { ...send('U1', 'd1'), b: '%RETRY%g', e: 0 }, { body })
  }
  t.is(store.appended.length, 2)
})
