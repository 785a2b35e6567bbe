// Source: ClientManageProcessor, ConsumerManager

import test from 'ava'
import { answerOf, brokerParts, FakePeer } from '../../../support/broker.ts'

type Parts = ReturnType<typeof brokerParts>

const consumer = (given: object = {}) => ({
  groupName: 'g',
  consumeType: 'CONSUME_PASSIVELY',
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  subscriptionDataSet: [{ topic: 't', subString: '*', subVersion: 1, tagsSet: [] }],
  ...given,
})

function beat(parts: Parts, clientID: string, peer: FakePeer, given: object = {}) {
  const body = { clientID, consumerDataSet: [consumer()], ...given }
  return answerOf(parts.ports, 34, {}, { peer, body: Buffer.from(JSON.stringify(body)) })
}

const members = (parts: Parts): string[] => {
  const { code, body } = answerOf(parts.ports, 38, { consumerGroup: 'g' })
  return code === 0 ? JSON.parse(body.toString()).consumerIdList : []
}

test('a heartbeat makes its client a member and says that it did', (t) => {
  const parts = brokerParts()
  const answer = beat(parts, 'c1', new FakePeer())
  t.deepEqual(answer.ext, { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'true' })
  t.deepEqual(members(parts), ['c1'])
})

test('a group without members has no list', (t) => {
  const answer = answerOf(brokerParts().ports, 38, { consumerGroup: 'g' })
  t.is(answer.code, 1)
  t.is(answer.remark, 'no consumer for this group, g')
})

test('members are told when one joins and when one leaves', (t) => {
  const parts = brokerParts()
  const [one, two] = [new FakePeer(), new FakePeer()]
  beat(parts, 'c1', one)
  beat(parts, 'c2', two)
  t.deepEqual(parts.told, ['c1 of g', 'c1 of g', 'c2 of g'])
  parts.told.length = 0
  beat(parts, 'c2', two)
  t.deepEqual(parts.told, [])
  two.close()
  t.deepEqual(parts.told, ['c1 of g'])
  t.deepEqual(members(parts), ['c1'])
})

test('members are told when the subscribed topics change, not when the version does', (t) => {
  const parts = brokerParts()
  const peer = new FakePeer()
  beat(parts, 'c1', peer)
  parts.told.length = 0
  const topics = (...names: string[]) =>
    names.map((topic) => ({ topic, subString: '*', subVersion: 2 }))
  beat(parts, 'c1', peer, { consumerDataSet: [consumer({ subscriptionDataSet: topics('t') })] })
  t.deepEqual(parts.told, [])
  const both = consumer({ subscriptionDataSet: topics('t', 'u') })
  beat(parts, 'c1', peer, { consumerDataSet: [both] })
  t.deepEqual(parts.told, ['c1 of g'])
})

test('members of a broadcasting group are told nothing', (t) => {
  const parts = brokerParts()
  const broadcasting = { consumerDataSet: [consumer({ messageModel: 'BroadCasting' })] }
  beat(parts, 'c1', new FakePeer(), broadcasting)
  t.deepEqual(parts.told, [])
  t.deepEqual(members(parts), ['c1'])
})

test("a heartbeat creates the group's retry topic", (t) => {
  const parts = brokerParts()
  beat(parts, 'c1', new FakePeer())
  t.like(parts.topics.find('%RETRY%g'), { readQueueNums: 1, perm: 6, order: false })
})

test("the Go client's spelling is understood", (t) => {
  const parts = brokerParts()
  const go = consumer({
    messageModel: 'Clustering',
    subscriptionDataSet: [
      { topic: 't', subString: 'a', subVersion: 1, tagsSet: ['a'], codeSet: ['97'] },
    ],
  })
  beat(parts, 'c1', new FakePeer(), { consumerDataSet: [go] })
  const { body } = answerOf(parts.ports, 203, { consumerGroup: 'g' })
  const { messageModel, subscriptionTable } = JSON.parse(body.toString())
  t.is(messageModel, 'CLUSTERING')
  t.deepEqual(subscriptionTable.t.codeSet, [97])
})

test('a heartbeat without subscriptions keeps those that are known', (t) => {
  const parts = brokerParts()
  const peer = new FakePeer()
  beat(parts, 'c1', peer, { heartbeatFingerprint: 7 })
  const bare = {
    heartbeatFingerprint: 7,
    withoutSub: true,
    consumerDataSet: [consumer({ subscriptionDataSet: [] })],
  }
  t.is(beat(parts, 'c1', peer, bare).ext['IS_SUB_CHANGE'], 'false')
  t.true(parts.consumers.find('g')?.subscriptions.has('t'))
})

test('a heartbeat without subscriptions to a broker that has none asks for them', (t) => {
  const parts = brokerParts()
  const bare = {
    heartbeatFingerprint: 7,
    withoutSub: true,
    consumerDataSet: [consumer({ subscriptionDataSet: [] })],
  }
  t.is(beat(parts, 'c1', new FakePeer(), bare).ext['IS_SUB_CHANGE'], 'true')
})

test('another fingerprint is a change', (t) => {
  const parts = brokerParts()
  const peer = new FakePeer()
  beat(parts, 'c1', peer, { heartbeatFingerprint: 7 })
  t.is(beat(parts, 'c1', peer, { heartbeatFingerprint: 8 }).ext['IS_SUB_CHANGE'], 'true')
})

test('an unregistration takes the client out of that group', (t) => {
  const parts = brokerParts()
  const peer = new FakePeer()
  beat(parts, 'c1', peer, { producerDataSet: [{ groupName: 'p' }] })
  answerOf(parts.ports, 35, { clientID: 'c1', consumerGroup: 'g' }, { peer })
  t.deepEqual(members(parts), [])
  t.is(parts.producers.channels('p').length, 1)
  answerOf(parts.ports, 35, { clientID: 'c1', producerGroup: 'p' }, { peer })
  t.is(parts.producers.channels('p').length, 0)
})

test('a silent client is forgotten', async (t) => {
  const parts = brokerParts()
  beat(parts, 'c1', new FakePeer())
  await parts.clock.advance(100_000)
  beat(parts, 'c2', new FakePeer())
  await parts.clock.advance(30_000)
  parts.consumers.expire(120_000)
  t.deepEqual(members(parts), ['c2'])
})

test('a body that is no heartbeat is refused', (t) => {
  const { ports } = brokerParts()
  for (const text of ['', '[]', '{"clientID":5}', '{']) {
    t.is(answerOf(ports, 34, {}, { body: Buffer.from(text) }).code, 13, text)
  }
})

test('the check of a client compiles its expression', (t) => {
  const { ports } = brokerParts()
  const check = (expressionType: string, subString: string) => {
    const subscriptionData = { topic: 't', subString, expressionType }
    const body = Buffer.from(JSON.stringify({ clientId: 'c', group: 'g', subscriptionData }))
    return answerOf(ports, 46, {}, { body }).code
  }
  t.is(check('SQL92', 'a > 5'), 0)
  t.is(check('SQL92', 'a >'), 23)
  t.is(check('TAG', 'a'), 0)
})

test('tools see the connections of producers', (t) => {
  const parts = brokerParts()
  t.is(answerOf(parts.ports, 204, { producerGroup: 'p' }).code, 1)
  beat(parts, 'c1', new FakePeer(), { producerDataSet: [{ groupName: 'p' }] })
  const { body } = answerOf(parts.ports, 204, { producerGroup: 'p' })
  t.like(JSON.parse(body.toString()).connectionSet[0], { clientId: 'c1', language: 'JAVA' })
})
