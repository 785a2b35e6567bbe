// Pop as it is asked for on the wire. Answers are those of Apache's broker in the golden
// traffic. Source: PopMessageProcessor, NotificationProcessor.

import test from 'ava'
import { hostBytes } from '../../../../src/message/hosts.ts'
import { decodeRecords } from '../../../../src/message/record.ts'
import { answerOf, ask, brokerParts, FakePeer } from '../../../support/broker.ts'
import { settle } from '../../../support/fake-clock.ts'

const host = hostBytes('127.0.0.1', 1)

async function started(config: Parameters<typeof brokerParts>[0] = {}) {
  const parts = brokerParts({ topics: { T: 2 }, ...config })
  await parts.pop.start()
  const send = async (body: string, queueId = 0, tag = 'a') => {
    parts.store.append({
      topic: 'T',
      queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      bornHost: host,
      storeHost: host,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body: Buffer.from(body),
      properties: `TAGS\x01${tag}\x02`,
    })
    await settle()
  }
  return { ...parts, send }
}

const popHeader = {
  consumerGroup: 'G',
  topic: 'T',
  queueId: -1,
  maxMsgNums: 32,
  invisibleTime: 10_000,
  pollTime: 0,
  bornTime: 0,
  initMode: 0,
  expType: 'TAG',
  exp: '*',
  order: false,
}
const held = { ...popHeader, pollTime: 15_000 }
const bodies = (body: Buffer) => decodeRecords(body).map((it) => it.body.toString())

test('a pop answers what it took and from where', async (t) => {
  const { ports, clock, send } = await started()
  for (const queueId of [0, 0, 1]) await send(`m${queueId}`, queueId)
  const { code, remark, ext, body } = answerOf(ports, 200050, popHeader)
  t.is(code, 0)
  t.is(remark, 'FOUND')
  t.deepEqual(ext, {
    popTime: String(clock.now()),
    invisibleTime: '10000',
    reviveQid: '1',
    restNum: '0',
    startOffsetInfo: '0 0 0;0 1 0',
    msgOffsetInfo: '0 0 0,1;0 1 0',
  })
  t.deepEqual(bodies(body), ['m0', 'm0', 'm1'])
})

test('a pop that finds nothing and does not wait answers 210 with its header', async (t) => {
  const { ports } = await started()
  const { code, remark, ext } = answerOf(ports, 200050, popHeader)
  t.is(code, 210)
  t.is(remark, 'NO_MESSAGE_IN_QUEUE')
  t.like(ext, { restNum: '0', startOffsetInfo: '', msgOffsetInfo: '' })
})

test('what is left is counted', async (t) => {
  const { ports, send } = await started()
  for (let i = 0; i < 5; i++) await send(`m${i}`)
  t.is(answerOf(ports, 200050, { ...popHeader, maxMsgNums: 2 }).ext['restNum'], '3')
})

test('a held pop is answered by an arrival, and with 210 at its end', async (t) => {
  const { ports, clock, send } = await started()
  const first = ask(ports, 200050, { ...held, invisibleTime: 60_000 })
  await settle()
  t.is(first.now, undefined)
  await send('x')
  t.deepEqual(bodies((await first.answer).body), ['x'])

  const second = ask(ports, 200050, held)
  await clock.advance(14_900)
  t.is(second.now?.code, undefined)
  await clock.advance(200)
  t.is((await second.answer).code, 210)
})

test('a held pop is answered by a message that comes again', async (t) => {
  const { ports, clock, send } = await started()
  await send('x')
  answerOf(ports, 200050, popHeader)
  const asked = ask(ports, 200050, held)
  await clock.advance(10_200)
  const { ext, body } = await asked.answer
  t.is(ext['msgOffsetInfo'], '1 0 0')
  t.is(decodeRecords(body)[0]?.reconsumeTimes, 1)
})

test('of two held pops each arrival answers one', async (t) => {
  const { ports, send } = await started()
  const asked = [ask(ports, 200050, held), ask(ports, 200050, { ...held, queueId: 0 })]
  await settle()
  await send('x')
  t.deepEqual(
    asked.map(({ now }) => now?.code),
    [0, undefined],
  )
  await send('y')
  t.deepEqual(
    asked.map(({ now }) => now?.code),
    [0, 0],
  )
})

test('a held pop waits on when its filter lets nothing through', async (t) => {
  const { ports, send } = await started()
  const asked = ask(ports, 200050, { ...held, exp: 'Aa' })
  await settle()
  await send('other', 0, 'b')
  await send('same hash', 0, 'BB')
  t.is(asked.now, undefined)
  await send('wanted', 0, 'Aa')
  t.deepEqual(bodies((await asked.answer).body), ['wanted'])
})

