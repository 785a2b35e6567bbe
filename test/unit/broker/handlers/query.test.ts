// Source: QueryMessageProcessor

import test from 'ava'
import { decodeRecord } from '../../../../src/message/record.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

function sent() {
  const parts = brokerParts({ topics: { t: 1 } })
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 5, h: 7 }
  answerOf(parts.ports, 310, ext, { body: Buffer.from('x') })
  return parts
}

test('a message is found by its position, hot or cold', async (t) => {
  for (const cold of [false, true]) {
    const { ports, store } = sent()
    store.cold = cold
    const { code, body } = await ask(ports, 33, { offset: 0, topic: 't' }).answer
    t.is(code, 0)
    t.is(Buffer.from(decodeRecord(body).body).toString(), 'x')
  }
})

test('a position without a message is an error', (t) => {
  t.is(answerOf(sent().ports, 33, { offset: 3 }).code, 1)
})

const byKey = { topic: 't', key: 'k', maxNum: 99, beginTimestamp: 0, endTimestamp: 9 }

test('a store without an index finds nothing by key', (t) => {
  t.is(answerOf(sent().ports, 12, byKey).code, 22)
})

test('messages are found by key', (t) => {
  const { ports } = sent()
  const asked: unknown[] = []
  const keyIndex = {
    queryByKey(query: object) {
      asked.push(query)
      return { records: [Buffer.from('r')], lastUpdateTimestamp: 4, lastUpdatePosition: 5 }
    },
  }
  const answer = answerOf({ ...ports, keyIndex }, 12, byKey)
  t.is(answer.body.toString(), 'r')
  t.deepEqual(answer.ext, { indexLastUpdateTimestamp: '4', indexLastUpdatePhyoffset: '5' })
  const { maxNum, ...query } = byKey
  t.is(maxNum, 99)
  t.deepEqual(asked, [{ ...query, maxCount: 64 }])
})
