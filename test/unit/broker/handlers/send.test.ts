// Source: SendMessageProcessor

import test from 'ava'
import { encodeBatch } from '../../../../src/message/batch.ts'
import { parseProperties, printProperties } from '../../../../src/message/properties.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

const v2 = (given: Record<string, string | number | boolean> = {}) => ({
  a: 'p',
  b: 't',
  c: 'TBW102',
  d: 4,
  e: 0,
  f: 0,
  g: 1_700_000_000_000,
  h: 7,
  i: printProperties([
    ['UNIQ_KEY', 'U1'],
    ['TAGS', 'a'],
  ]),
  j: 0,
  k: false,
  m: false,
  ...given,
})
const body = Buffer.from('hello')

test('a message is stored and its answer says where', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 4 } })
  const answer = answerOf(ports, 310, v2({ e: 2 }), { body })
  t.is(answer.code, 0)
  t.deepEqual(answer.ext, {
    msgId: '7F00000100002A9F0000000000000000',
    queueId: '2',
    queueOffset: '0',
    transactionId: 'U1',
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
    rwStoreTime: '1700000000000',
  })
  t.like(store.appended[0], { topic: 't', queueId: 2, flag: 7, body })
  t.is(store.maxOffset({ topic: 't', queueId: 2 }), 1)
})

test('both headers store the same', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 4 } })
  answerOf(ports, 310, v2(), { body })
  const full = {
    producerGroup: 'p',
    topic: 't',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    flag: 7,
    properties: v2().i,
  }
  answerOf(ports, 10, full, { body })
  const [one, other] = store.appended
  t.deepEqual({ ...one, bornHost: 0 }, { ...other, bornHost: 0 })
})

test('the broker adds region, trace and cluster and drops a receipt', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 1 } })
  const sent = printProperties([
    ['POP_CK', '0 1 2'],
    ['MSG_REGION', 'elsewhere'],
    ['KEYS', 'k'],
  ])
  answerOf(ports, 310, v2({ i: sent.slice(0, -1) }), { body })
  const { UNIQ_KEY: uniqueKey, ...stored } = Object.fromEntries(
    parseProperties(store.appended[0]?.properties ?? ''),
  )
  t.regex(uniqueKey ?? '', /^[0-9A-F]{32}$/)
  t.deepEqual(stored, {
    KEYS: 'k',
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
    CLUSTER: 'DefaultCluster',
  })
})

test('a send to an unknown topic creates it from the default topic', (t) => {
  const { ports, topics } = brokerParts()
  t.is(answerOf(ports, 310, v2({ b: 'fresh' }), { body }).code, 0)
  t.like(topics.find('fresh'), { readQueueNums: 4, writeQueueNums: 4, perm: 6 })
})

test('sends create only so many topics', (t) => {
  const { ports } = brokerParts({ config: { autoCreateTopicMax: 1 } })
  t.is(answerOf(ports, 310, v2({ b: 'one' }), { body }).code, 0)
  t.is(answerOf(ports, 310, v2({ b: 'two' }), { body }).code, 215)
})

const refused: Record<string, { ext: Record<string, string | number>; code: number }> = {
  'the topic is unknown and the default topic too': { ext: { b: 'u', c: 'none' }, code: 17 },
  'the topic name is not legal': { ext: { b: '../x' }, code: 29 },
  'the topic name is too long': { ext: { b: 'x'.repeat(128) }, code: 29 },
  'the topic belongs to the schedule': { ext: { b: 'SCHEDULE_TOPIC_XXXX' }, code: 16 },
  'the topic belongs to the system': { ext: { b: 'rmq_sys_wheel_timer' }, code: 16 },
  'the queue does not exist': { ext: { e: 4 }, code: 29 },
  'it is prepared and has an exact time': {
    ext: {
      i: printProperties([
        ['TRAN_MSG', 'true'],
        ['TIMER_DELAY_MS', '5'],
      ]),
    },
    code: 13,
  },
  'its time is too far': {
    ext: { i: printProperties([['TIMER_DELAY_SEC', '259201']]) },
    code: 13,
  },
  'its time is no number': {
    ext: { i: printProperties([['TIMER_DELIVER_MS', 'soon']]) },
    code: 13,
  },
  'it recalls a message that is due': {
    ext: {
      i: printProperties([
        ['TIMER_DELIVER_MS', '5'],
        ['TIMER_DEL_UNIQKEY', 'x'],
      ]),
    },
    code: 13,
  },
  'its retry group is not legal': { ext: { b: `%RETRY%${'g'.repeat(130)}` }, code: 26 },
}

for (const [reason, { ext, code }] of Object.entries(refused)) {
  test(`a send is refused and nothing is stored when ${reason}`, (t) => {
    const { ports, store } = brokerParts({ topics: { t: 4 } })
    t.is(answerOf(ports, 310, v2(ext), { body }).code, code)
    t.deepEqual(store.appended, [])
  })
}

test('a body over the limit is refused', (t) => {
  const { ports } = brokerParts({ topics: { t: 1 }, config: { maxMessageSize: 4 } })
  t.is(answerOf(ports, 310, v2(), { body }).code, 13)
})

test('a queue is picked when none is asked for', (t) => {
  const { ports } = brokerParts({ topics: { t: 4 } })
  t.is(answerOf(ports, 310, v2({ e: -1 }), { body }).ext['queueId'], '0')
})

