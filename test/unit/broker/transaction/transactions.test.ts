// Source: TransactionalMessageServiceImpl, EndTransactionProcessor; storage facts 19

import test from 'ava'
import { halfOpTopic, halfTopic, undecidedTopic } from '../../../../src/broker/names.ts'
import { ask } from '../../../support/broker.ts'
import { bodyText, TransactionBroker } from '../../../support/transactions.ts'

const times = 'TRANSACTION_CHECK_TIMES'

test('a prepared message is a half and nobody sees it', async (t) => {
  const broker = await TransactionBroker.start()
  const half = broker.send('A')
  t.deepEqual(broker.visible(), [])
  const [record] = broker.records(halfTopic)
  t.like(record, { queueOffset: half.offset, position: half.position, sysFlag: 0, flag: 7 })
  const properties = record?.properties
  t.is(properties?.get('REAL_TOPIC'), 't')
  t.is(properties?.get('REAL_QID'), '1')
  t.is(properties?.get('__transactionId__'), 'A')
  t.is(properties?.get('TRAN_MSG'), 'true')
  await broker.stop()
})

test('a commit makes the message visible where it belongs, and its end is noted', async (t) => {
  const broker = await TransactionBroker.start()
  const half = broker.send('A')
  t.is((await broker.commit(half)).code, 0)
  const [final] = broker.records('t', 1)
  t.like(final, { sysFlag: 8, preparedPosition: half.position, flag: 7, queueId: 1 })
  t.deepEqual(
    [...(final?.properties.keys() ?? [])].filter((name) => name.startsWith('REAL_')),
    [],
  )
  t.is(final?.properties.get('PGROUP'), 'pg')
  await broker.parts.clock.advance(3000)
  const [end] = broker.records(halfOpTopic)
  t.is(end && bodyText(end), '0,')
  t.deepEqual(
    [...(end?.properties ?? [])],
    [
      ['WAIT', 'true'],
      ['TAGS', 'd'],
    ],
  )
  await broker.stop()
})

test('ends are noted together, or when they fill a record', async (t) => {
  const broker = await TransactionBroker.start({ transactionOpMsgMaxSize: 8 })
  for (let i = 0; i < 6; i++) await broker.rollback(broker.send(`k${i}`))
  t.deepEqual(broker.records(halfOpTopic).map(bodyText), ['0,1,2,3,'])
  await broker.parts.clock.advance(3000)
  t.deepEqual(broker.records(halfOpTopic).map(bodyText), ['0,1,2,3,', '4,5,'])
  t.deepEqual(broker.visible(), [])
  await broker.stop()
})

test('a message with a delay level is delayed from its commit on', async (t) => {
  const broker = await TransactionBroker.start()
  const half = broker.send('A', [['DELAY', '3']])
  t.is(broker.records(halfTopic).length, 1)
  t.is((await broker.commit(half)).code, 0)
  const [waiting] = broker.records('SCHEDULE_TOPIC_XXXX', 2)
  t.is(waiting?.properties.get('REAL_TOPIC'), 't')
  t.is(waiting?.preparedPosition, half.position)
  await broker.stop()
})

const wrong = {
  'the group is another one': { producerGroup: 'other' },
  'the position is another one': { commitLogOffset: 5 },
  'there is no half at the offset': { tranStateTableOffset: 9 },
}
for (const [reason, given] of Object.entries(wrong)) {
  test(`an end is refused when ${reason}`, async (t) => {
    const broker = await TransactionBroker.start()
    const half = broker.send('A')
    for (const answer of [await broker.commit(half, given), await broker.rollback(half, given)]) {
      t.is(answer.code, 1)
    }
    t.deepEqual(broker.visible(), [])
    t.is((await broker.commit(half)).code, 0)
    await broker.stop()
  })
}

test('a second end is refused and changes nothing', async (t) => {
  const broker = await TransactionBroker.start()
  const [first, second] = [broker.send('A'), broker.send('B')]
  await broker.commit(first)
  await broker.rollback(second)
  t.is((await broker.commit(first)).code, 1)
  t.is((await broker.commit(second)).code, 1)
  t.deepEqual(broker.visible(), ['A'])
  await broker.stop()
})

test('transactional messages can be refused', async (t) => {
  const broker = await TransactionBroker.start({ rejectTransactionMessage: true })
  t.throws(() => broker.send('A'), { message: /refused/ })
  t.is(broker.records(halfTopic).length, 0)
  await broker.stop()
})

test('a producer of the group is asked about what stayed open, and its answer counts', async (t) => {
  const broker = await TransactionBroker.start()
  const half = broker.send('A')
  t.is((await broker.end(half, 0)).code, 0)
  await broker.parts.clock.advance(30_000)
  const [question] = broker.questions()
  t.like(question, { key: 'A', offset: 1 })
  t.like(question?.message, { topic: 't', queueId: 1, queueOffset: 1, flag: 7 })
  t.is(question?.message.properties.get(times), '1')
  t.is(question?.message.properties.get('WAIT'), 'false')
  t.is(question && (await broker.commit(question, { fromTransactionCheck: true })).code, 0)
  const [final] = broker.records('t', 1)
  t.is(final?.preparedPosition, question?.position)
  t.is(final?.properties.get(times), '1')
  await broker.parts.clock.advance(60_000)
  t.deepEqual(broker.questions(), [])
  t.deepEqual([...broker.savedOffsets().values()], [2, 1])
  await broker.stop()
})

