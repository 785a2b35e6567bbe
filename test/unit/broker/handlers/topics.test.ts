// Source: AdminBrokerProcessor, TopicConfigManager

import test from 'ava'
import { parseLooseJson } from '../../../../src/base/loose-json.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

const create = (given: Record<string, string | number | boolean> = {}) => ({
  topic: 't',
  defaultTopic: 'TBW102',
  readQueueNums: 4,
  writeQueueNums: 8,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: '',
  force: false,
  ...given,
})

test('a topic is made as it is asked for', async (t) => {
  const { ports, topics } = brokerParts()
  const asked = create({ attributes: '+message.type=FIFO', order: true })
  t.is((await ask(ports, 17, asked).answer).code, 0)
  t.like(topics.find('t'), {
    readQueueNums: 4,
    writeQueueNums: 8,
    perm: 6,
    order: true,
    attributes: { 'message.type': 'FIFO' },
  })
})

test('a change keeps attributes that it does not name', async (t) => {
  const { ports, topics } = brokerParts()
  await ask(ports, 17, create({ attributes: '+message.type=FIFO,+cleanup.policy=DELETE' })).answer
  await ask(ports, 17, create({ readQueueNums: 1, attributes: '-cleanup.policy' })).answer
  t.like(topics.find('t'), { readQueueNums: 1, attributes: { 'message.type': 'FIFO' } })
})

test('each change makes a new version', async (t) => {
  const { ports, topics } = brokerParts()
  const before = topics.dataVersion.counter
  await ask(ports, 17, create()).answer
  t.is(topics.dataVersion.counter, before + 1)
})

const refused = {
  'a name with a path in it': { topic: '../../etc' },
  'no name': { topic: '' },
  'a name that is too long': { topic: 'x'.repeat(128) },
  'a system topic': { topic: 'TBW102' },
  'a topic with the system prefix': { topic: 'rmq_sys_mine' },
  "the broker's own topic": { topic: 'broker-a' },
  'an unknown attribute': { attributes: '+colour=red' },
  'an unknown message type': { attributes: '+message.type=LOUD' },
  'an attribute without a sign': { attributes: 'message.type=FIFO' },
  'negative queues': { readQueueNums: -1 },
  'too many queues': { writeQueueNums: 1_000_000 },
  'a permission that does not exist': { perm: 64 },
}

for (const [what, ext] of Object.entries(refused)) {
  test(`a topic is not made with ${what}`, (t) => {
    const { ports, topics } = brokerParts()
    const before = topics.dataVersion.counter
    t.is(answerOf(ports, 17, create(ext)).code, 29)
    t.is(topics.dataVersion.counter, before)
  })
}

test('a list of topics is taken whole or not at all', async (t) => {
  const { ports, topics } = brokerParts()
  const list = (...names: string[]) => {
    const topicConfigList = names.map((topicName) => ({
      topicName,
      readQueueNums: 2,
      writeQueueNums: 2,
      perm: 6,
      attributes: { '+message.type': 'NORMAL' },
    }))
    return { body: Buffer.from(JSON.stringify({ topicConfigList })) }
  }
  t.is(answerOf(ports, 18, {}, list('a', '../b')).code, 29)
  t.is(topics.find('a'), undefined)
  t.is((await ask(ports, 18, {}, list('a', 'b')).answer).code, 0)
  t.deepEqual(topics.find('b')?.attributes, { 'message.type': 'NORMAL' })
})

test('a topic goes with its offsets, its messages and the retry topics of its groups', async (t) => {
  const { ports, topics, offsets, store } = brokerParts({ topics: { t: 1, '%RETRY%g_t': 1 } })
  const send = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 5, h: 7 }
  answerOf(ports, 310, send, { body: Buffer.from('x') })
  offsets.commit('g', { topic: 't', queueId: 0 }, 1)
  t.is((await ask(ports, 215, { topic: 't' }).answer).code, 0)
  t.is(topics.find('t'), undefined)
  t.is(topics.find('%RETRY%g_t'), undefined)
  t.is(offsets.find('g', { topic: 't', queueId: 0 }), undefined)
  t.is(store.maxOffset({ topic: 't', queueId: 0 }), 0)
  t.is(answerOf(ports, 215, { topic: 'TBW102' }).code, 29)
})

