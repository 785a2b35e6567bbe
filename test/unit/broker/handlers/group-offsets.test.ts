// Source: AdminBrokerProcessor.resetOffsetInner, PullMessageProcessor, ConsumerManageProcessor

import test from 'ava'
import { parseLooseJson } from '../../../../src/base/loose-json.ts'
import { answerOf, ask, brokerParts, FakePeer } from '../../../support/broker.ts'
import { settle } from '../../../support/fake-clock.ts'

type Parts = ReturnType<typeof brokerParts>

const queue = (queueId = 0) => ({ topic: 't', queueId })

function send({ ports }: Parts, count: number, queueId = 0): void {
  for (let i = 0; i < count; i++) {
    const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: queueId, f: 0, g: 1, h: 0 }
    answerOf(ports, 310, ext, { body: Buffer.from('x') })
  }
}

/** A topic of two queues, five messages in the first, and a group of one member. */
function consumed(): Parts & { peer: FakePeer } {
  const parts = brokerParts({ topics: { t: 2 } })
  send(parts, 5)
  const peer = new FakePeer()
  const subscriptionDataSet = [{ topic: 't', subString: '*', subVersion: 1, tagsSet: [] }]
  const member = {
    groupName: 'g',
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
    subscriptionDataSet,
  }
  const body = Buffer.from(JSON.stringify({ clientID: 'c', consumerDataSet: [member] }))
  answerOf(parts.ports, 34, {}, { peer, body })
  parts.offsets.commit('g', queue(), 4)
  return { ...parts, peer }
}

const reset = (parts: Parts, given: Record<string, string | number | boolean> = {}) =>
  answerOf(parts.ports, 222, {
    group: 'g',
    topic: 't',
    queueId: -1,
    offset: -1,
    timestamp: 0,
    isForce: true,
    ...given,
  })

const pull = (queueOffset: number, sysFlag = 4, commitOffset = 0) => ({
  consumerGroup: 'g',
  topic: 't',
  queueId: 0,
  queueOffset,
  maxMsgNums: 32,
  sysFlag,
  commitOffset,
  suspendTimeoutMillis: 15_000,
  subscription: '*',
  subVersion: 0,
  expressionType: 'TAG',
})

const table = (body: Buffer) =>
  (parseLooseJson(body.toString()) as { offsetTable: Record<string, number> }).offsetTable

test('a reset by time answers the new offset of each queue', (t) => {
  const parts = consumed()
  const { code, body } = reset(parts)
  t.is(code, 0)
  t.deepEqual(table(body), {
    '{"brokerName":"broker-a","queueId":0,"topic":"t"}': 0,
    '{"brokerName":"broker-a","queueId":1,"topic":"t"}': 0,
  })
  t.is(parts.offsets.find('g', queue()), 0)
})

test('a time before all times stands for the end', (t) => {
  const parts = consumed()
  reset(parts, { timestamp: -1 })
  t.is(parts.offsets.find('g', queue()), 5)
})

test('an offset of one queue is taken when the queue has it', (t) => {
  const parts = consumed()
  t.is(reset(parts, { queueId: 0, offset: 7 }).code, 1)
  t.is(parts.offsets.find('g', queue()), 4)
  t.is(reset(parts, { queueId: 0, offset: 2 }).code, 0)
  t.is(parts.offsets.find('g', queue()), 2)
})

test('a topic and a group must exist for a reset', (t) => {
  const parts = consumed()
  t.is(reset(parts, { topic: 'other' }).code, 17)
  t.is(reset(parts, { group: 'other' }).code, 26)
})

test('the next pull of a member is told where to go on, once, and commits nothing', (t) => {
  const parts = consumed()
  reset(parts, { queueId: 0, offset: 2 })
  const commitAndSubscribe = 1 | 4
  const told = answerOf(parts.ports, 11, pull(5, commitAndSubscribe, 5))
  t.is(told.code, 21)
  t.like(told.ext, { nextBeginOffset: '2', minOffset: '0', maxOffset: '5' })
  t.is(parts.offsets.find('g', queue()), 2)
  t.is(answerOf(parts.ports, 11, pull(2)).code, 0)
})

test('what a member commits before it knows of the reset is dropped', (t) => {
  const parts = consumed()
  reset(parts, { queueId: 0, offset: 2 })
  const commit = { consumerGroup: 'g', ...queue(), commitOffset: 5 }
  t.is(answerOf(parts.ports, 15, commit).code, 0)
  t.is(parts.offsets.find('g', queue()), 2)
  answerOf(parts.ports, 11, pull(5))
  answerOf(parts.ports, 15, { ...commit, commitOffset: 3 })
  t.is(parts.offsets.find('g', queue()), 3)
})

test('a pull that is held is answered at once by a reset', async (t) => {
  const parts = consumed()
  const suspend = 2
  const held = ask(parts.ports, 11, pull(5, 4 | suspend), { peer: parts.peer })
  await settle()
  t.is(held.now, undefined)
  reset(parts, { queueId: 0, offset: 1 })
  await settle()
  t.is(held.now?.code, 21)
  t.is(held.now?.ext['nextBeginOffset'], '1')
})

test('a reset of a group that is offline hinders nobody later', (t) => {
  const parts = consumed()
  parts.peer.close()
  reset(parts, { queueId: 0, offset: 2 })
  t.is(parts.offsets.find('g', queue()), 2)
  t.is(answerOf(parts.ports, 11, pull(2)).code, 0)
})

test('a reset that no member took is over after two minutes', async (t) => {
  const parts = consumed()
  reset(parts, { queueId: 0, offset: 2 })
  await parts.clock.advance(120_000)
  t.is(answerOf(parts.ports, 11, pull(5)).code, 19)
})

test('offsets are copied from one group to another', (t) => {
  const parts = consumed()
  parts.offsets.commit('g', queue(1), 7)
  const header = { srcGroup: 'g', destGroup: 'h', topic: '', offline: false }
  t.is(answerOf(parts.ports, 314, header).code, 0)
  t.deepEqual(
    [...(parts.offsets.ofTopic('h', 't') ?? [])],
    [
      [0, 4],
      [1, 7],
    ],
  )
})

test('time spans tell when the oldest, the newest and the last consumed were stored', async (t) => {
  const parts = consumed()
  const first = parts.clock.now()
  await parts.clock.advance(10_000)
  send(parts, 1)
  await parts.clock.advance(5000)
  const { body } = answerOf(parts.ports, 303, { topic: 't', group: 'g' })
  t.deepEqual(JSON.parse(body.toString()).consumeTimeSpanSet[0], {
    messageQueue: { brokerName: 'broker-a', queueId: 0, topic: 't' },
    minTimeStamp: first,
    maxTimeStamp: first + 10_000,
    consumeTimeStamp: first,
    delayTime: 15_000,
  })
})

test('the smallest offsets of all groups are told, but where the compared one is behind', (t) => {
  const parts = brokerParts({ topics: { t: 2 } })
  for (const [group, first, second] of [
    ['a', 4, 7],
    ['b', 3, 9],
    ['out', 1, 1],
    ['mine', 5, 2],
  ] as const) {
    parts.offsets.commit(group, queue(0), first)
    parts.offsets.commit(group, queue(1), second)
  }
  const header = { topic: 't', compareGroup: 'mine', filterGroups: 'out,mine' }
  const { body } = answerOf(parts.ports, 308, header)
  t.is(body.toString(), '{"correctionOffsets":{"0":3,"1":9223372036854775807}}')
  t.is(parts.offsets.find('out', queue(0)), 1, 'a filtered group keeps its offsets')
})
