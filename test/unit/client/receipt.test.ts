// Source: ExtraInfoUtil. Pops and acks of Apache's own are in test/golden/client-pop.test.ts.

import test from 'ava'
import { batchesOf } from '../../../src/client/batch-ack.ts'
import {
  infoOf,
  orderCount,
  parseReceipt,
  plainTopic,
  printReceipt,
  realTopic,
  receiptsOf,
} from '../../../src/client/receipt.ts'
import type { PopReceipt } from '../../../src/client/types.ts'
import type { Message } from '../../../src/message/message.ts'

const receipt = (given: Partial<PopReceipt> = {}): PopReceipt => ({
  topic: 't',
  broker: 'b',
  checkpointOffset: 10,
  popTime: 1_795_452_795_901,
  invisibleMs: 10_000,
  reviveQueueId: 3,
  retryFlag: 0,
  queueId: 1,
  queueOffset: 12,
  position: 500,
  ...given,
})

/** What a receipt needs to know of a message. */
const message = (given: Partial<Message> = {}): Message =>
  ({
    topic: 't',
    queueId: 1,
    queueOffset: 12,
    position: 500,
    properties: new Map(),
    ...given,
  }) as Message

const answer = {
  topic: 't',
  group: 'g',
  broker: 'b',
  popTime: 1_795_452_795_901,
  invisibleMs: 10_000,
  reviveQueueId: 3,
  startOffsetInfo: undefined,
  msgOffsetInfo: undefined,
}

test('retry topics have two forms of names', (t) => {
  t.is(realTopic('t', 'g', 0), 't')
  t.is(realTopic('t', 'g', 1), '%RETRY%g_t')
  t.is(realTopic('t', 'g', 2), '%RETRY%g+t')
  for (const flag of [0, 1, 2] as const) t.is(plainTopic(realTopic('t', 'g', flag), 'g', flag), 't')
})

test('a receipt is printed in eight fields and read back', (t) => {
  const text = printReceipt(receipt({ retryFlag: 1, topic: '%RETRY%g_t' }))
  t.is(text, '10 1795452795901 10000 3 1 b 1 12')
  t.deepEqual(parseReceipt(text, 't', 'g', 500), receipt({ retryFlag: 1, topic: '%RETRY%g_t' }))
  t.deepEqual(parseReceipt(`${text} 999`, 't', 'g', 500).queueOffset, 12)
})

for (const text of ['', '10 1 2 3 0 b 1', '10 x 2 3 0 b 1 12', '10 1 2 3 0 b 1 1e3']) {
  test(`"${text}" is no receipt`, (t) => {
    t.like(
      t.throws(() => parseReceipt(text, 't', 'g', 0)),
      { failure: 'broker-error' },
    )
  })
}

test('each message gets the offset at its place in the list of its queue', (t) => {
  const messages = [
    message({ queueId: 1, queueOffset: 12 }),
    message({ queueId: 0, queueOffset: 5 }),
    message({ queueId: 1, queueOffset: 14 }),
    message({ topic: '%RETRY%g_t', queueId: 0, queueOffset: 2 }),
  ]
  const receipts = receiptsOf(messages, {
    ...answer,
    startOffsetInfo: '0 1 11;0 0 5;1 0 2',
    msgOffsetInfo: '0 1 12,14;0 0 5;1 0 2',
  })
  t.deepEqual(
    receipts.map(({ topic, retryFlag, queueId, checkpointOffset, queueOffset }) =>
      [topic, retryFlag, queueId, checkpointOffset, queueOffset].join(' '),
    ),
    ['t 0 1 11 12', 't 0 0 5 5', 't 0 1 11 14', '%RETRY%g_t 1 0 2 2'],
  )
})

test('a redelivered message brings its own receipt', (t) => {
  const properties = new Map([['POP_CK', '7 100 20 2 2 b 0 8']])
  const [own] = receiptsOf([message({ properties })], { ...answer, startOffsetInfo: '0 1 11' })
  t.deepEqual(own, {
    topic: '%RETRY%g+t',
    broker: 'b',
    checkpointOffset: 7,
    popTime: 100,
    invisibleMs: 20,
    reviveQueueId: 2,
    retryFlag: 2,
    queueId: 0,
    queueOffset: 8,
    position: 500,
  })
})

test('without the info of an old broker the message itself tells', (t) => {
  t.deepEqual(receiptsOf([message()], answer), [receipt({ checkpointOffset: 12 })])
})

test('deliveries of an orderly group are told by offset or by queue', (t) => {
  const info = infoOf('0 qo1%12 3;0 2 1')
  t.is(orderCount(receipt(), info), 3)
  t.is(orderCount(receipt({ queueId: 2 }), info), 1)
  t.is(orderCount(receipt({ queueId: 5 }), info), undefined)
})

test('acks of one pop and queue are the bits of one set', (t) => {
  const receipts = [
    receipt({ queueOffset: 10 }),
    receipt({ queueOffset: 12 }),
    receipt({ queueOffset: 19 }),
    receipt({ retryFlag: 1, topic: '%RETRY%g_t', queueId: 0, queueOffset: 10 }),
    receipt({ broker: 'c' }),
  ]
  const bodies = batchesOf('g', receipts).map(({ broker, body }) => ({
    broker,
    body: JSON.parse(Buffer.from(body).toString()),
  }))
  const common = { c: 'g', t: 't', so: 10, rq: 3, pt: 1_795_452_795_901, it: 10_000 }
  t.deepEqual(bodies, [
    {
      broker: 'b',
      body: {
        brokerName: 'b',
        acks: [
          // Bits 0, 2 and 9.
          { ...common, r: '0', q: 1, b: Buffer.of(5, 2).toString('base64') },
          { ...common, r: '1', q: 0, b: Buffer.of(1).toString('base64') },
        ],
      },
    },
    {
      broker: 'c',
      body: {
        brokerName: 'c',
        acks: [{ ...common, r: '0', q: 1, b: Buffer.of(4).toString('base64') }],
      },
    },
  ])
})

test('an ack far from the start of its pop makes no large set', (t) => {
  const [batch] = batchesOf('g', [receipt({ queueOffset: 2 ** 40 })])
  const { acks } = JSON.parse(Buffer.from(batch?.body ?? '').toString())
  t.like(acks, [{ so: 2 ** 40, b: 'AQ==' }])
})
