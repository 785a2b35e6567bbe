// Source: AdminBrokerProcessor, SubscriptionGroupManager

import test from 'ava'
import { parseLooseJson } from '../../../../src/base/loose-json.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

const group = (given: object = {}) => ({
  body: Buffer.from(JSON.stringify({ groupName: 'g', ...given })),
})

test('a group is made with the defaults of its class', async (t) => {
  const { ports } = brokerParts()
  t.is((await ask(ports, 200, {}, group()).answer).code, 0)
  const { body } = answerOf(ports, 352, { group: 'g' })
  t.deepEqual(JSON.parse(body.toString()), {
    groupName: 'g',
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    consumeTimeoutMinute: 15,
    attributes: {},
  })
})

test('a change replaces a group but for its attributes', async (t) => {
  const { ports, groups } = brokerParts()
  const first = { retryMaxTimes: 3, attributes: { '+a': '1', '+b': '2' } }
  await ask(ports, 200, {}, group(first)).answer
  await ask(ports, 200, {}, group({ attributes: { '-a': '' } })).answer
  t.like(groups.find('g'), { retryMaxTimes: 16, attributes: { b: '2' } })
})

const refused = {
  'a name that is not legal': { groupName: 'a b' },
  'a name that is too long': { groupName: 'g'.repeat(121) },
  'too many retry queues': { retryQueueNums: 100_000 },
}

for (const [what, given] of Object.entries(refused)) {
  test(`a group is not made with ${what}`, (t) => {
    t.is(answerOf(brokerParts().ports, 200, {}, group(given)).code, 29)
  })
}

test('asking for a group does not create it', (t) => {
  const { ports, groups } = brokerParts()
  t.is(answerOf(ports, 352, { group: 'nobody' }).code, 26)
  t.false(groups.has('nobody'))
})

test('a group goes, and its offsets with it when that is asked for', async (t) => {
  const { ports, groups, offsets } = brokerParts({ topics: { t: 1 } })
  const queue = { topic: 't', queueId: 0 }
  for (const cleanOffset of [false, true]) {
    await ask(ports, 200, {}, group()).answer
    offsets.commit('g', queue, 5)
    t.is((await ask(ports, 207, { groupName: 'g', cleanOffset }).answer).code, 0)
    t.false(groups.has('g'))
    t.is(offsets.find('g', queue), cleanOffset ? undefined : 5)
  }
})

test('groups appear on first use, up to a limit, unless that is off', (t) => {
  const off = brokerParts({ config: { autoCreateSubscriptionGroup: false } })
  t.is(off.groups.find('g'), undefined)
  t.truthy(off.groups.find('CID_RMQ_SYS_x'))
  const few = brokerParts({ config: { subscriptionGroupMax: 9 } })
  t.truthy(few.groups.find('g'))
  t.is(few.groups.find('h'), undefined)
})

test('consume stats show how far a group is behind', (t) => {
  const { ports, offsets } = brokerParts({ topics: { t: 2 } })
  const send = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 5, h: 7 }
  for (let at = 0; at < 3; at++) answerOf(ports, 310, send, { body: Buffer.from('x') })
  offsets.commit('g', { topic: 't', queueId: 0 }, 1)
  const text = answerOf(ports, 208, { consumerGroup: 'g' }).body.toString()
  const { offsetTable } = parseLooseJson(text) as { offsetTable: Record<string, object> }
  const time = 1_700_000_000_000
  t.deepEqual(Object.values(offsetTable), [
    { brokerOffset: 3, consumerOffset: 1, lastTimestamp: time, pullOffset: 1 },
    { brokerOffset: 0, consumerOffset: 0, lastTimestamp: 0, pullOffset: 0 },
  ])
  const { body } = answerOf(ports, 343, { group: 'g' })
  t.deepEqual(JSON.parse(body.toString()).topicList, ['t'])
})

test('all groups are listed with those that every broker has', (t) => {
  const answer = answerOf(brokerParts().ports, 201, {})
  const { subscriptionGroupTable } = JSON.parse(answer.body.toString())
  t.truthy(subscriptionGroupTable['TOOLS_CONSUMER'])
  t.is(answer.ext['totalGroupNum'], '8')
})

test('the subscription of a group to a topic is shown when it has one', (t) => {
  const { ports } = brokerParts()
  const subscription = { topic: 't', subString: 'a', subVersion: 1, tagsSet: ['a'] }
  const heartbeat = {
    clientID: 'c',
    consumerDataSet: [{ groupName: 'g', subscriptionDataSet: [subscription] }],
  }
  answerOf(ports, 34, {}, { body: Buffer.from(JSON.stringify(heartbeat)) })
  const shown = (topic: string) =>
    JSON.parse(answerOf(ports, 345, { group: 'g', topic }).body.toString())
  t.like(shown('t').subscriptionData, { subString: 'a', codeSet: [97] })
  t.is(shown('u').subscriptionData, undefined)
})

test('all groups are shown with what each is behind', (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0 }
  for (let i = 0; i < 3; i++) answerOf(parts.ports, 310, ext, { body: Buffer.from('x') })
  parts.groups.find('g')
  parts.offsets.commit('g', { topic: 't', queueId: 0 }, 1)
  const { body } = answerOf(parts.ports, 317, { isOrder: false })
  const shown = parseLooseJson(body.toString()) as {
    totalDiff: number
    consumeStatsList: Record<string, { offsetTable: Record<string, unknown> }[]>[]
  }
  t.is(shown.totalDiff, 2)
  const own = shown.consumeStatsList.find((one) => 'g' in one)?.['g']
  t.like(Object.values(own?.[0]?.offsetTable ?? {})[0], { brokerOffset: 3, consumerOffset: 1 })
  const ordered = answerOf(parts.ports, 317, { isOrder: true }).body.toString()
  t.true(ordered.includes('{"g":[]}'))
})

test('a group may be kept from reading a topic', async (t) => {
  const parts = brokerParts({ topics: { t: 1, u: 1 } })
  parts.groups.find('g')
  const pull = (topic: string) => {
    const queue = { topic, queueId: 0, queueOffset: 0, maxMsgNums: 1 }
    const flags = { sysFlag: 4, commitOffset: 0, suspendTimeoutMillis: 0, subVersion: 0 }
    return answerOf(parts.ports, 11, { consumerGroup: 'g', ...queue, ...flags, subscription: '*' })
  }
  const set = async (readable: boolean) =>
    (await ask(parts.ports, 353, { group: 'g', topic: 't', readable }).answer).body.toString()
  t.is(await set(false), '{"group":"g","readable":false,"topic":"t"}')
  t.is(pull('t').code, 16)
  t.is(pull('u').code, 19)
  t.is(await set(true), '{"group":"g","readable":true,"topic":"t"}')
  t.is(pull('t').code, 19)
})
