// Source: SendMessageProcessor.consumerSendMsgBack; storage facts 17

import test from 'ava'
import { parseGroupConfig } from '../../../../src/broker/groups.ts'
import { parseProperties, printProperties } from '../../../../src/message/properties.ts'
import { answerOf, ask, brokerParts, FakePeer } from '../../../support/broker.ts'

const properties: [string, string][] = [
  ['UNIQ_KEY', 'U1'],
  ['TAGS', 'a'],
]

function sent() {
  const parts = brokerParts({ topics: { t: 1 } })
  const i = printProperties(properties)
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 5, h: 7, i }
  const answer = answerOf(parts.ports, 310, ext, { body: Buffer.from('x'), peer: new FakePeer() })
  parts.store.appended.length = 0
  return { ...parts, messageId: answer.ext['msgId'] ?? '' }
}

const back = { offset: 0, group: 'g', delayLevel: 0, originMsgId: 'U1', originTopic: 't' }

test('a message given back waits for its level and then goes to the retry topic', (t) => {
  const { ports, store, topics, messageId } = sent()
  t.is(answerOf(ports, 36, back).code, 0)
  const [message] = store.appended
  t.like(message, {
    topic: 'SCHEDULE_TOPIC_XXXX',
    queueId: 2,
    reconsumeTimes: 1,
    flag: 7,
    bornTimestamp: 5,
  })
  t.is(Buffer.from(message?.body ?? []).toString(), 'x')
  const { MSG_REGION, TRACE_ON, CLUSTER, ...own } = Object.fromEntries(
    parseProperties(message?.properties ?? ''),
  )
  t.deepEqual(own, {
    UNIQ_KEY: 'U1',
    TAGS: 'a',
    RETRY_TOPIC: 't',
    ORIGIN_MESSAGE_ID: messageId,
    WAIT: 'false',
    DELAY: '3',
    REAL_TOPIC: '%RETRY%g',
    REAL_QID: '0',
  })
  t.deepEqual([MSG_REGION, TRACE_ON, CLUSTER], ['DefaultRegion', 'true', 'DefaultCluster'])
  t.like(topics.find('%RETRY%g'), { readQueueNums: 1, perm: 6 })
})

test('a level that the client asks for is taken', (t) => {
  const { ports, store } = sent()
  answerOf(ports, 36, { ...back, delayLevel: 1 })
  t.is(store.appended[0]?.queueId, 0)
})

test('a message that came often enough goes to the dead letters at once', (t) => {
  const { ports, store, topics } = sent()
  t.is(answerOf(ports, 36, { ...back, maxReconsumeTimes: 0 }).code, 0)
  t.like(store.appended[0], { topic: '%DLQ%g', queueId: 0, reconsumeTimes: 1 })
  t.is(parseProperties(store.appended[0]?.properties ?? '').get('DELAY'), '0')
  t.like(topics.find('%DLQ%g'), { perm: 6, writeQueueNums: 1 })
})

test('a negative level is the way to the dead letters', (t) => {
  const { ports, store } = sent()
  answerOf(ports, 36, { ...back, delayLevel: -1 })
  t.is(store.appended[0]?.topic, '%DLQ%g')
})

test('an old client has the limit of its group', (t) => {
  const { ports, store, groups } = sent()
  groups.put(parseGroupConfig({ groupName: 'g', retryMaxTimes: 0 }))
  answerOf(ports, 36, { ...back, maxReconsumeTimes: 9 }, { version: 100 })
  t.is(store.appended[0]?.topic, '%DLQ%g')
})

test('a group without retry queues drops what is given back', (t) => {
  const { ports, store, groups } = sent()
  groups.put(parseGroupConfig({ groupName: 'g', retryQueueNums: 0 }))
  t.is(answerOf(ports, 36, back).code, 0)
  t.deepEqual(store.appended, [])
})

test('a message that is not there cannot be given back', (t) => {
  t.is(answerOf(sent().ports, 36, { ...back, offset: 5 }).code, 1)
})

test('a cold message is read and given back', async (t) => {
  const { ports, store } = sent()
  store.cold = true
  store.durable = false
  const asked = ask(ports, 36, back)
  await new Promise(setImmediate)
  t.is(asked.now, undefined)
  t.is(store.appended.length, 1)
  store.release('ok')
  t.is((await asked.answer).code, 0)
})
