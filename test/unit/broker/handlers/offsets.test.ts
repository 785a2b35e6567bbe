// Source: ConsumerManageProcessor, AdminBrokerProcessor

import test from 'ava'
import { answerOf, brokerParts } from '../../../support/broker.ts'

const queue = { topic: 't', queueId: 0 }
const ask = { consumerGroup: 'g', ...queue }

function filled(count: number) {
  const parts = brokerParts({ topics: { t: 1 } })
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0 }
  for (let at = 0; at < count; at++) {
    answerOf(parts.ports, 310, ext, { body: Buffer.from('x') })
  }
  return parts
}

test('a committed offset is returned as it is', (t) => {
  const { ports } = filled(1)
  t.is(answerOf(ports, 15, { ...ask, commitOffset: 42 }).code, 0)
  t.deepEqual(answerOf(ports, 14, ask).ext, { offset: '42' })
})

test('a new group begins at zero on a queue that is empty from the start', (t) => {
  t.deepEqual(answerOf(filled(0).ports, 14, ask).ext, { offset: '0' })
})

test('a new group begins at zero while the first message is in memory', (t) => {
  t.deepEqual(answerOf(filled(3).ports, 14, ask).ext, { offset: '0' })
})

test('a new group gets no offset when the first message is gone', (t) => {
  const { ports, store } = filled(3)
  store.trim(queue, 1)
  t.is(answerOf(ports, 14, ask).code, 22)
})

test('a new group gets no offset when the first message is cold', (t) => {
  const { ports, store } = filled(3)
  store.cold = true
  t.is(answerOf(ports, 14, ask).code, 22)
})

test('a new group gets no offset when the caller forbids zero', (t) => {
  t.is(answerOf(filled(0).ports, 14, { ...ask, setZeroIfNotFound: false }).code, 22)
})

test('a group gets no offset in a topic that does not exist', (t) => {
  t.is(answerOf(filled(0).ports, 14, { ...ask, topic: 'u' }).code, 22)
})

const refused = {
  'the topic does not exist': { ext: { topic: 'u' }, code: 17 },
  'the queue does not exist': { ext: { queueId: 1 }, code: 29 },
  'the group name is not legal': { ext: { consumerGroup: 'a b' }, code: 26 },
}

for (const [reason, { ext, code }] of Object.entries(refused)) {
  test(`an offset is not committed when ${reason}`, (t) => {
    t.is(answerOf(filled(0).ports, 15, { ...ask, commitOffset: 1, ...ext }).code, code)
  })
}

test('an offset may go back', (t) => {
  const { ports } = filled(0)
  answerOf(ports, 15, { ...ask, commitOffset: 9 })
  answerOf(ports, 15, { ...ask, commitOffset: 3 })
  t.deepEqual(answerOf(ports, 14, ask).ext, { offset: '3' })
})

test('the ends of a queue are its min and max', (t) => {
  const { ports, store } = filled(5)
  store.trim(queue, 2)
  t.deepEqual(answerOf(ports, 30, queue).ext, { offset: '5' })
  t.deepEqual(answerOf(ports, 31, queue).ext, { offset: '2' })
})

test('the earliest store time of an empty queue is -1', (t) => {
  t.deepEqual(answerOf(filled(0).ports, 32, queue).ext, { timestamp: '-1' })
  t.deepEqual(answerOf(filled(1).ports, 32, queue).ext, { timestamp: '1700000000000' })
})

test('an offset is found by time', async (t) => {
  const parts = filled(2)
  await parts.clock.advance(1000)
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0 }
  answerOf(parts.ports, 310, ext, { body: Buffer.from('late') })
  const at = (timestamp: number, boundaryType = 'LOWER') =>
    answerOf(parts.ports, 29, { ...queue, timestamp, boundaryType }).ext['offset']
  t.is(at(0), '0')
  t.is(at(1_700_000_000_001), '2')
  t.is(at(1_700_000_000_000, 'upper'), '1')
  t.is(at(1_800_000_000_000), '3')
})
