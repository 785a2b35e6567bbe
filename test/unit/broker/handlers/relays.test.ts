// Source: AdminBrokerProcessor.callConsumer, Broker2Client.getConsumeStatus

import test from 'ava'
import type { RemotingCommand } from '../../../../src/protocol/command.ts'
import type { Peer } from '../../../../src/remoting/call.ts'
import { answerOf, ask, brokerParts, FakePeer } from '../../../support/broker.ts'

type Parts = ReturnType<typeof brokerParts>
type Asked = { code: number; header: Record<string, unknown>; body: string | undefined }

const answered: RemotingCommand = {
  code: 0,
  remark: 'its own',
  language: 'JAVA',
  version: 513,
  opaque: 1,
  flag: 1,
  ext: undefined,
  body: undefined,
  serialization: 'json',
}

/** A consumer that answers everything with `body`, and remembers what it was asked. */
function consumer(parts: Parts, clientID: string, body: string, version = 513): Asked[] {
  const asked: Asked[] = []
  const call: Peer['call'] = async (spec, header, options) => {
    const sent = options.body && Buffer.from(options.body).toString('latin1')
    asked.push({ code: spec.code, header, body: sent })
    return { ...answered, body: Buffer.from(body) }
  }
  const peer = Object.assign(new FakePeer(), { call }) as unknown as FakePeer
  const consumerDataSet = [
    {
      groupName: 'g',
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      subscriptionDataSet: [],
    },
  ]
  const heartbeat = Buffer.from(JSON.stringify({ clientID, consumerDataSet }))
  answerOf(parts.ports, 34, {}, { peer, body: heartbeat, version })
  return asked
}

test("a consumer's running info is its own answer", async (t) => {
  const parts = brokerParts()
  const asked = consumer(parts, 'c', '{"jstack":"x"}')
  const header = { consumerGroup: 'g', clientId: 'c', jstackEnable: true }
  const { code, remark, body } = await ask(parts.ports, 307, header).answer
  t.deepEqual([code, remark, body.toString()], [0, 'its own', '{"jstack":"x"}'])
  t.like(asked[0], { code: 307, header })
})

test('a consumer that is offline or too old is not asked', async (t) => {
  const parts = brokerParts()
  const asked = consumer(parts, 'old', '{}', 30)
  for (const clientId of ['old', 'gone']) {
    const { code } = await ask(parts.ports, 307, { consumerGroup: 'g', clientId }).answer
    t.is(code, 1, clientId)
  }
  t.deepEqual(asked, [])
})

test('a message is given to a consumer with its record', async (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  const asked = consumer(parts, 'c', '{"consumeResult":"CR_SUCCESS"}')
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0 }
  const sent = answerOf(parts.ports, 310, ext, { body: Buffer.from('the body') })
  const header = { consumerGroup: 'g', clientId: 'c', topic: 't', msgId: sent.ext['msgId'] ?? '' }
  const { code, body } = await ask(parts.ports, 309, header).answer
  t.is(code, 0)
  t.is(body.toString(), '{"consumeResult":"CR_SUCCESS"}')
  t.like(asked[0]?.header, { brokerName: 'broker-a', topicSysFlag: 0, groupSysFlag: 0 })
  t.true(asked[0]?.body?.includes('the body'))
})

test('a message that is not there is given to nobody', async (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  const asked = consumer(parts, 'c', '{}')
  const nowhere = '7F00000100002A9F00000000000F4240'
  for (const [msgId, code] of [
    ['no id', 29],
    [nowhere, 1],
  ] as const) {
    const header = { consumerGroup: 'g', clientId: 'c', topic: 't', msgId }
    t.is((await ask(parts.ports, 309, header).answer).code, code)
  }
  t.deepEqual(asked, [])
})

test('the offsets of all members are put together', async (t) => {
  const parts = brokerParts()
  const mq = '{"brokerName":"b","queueId":0,"topic":"t"}'
  consumer(parts, 'c1', `{"messageQueueTable":{${mq}:5}}`)
  consumer(parts, 'c2', '{"messageQueueTable":{}}')
  const { body } = await ask(parts.ports, 223, { topic: 't', group: 'g' }).answer
  t.is(body.toString(), `{"consumerTable":{"c1":{${mq}:5},"c2":{}},"messageQueueTable":{}}`)
})

test('the offsets of one member, and none of a group that is offline', async (t) => {
  const parts = brokerParts()
  consumer(parts, 'c1', '{"messageQueueTable":{}}')
  const asked = consumer(parts, 'c2', '{"messageQueueTable":{}}')
  const one = { topic: 't', group: 'g', clientAddr: 'c1' }
  const { body } = await ask(parts.ports, 223, one).answer
  t.is(body.toString(), '{"consumerTable":{"c1":{}},"messageQueueTable":{}}')
  t.deepEqual(asked, [])
  t.is((await ask(parts.ports, 223, { ...one, group: 'h' }).answer).code, 1)
})