test('one topic is shown as it is, an unknown one is not found', (t) => {
  const { ports } = brokerParts({ topics: { t: 3 } })
  const { body } = answerOf(ports, 351, { topic: 't', lo: true })
  t.deepEqual(JSON.parse(body.toString()), {
    topicName: 't',
    readQueueNums: 3,
    writeQueueNums: 3,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  })
  t.is(answerOf(ports, 351, { topic: 'u' }).code, 17)
})

test('all topics are shown whole or by pages', (t) => {
  const { ports, topics } = brokerParts()
  const count = [...topics.all()].length
  const tableOf = (ext: Record<string, number>) => {
    const answer = answerOf(ports, 21, ext)
    t.is(answer.ext['totalTopicNum'], String(count))
    return Object.keys(JSON.parse(answer.body.toString()).topicConfigTable)
  }
  t.is(tableOf({}).length, count)
  t.deepEqual(tableOf({ topicSeq: 2, maxTopicNum: 3 }), tableOf({}).slice(2, 5))
})

test('the stats of a topic have a row for each queue, keyed by the queue', (t) => {
  const { ports } = brokerParts({ topics: { t: 2 } })
  const send = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 1, f: 0, g: 5, h: 7 }
  answerOf(ports, 310, send, { body: Buffer.from('x') })
  const text = answerOf(ports, 202, { topic: 't' }).body.toString()
  t.true(text.startsWith('{"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"t"}:{'))
  const { offsetTable } = parseLooseJson(text) as { offsetTable: Record<string, object> }
  t.deepEqual(Object.values(offsetTable), [
    { lastUpdateTimestamp: 0, maxOffset: 0, minOffset: 0 },
    { lastUpdateTimestamp: 1_700_000_000_000, maxOffset: 1, minOffset: 0 },
  ])
})

test('a start makes the topics that every broker of 5.5.0 registers', (t) => {
  const { topics } = brokerParts()
  const shown = Object.fromEntries(
    [...topics.all()].map(({ topicName, writeQueueNums, perm }) => [
      topicName,
      [writeQueueNums, perm],
    ]),
  )
  t.deepEqual(shown, {
    SELF_TEST_TOPIC: [1, 6],
    TBW102: [8, 7],
    BenchmarkTest: [1024, 6],
    DefaultCluster: [16, 7],
    'broker-a': [1, 7],
    OFFSET_MOVED_EVENT: [1, 6],
    SCHEDULE_TOPIC_XXXX: [18, 6],
    DefaultCluster_REPLY_TOPIC: [1, 6],
    rmq_sys_REVIVE_LOG_DefaultCluster: [8, 6],
    'rmq_sys_SYNC_BROKER_MEMBER_broker-a': [1, 1],
    RMQ_SYS_TRANS_HALF_TOPIC: [1, 6],
    RMQ_SYS_TRANS_OP_HALF_TOPIC: [1, 6],
    RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC: [1, 6],
    RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC: [1, 6],
    rmq_sys_wheel_timer: [1, 6],
  })
})

test('system topics and readers of a topic are listed', (t) => {
  const { ports, offsets } = brokerParts({ topics: { t: 1 } })
  offsets.commit('g', { topic: 't', queueId: 0 }, 1)
  const systems = JSON.parse(answerOf(ports, 305, {}).body.toString())
  t.true(systems.topicList.includes('TBW102'))
  t.false(systems.topicList.includes('t'))
  const { groupList } = JSON.parse(answerOf(ports, 300, { topic: 't' }).body.toString())
  t.deepEqual(groupList, ['g'])
})