test('an answer waits until the message is durable and says how that ended', (t) => {
  const codes = { ok: 0, 'flush-disk-timeout': 10, 'slave-not-available': 11 } as const
  for (const [status, code] of Object.entries(codes)) {
    const { ports, store } = brokerParts({ topics: { t: 1 } })
    store.durable = false
    const asked = ask(ports, 310, v2(), { body })
    t.is(asked.now, undefined)
    store.release(status as keyof typeof codes)
    t.is(asked.now?.code, code)
    t.is(asked.now?.ext['queueOffset'], '0')
  }
})

test('a message that does not wait is answered at once', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 1 } })
  store.durable = false
  t.is(answerOf(ports, 310, v2({ i: printProperties([['WAIT', 'false']]) }), { body }).code, 0)
})

test('a message with a delay level waits in the schedule topic', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 4 } })
  const answer = answerOf(ports, 310, v2({ e: 3, i: printProperties([['DELAY', '99']]) }), { body })
  t.is(answer.ext['queueId'], '3')
  t.like(store.appended[0], { topic: 'SCHEDULE_TOPIC_XXXX', queueId: 17 })
  const properties = parseProperties(store.appended[0]?.properties ?? '')
  t.is(properties.get('REAL_TOPIC'), 't')
  t.is(properties.get('REAL_QID'), '3')
  t.is(properties.get('DELAY'), '99')
})

test('a batch is stored whole and answered with all its ids', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 1 } })
  const entries = ['a', 'b', 'c'].map((text) => ({
    flag: 1,
    body: Buffer.from(text),
    properties: printProperties([['TAGS', text]]),
  }))
  const answer = answerOf(ports, 320, v2({ m: true }), { body: encodeBatch(entries) })
  t.is(answer.code, 0)
  t.is(answer.ext['msgId']?.split(',').length, 3)
  t.is(answer.ext['transactionId'], 'U1')
  t.is(store.maxOffset({ topic: 't', queueId: 0 }), 3)
})

test('a batch to a retry topic is refused', (t) => {
  const { ports } = brokerParts()
  t.is(answerOf(ports, 320, v2({ b: '%RETRY%g', m: true }), { body }).code, 13)
})

test('a re-send that came too often goes to the dead letters', (t) => {
  const { ports, store } = brokerParts()
  const ext = v2({ b: '%RETRY%g', j: 4, l: 3, i: printProperties([['DELAY', '3']]) })
  t.is(answerOf(ports, 310, ext, { body }).code, 0)
  t.like(store.appended[0], { topic: '%DLQ%g', queueId: 0, reconsumeTimes: 4 })
})

test('a re-send of an orderly consumer goes to the dead letters', (t) => {
  const { ports, store, locks } = brokerParts()
  locks.lock('g', { topic: 't', queueId: 0 }, 'c')
  t.is(answerOf(ports, 310, v2({ b: '%RETRY%g', j: 1 }), { body }).code, 0)
  t.is(store.appended[0]?.topic, '%DLQ%g')
})

test('a re-send below the limit waits for its delay and then goes to the retry topic', (t) => {
  const { ports, store, topics } = brokerParts()
  const ext = v2({ b: '%RETRY%g', j: 1, i: printProperties([['DELAY', '4']]) })
  t.is(answerOf(ports, 310, ext, { body }).code, 0)
  t.like(store.appended[0], { topic: 'SCHEDULE_TOPIC_XXXX', queueId: 3 })
  t.truthy(topics.find('%RETRY%g'))
})

test('a message with an exact time waits in the timer topic, and its answer has a recall handle', (t) => {
  const { ports, store, clock } = brokerParts({ topics: { t: 4 } })
  const i = printProperties([
    ['UNIQ_KEY', 'U1'],
    ['TIMER_DELIVER_MS', '1'],
    ['TIMER_DELAY_MS', '1'],
    ['TIMER_DELAY_SEC', '5'],
  ])
  const answer = answerOf(ports, 310, v2({ e: 2, i }), { body })
  const outMs = clock.now() + 4000
  t.like(store.appended[0], { topic: 'rmq_sys_wheel_timer', queueId: 0 })
  const stored = Object.fromEntries(parseProperties(store.appended[0]?.properties ?? ''))
  t.like(stored, { TIMER_OUT_MS: String(outMs), REAL_TOPIC: 't', REAL_QID: '2' })
  t.is(answer.ext['queueId'], '2')
  const handle = Buffer.from(answer.ext['recallHandle'] ?? '', 'base64').toString()
  t.is(handle, `v1 t broker-a ${outMs + 1} U1`)
  t.is((answer.ext['recallHandle'] ?? '').length % 4, 0)
})

test('a delay level wins over an exact time', (t) => {
  const { ports, store } = brokerParts({ topics: { t: 4 } })
  const i = printProperties([
    ['TIMER_DELAY_SEC', '5'],
    ['DELAY', '1'],
  ])
  const answer = answerOf(ports, 310, v2({ i }), { body })
  t.is(answer.ext['recallHandle'], undefined)
  t.is(store.appended[0]?.topic, 'SCHEDULE_TOPIC_XXXX')
  t.false(store.appended[0]?.properties.includes('TIMER_'))
})