test('a pop whose client is gone takes nothing', async (t) => {
  const { ports, send } = await started()
  const peer = new FakePeer()
  ask(ports, 200050, held, { peer })
  peer.close()
  await send('x')
  t.deepEqual(bodies(answerOf(ports, 200050, popHeader).body), ['x'])
})

test('more pops than may wait under one key are answered 209', async (t) => {
  const { ports } = await started({ config: { popPollingSize: 1 } })
  ask(ports, 200050, held)
  const polling = { consumerGroup: 'G', topic: 'T', queueId: -1 }
  t.is(answerOf(ports, 200055, polling).ext['pollingNum'], '1')
  t.is(answerOf(ports, 200050, held).code, 209)
})

test('a pop whose wait is long over is not begun', async (t) => {
  const { ports, clock, send } = await started()
  await send('x')
  const late = { ...held, bornTime: clock.now() - 16_000 }
  t.is(answerOf(ports, 200050, late).code, 210)
  t.is(answerOf(ports, 200050, { ...late, pollTime: 0 }).code, 0)
})

test('messages are handed out when their checkpoint is durable', async (t) => {
  const { ports, store, send } = await started()
  await send('x')
  store.durable = false
  const asked = ask(ports, 200050, popHeader)
  await settle()
  t.is(asked.now, undefined)
  store.release('flush-disk-timeout')
  t.is((await asked.answer).code, 0)
})

test('cold messages are popped too, and only once', async (t) => {
  const { ports, store, send } = await started()
  await send('x')
  store.cold = true
  const asked = [ask(ports, 200050, popHeader), ask(ports, 200050, popHeader)]
  t.deepEqual(
    (await Promise.all(asked.map(({ answer }) => answer))).map((it) => it.code),
    [0, 210],
  )
})

const refused: Record<string, readonly [code: number, ext: Record<string, string | number>]> = {
  'for more than 32 messages': [29, { maxMsgNums: 33 }],
  'for no message': [29, { maxMsgNums: 0 }],
  'of an unknown topic': [17, { topic: 'unknown' }],
  'of a queue that is not there': [29, { queueId: 2 }],
  'with a filter that cannot be read': [23, { expType: 'SQL92', exp: 'a >' }],
}

for (const [what, [code, ext]] of Object.entries(refused)) {
  test(`a pop ${what} is refused`, async (t) => {
    const { ports } = await started()
    t.is(answerOf(ports, 200050, { ...popHeader, ...ext }).code, code)
  })
}

test('a pop is refused where reading or consuming is not allowed', async (t) => {
  const { ports, topics, groups } = await started()
  const topic = topics.find('T')
  if (topic) topics.put({ ...topic, perm: 2 })
  t.is(answerOf(ports, 200050, popHeader).code, 16)
  if (topic) topics.put(topic)
  const group = groups.find('G')
  if (group) groups.put({ ...group, consumeEnable: false })
  t.is(answerOf(ports, 200050, popHeader).code, 16)
})

test('a group that may not appear by itself is unknown', async (t) => {
  const { ports } = await started({ config: { autoCreateSubscriptionGroup: false } })
  t.is(answerOf(ports, 200050, popHeader).code, 26)
})

const look = { consumerGroup: 'G', topic: 'T', queueId: -1, pollTime: 20_000, bornTime: 0 }

test('a notification tells of messages at once, on arrival, or of none at its end', async (t) => {
  const { ports, clock, send } = await started()
  const asked = ask(ports, 200054, look)
  await settle()
  t.is(asked.now, undefined)
  await send('x')
  t.is((await asked.answer).ext['hasMsg'], 'true')
  t.is(answerOf(ports, 200054, look).ext['hasMsg'], 'true')
  answerOf(ports, 200050, popHeader)
  const second = ask(ports, 200054, look)
  await clock.advance(9_000)
  t.is(second.now, undefined)
  await clock.advance(11_100)
  // What was popped came back meanwhile.
  t.is((await second.answer).ext['hasMsg'], 'true')
})

test('a notification with a filter is not told of other messages', async (t) => {
  const { ports, clock, send } = await started()
  const asked = ask(ports, 200054, { ...look, expType: 'SQL92', exp: "TAGS = 'b'" })
  await send('x', 0, 'a')
  t.is(asked.now, undefined)
  await clock.advance(20_100)
  t.is((await asked.answer).ext['hasMsg'], 'false')
})

test('a peek shows messages and takes none', async (t) => {
  const { ports, send } = await started()
  const header = { consumerGroup: 'G', topic: 'T', queueId: -1, maxMsgNums: 1 }
  t.is((await ask(ports, 200052, header).answer).code, 19)
  for (const body of ['x', 'y']) await send(body)
  const { code, ext, body } = await ask(ports, 200052, header).answer
  t.is(code, 0)
  t.is(ext['restNum'], '1')
  t.deepEqual(bodies(body), ['x'])
  t.deepEqual(bodies(answerOf(ports, 200050, popHeader).body), ['x', 'y'])
})
