// Topics with queue.type=BatchCQ, as clients meet them.
// Source: SendMessageProcessor.sendBatchMessage, HookUtils.checkInnerBatch.

import test from 'ava'
import { BatchTopics } from '../../../src/broker/batch-topics.ts'
import { topicConfig } from '../../../src/broker/start-topics.ts'
import { encodeBatch } from '../../../src/message/batch.ts'
import { sysFlags } from '../../../src/message/flags.ts'
import { unwrapped } from '../../../src/message/inner-batch.ts'
import { parseProperties, printProperties } from '../../../src/message/properties.ts'
import { decodeRecord } from '../../../src/message/record.ts'
import { answerOf, brokerParts } from '../../support/broker.ts'
import { innerBatch } from '../../support/messages.ts'

const attributes = { 'queue.type': 'BatchCQ' }

function started() {
  const parts = brokerParts({ topics: { plain: 1 } })
  parts.topics.put({ ...topicConfig('b', 1), attributes })
  return parts
}

const header = (properties: Record<string, string>, given: Record<string, string> = {}) => ({
  ...{ a: 'p', b: 'b', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0, j: 0, k: false },
  m: true,
  i: printProperties(Object.entries(properties)),
  ...given,
})

const batchOf = (count: number): Uint8Array =>
  encodeBatch(
    Array.from({ length: count }, (_, at) => ({
      flag: at,
      body: Buffer.from(`m${at}`),
      properties: printProperties([['UNIQ_KEY', `U${at}`]]),
    })),
  )

test('a batch with an id is kept whole, and the answer says so', (t) => {
  const { ports, store } = started()
  const answer = answerOf(ports, 320, header({ UNIQ_KEY: 'UB' }), { body: batchOf(3) })
  t.is(answer.code, 0)
  t.like(answer.ext, { batchUniqId: 'UB', transactionId: 'UB', queueOffset: '0' })
  t.is(answer.ext['msgId']?.includes(','), false)
  const [stored] = store.appended
  t.is(stored?.sysFlag, sysFlags.innerBatch | sysFlags.needUnwrap)
  const properties = parseProperties(stored?.properties ?? '')
  t.is(properties.get('INNER_NUM'), '3')
  t.is(properties.get('CLUSTER'), 'DefaultCluster')
})

const refused: Record<string, Parameters<typeof answerOf>> = {
  'a batch without an id': [started().ports, 320, header({}), { body: batchOf(2) }],
  'a batch of nothing': [started().ports, 320, header({ UNIQ_KEY: 'U' }), { body: batchOf(0) }],
  'a batch that cannot be read': [
    started().ports,
    320,
    header({ UNIQ_KEY: 'U' }),
    { body: Buffer.alloc(30, 1) },
  ],
  'a batch with a delay': [
    started().ports,
    320,
    header({ UNIQ_KEY: 'U', DELAY: '3' }),
    { body: batchOf(2) },
  ],
  'a message that is no batch': [
    started().ports,
    310,
    { ...header({ UNIQ_KEY: 'U' }), m: false },
    { body: Buffer.from('alone') },
  ],
}

for (const [what, [ports, code, ext, more]] of Object.entries(refused)) {
  test(`${what} is refused with 13`, (t) => {
    t.is(answerOf(ports, code, ext, more).code, 13)
  })
}

test('a batch to another topic is taken apart, as ever', (t) => {
  const { ports, store } = started()
  const ext = header({ UNIQ_KEY: 'UB' }, { b: 'plain' })
  const answer = answerOf(ports, 320, ext, { body: batchOf(3) })
  t.is(answer.code, 0)
  t.is(answer.ext['batchUniqId'], undefined)
  t.is(store.maxOffset({ topic: 'plain', queueId: 0 }), 3)
})

test('a topic that keeps batches whole cannot be popped', (t) => {
  const { ports } = started()
  const ext = {
    ...{ consumerGroup: 'G', topic: 'b', queueId: -1, maxMsgNums: 1, invisibleTime: 1000 },
    ...{ pollTime: 0, bornTime: 0, initMode: 0, expType: 'TAG', exp: '*', order: false },
  }
  t.like(answerOf(ports, 200050, ext), { code: 16 })
})

test('a message of a batch cannot be given back alone', (t) => {
  const { ports, store } = started()
  const { position } = store.append(innerBatch(['a', 'b'], { topic: 'b' }))
  const ext = { offset: position, group: 'G', delayLevel: 0 }
  t.is(answerOf(ports, 36, ext).code, 13)
})

test('a batch comes apart into its messages, and nothing else does', (t) => {
  const { store } = started()
  store.append(innerBatch(['a', 'b'], { topic: 'b' }))
  const [bytes] = store.recordsOf({ topic: 'b', queueId: 0 })
  const record = decodeRecord(bytes ?? new Uint8Array(0))
  const messages = unwrapped({ ...record, queueOffset: 7 })
  t.deepEqual(
    messages.map((one) => [one.queueOffset, Buffer.from(one.body).toString()]),
    [
      [7, 'a'],
      [8, 'b'],
    ],
  )
  t.is(messages[1]?.properties.get('KEYS'), 'of b')
  t.is(messages[1]?.position, record.position)
  for (const sysFlag of [0, sysFlags.innerBatch, record.sysFlag | sysFlags.compressed]) {
    const plain = { ...record, sysFlag }
    t.deepEqual(unwrapped(plain), [plain])
  }
  t.throws(() => unwrapped({ ...record, body: record.body.subarray(1) }), { message: /batch/ })
})

test('the file of topics says which keep batches whole, until there is a table', (t) => {
  const load = <T>(parse: (value: unknown) => T): T =>
    parse({ topicConfigTable: { b: { topicName: 'b', attributes }, plain: { attributes: null } } })
  const topics = new BatchTopics({ load })
  t.deepEqual([topics.has('b'), topics.has('plain'), topics.has('new')], [true, false, false])
  topics.follow({ find: (name) => (name === 'new' ? { attributes } : undefined) })
  t.deepEqual([topics.has('b'), topics.has('new')], [false, true])
  t.false(new BatchTopics({ load: () => undefined }).has('b'))
})