test('an end that names the first half ends its copy', async (t) => {
  const broker = await TransactionBroker.start()
  const half = broker.send('A')
  await broker.parts.clock.advance(30_000)
  t.is(broker.questions().length, 1)
  t.is((await broker.commit(half)).code, 0)
  await broker.parts.clock.advance(90_000)
  t.deepEqual(broker.questions(), [])
  t.deepEqual(broker.visible(), ['A'])
  await broker.stop()
})

test('a young half is not asked about, one whose producer set a time not before it', async (t) => {
  const config = { transactionTimeOut: 6000, transactionCheckInterval: 5000 }
  const broker = await TransactionBroker.start(config)
  const slow = broker.send('slow', [['CHECK_IMMUNITY_TIME_IN_SECONDS', '60']])
  broker.send('A')
  await broker.parts.clock.advance(5000)
  t.deepEqual(broker.questions(), [])
  await broker.parts.clock.advance(5000)
  t.deepEqual(
    broker.questions().map(({ key }) => key),
    ['A'],
  )
  await broker.parts.clock.advance(45_000)
  t.false(broker.questions().some(({ key }) => key === 'slow'))
  await broker.parts.clock.advance(10_000)
  t.is((await broker.commit(slow)).code, 604)
  const asked = broker.questions().findLast(({ key }) => key === 'slow')
  t.is(asked?.message.properties.get('TRAN_PREPARED_QUEUE_OFFSET'), '0')
  t.is(asked && (await broker.commit(asked, { fromTransactionCheck: true })).code, 0)
  t.deepEqual(broker.visible(), ['slow'])
  await broker.stop()
})

test('what nobody decides is given up after the last question', async (t) => {
  const broker = await TransactionBroker.start({ transactionCheckMax: 2 })
  const half = broker.send('A')
  await broker.parts.clock.advance(300_000)
  t.is(broker.questions().length, 2)
  const [undecided] = broker.records(undecidedTopic)
  t.is(undecided?.properties.get(times), '2')
  t.is(undecided?.properties.get('REAL_TOPIC'), 't')
  t.is((await broker.commit(half)).code, 1)
  t.deepEqual(broker.visible(), [])
  t.deepEqual([...broker.savedOffsets().values()], [3, 0])
  await broker.stop()
})

test('what was given up gets another round, and can be committed then', async (t) => {
  const broker = await TransactionBroker.start({ transactionCheckMax: 1 })
  broker.send('A')
  await broker.parts.clock.advance(120_000)
  t.is(broker.questions().length, 1)
  const [undecided] = broker.records(undecidedTopic)
  const header = { topic: 't', msgId: undecided?.offsetMessageId ?? '' }
  t.is((await ask(broker.parts.ports, 323, header).answer).code, 0)
  await broker.parts.clock.advance(30_000)
  const [question] = broker.questions()
  t.is(question?.key, 'A')
  if (question) t.is((await broker.commit(question, { fromTransactionCheck: true })).code, 0)
  t.deepEqual(broker.visible(), ['A'])
  const [visible] = [0, 1].flatMap((queueId) => broker.records('t', queueId))
  const other = { topic: 't', msgId: visible?.offsetMessageId ?? '' }
  t.is((await ask(broker.parts.ports, 323, other).answer).code, 1, 'only what was given up')
  t.is((await ask(broker.parts.ports, 323, { msgId: 'no id' }).answer).code, 29)
  await broker.stop()
})

test('without a producer the half is asked about again later', async (t) => {
  const broker = await TransactionBroker.start()
  broker.producer.close()
  broker.send('A')
  await broker.parts.clock.advance(30_000)
  t.is(broker.records(halfTopic).length, 2)
  await broker.stop()
})

test('offsets are saved when the log is on disk', async (t) => {
  const broker = await TransactionBroker.start()
  let flushed = 0
  Object.defineProperty(broker.store, 'flushedPosition', { get: () => flushed })
  await broker.rollback(broker.send('A'))
  await broker.parts.clock.advance(60_000)
  t.is(broker.savedOffsets().size, 0)
  flushed = broker.store.maxPosition
  await broker.parts.clock.advance(30_000)
  t.deepEqual([...broker.savedOffsets().values()], [1, 1])
  await broker.stop()
})

test('a refused append is tried at the next look', async (t) => {
  const broker = await TransactionBroker.start()
  broker.send('A')
  broker.store.refusal = 'the disk is full'
  await broker.parts.clock.advance(30_000)
  t.deepEqual(broker.questions(), [])
  broker.store.refusal = undefined
  await broker.parts.clock.advance(30_000)
  t.is(broker.questions().length, 1)
  await broker.stop()
})

test('nothing is left behind by a stop', async (t) => {
  const broker = await TransactionBroker.start()
  await broker.rollback(broker.send('A'))
  await broker.stop()
  t.is(broker.parts.clock.pending, 0)
  t.deepEqual(broker.records(halfOpTopic).map(bodyText), ['0,'])
})
