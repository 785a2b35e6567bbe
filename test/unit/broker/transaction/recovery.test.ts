// What a broker that was killed finds in its log.

import test from 'ava'
import { halfOpTopic, halfTopic } from '../../../../src/broker/names.ts'
import { hostBytes } from '../../../../src/message/hosts.ts'
import { bodyText, TransactionBroker } from '../../../support/transactions.ts'

const storeHost = hostBytes('127.0.0.1', 10911)
const none: ReadonlyMap<string, number> = new Map()

test('a commit whose note was lost is found by its message', async (t) => {
  for (const cold of [false, true]) {
    const before = await TransactionBroker.start()
    const [done, open] = [before.send('done'), before.send('open')]
    const delayed = before.send('delayed', [['DELAY', '2']])
    await before.commit(done)
    await before.commit(delayed)
    before.store.cold = cold
    const after = await before.restart(none)
    t.is((await after.commit(done)).code, 1)
    t.is((await after.commit(delayed)).code, 1)
    t.deepEqual(after.visible(), ['done'])
    t.is((await after.commit(open)).code, 0)
    t.deepEqual(after.visible(), ['done', 'open'])
    await after.stop()
  }
})

test('halves that were appended anew stand for the earlier ones after a crash', async (t) => {
  const before = await TransactionBroker.start()
  const half = before.send('A')
  await before.parts.clock.advance(60_000)
  t.is(before.records(halfTopic).length, 3)
  const after = await before.restart(none)
  t.is((await after.rollback(half)).code, 0)
  await after.parts.clock.advance(3000)
  t.deepEqual(after.records(halfOpTopic).map(bodyText), ['2,'])
  await after.parts.clock.advance(60_000)
  t.deepEqual(after.questions(), [])
  await after.stop()
})

// Found by the property test with seed 240098450: the earlier copies stood for it again.
test('what ended after it was asked about stays ended after a crash', async (t) => {
  const before = await TransactionBroker.start()
  const half = before.send('A')
  await before.parts.clock.advance(60_000)
  t.is((await before.commit(half)).code, 0)
  await before.parts.clock.advance(3000)
  const after = await before.restart(none)
  t.is((await after.commit(half)).code, 1)
  after.send('B')
  t.is((await after.commit(half)).code, 1)
  t.deepEqual(after.visible(), ['A'])
  await after.stop()
})

test('a restart in order knows everything from the notes', async (t) => {
  const before = await TransactionBroker.start()
  const [first, second] = [before.send('A'), before.send('B')]
  await before.rollback(second)
  await before.stop()
  const after = await before.restart(before.savedOffsets())
  t.is((await after.commit(second)).code, 1)
  t.is((await after.commit(first)).code, 0)
  t.deepEqual(after.visible(), ['A'])
  await after.stop()
})

test('notes of 4.x, one offset each, are understood', async (t) => {
  const before = await TransactionBroker.start()
  const half = before.send('A')
  before.store.append({
    topic: halfOpTopic,
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 0,
    bornHost: storeHost,
    storeHost,
    reconsumeTimes: 0,
    preparedPosition: 0,
    body: Buffer.from('0'),
    properties: 'TAGS\u0001d\u0002',
  })
  const after = await before.restart(none)
  t.is((await after.commit(half)).code, 1)
  await after.stop()
})

test('offsets outside the queues are brought into them', async (t) => {
  const before = await TransactionBroker.start()
  before.send('A')
  const after = await before.restart(
    new Map([
      [halfTopic, 99],
      [halfOpTopic, 99],
    ]),
  )
  const half = after.send('B')
  t.is((await after.commit(half)).code, 0)
  await after.stop()
})
