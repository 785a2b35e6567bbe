// Two clients of this project over a whole cluster: one asks, the other one replies.
// Source: DefaultMQProducerImpl.request, MessageUtil.createReplyMessage

import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import type { Client } from '../../../src/client/client.ts'
import { replyAddressOf } from '../../../src/client/request-reply.ts'
import type { MessageToSend } from '../../../src/client/types.ts'
import type { Message } from '../../../src/message/message.ts'
import { mqCluster } from '../../support/mq-cluster.ts'

const question = (body: string): MessageToSend => ({
  topic: 'questions',
  body: Buffer.from(body),
  properties: new Map(),
})

const settings = {
  name: 'questions',
  readQueues: 1,
  writeQueues: 1,
  perm: 6,
  order: false,
  attributes: new Map(),
}

async function setup(t: Parameters<typeof mqCluster>[0], brokers = ['a']) {
  const { cluster, client, brokers: running } = await mqCluster(t, brokers)
  const other = cluster.newClient()
  t.teardown(() => cluster.during(other.stop()))
  await cluster.during(client.createTopic(settings))
  return { cluster, client, other, running }
}

/** The first message of the topic on any of the brokers, when it is there. */
async function taken(client: Client, brokers: readonly string[], offset = 0): Promise<Message> {
  const pulls = brokers.map((broker) =>
    client.pull({
      queue: { topic: 'questions', broker, queueId: 0 },
      group: 'repliers',
      offset,
      max: 1,
      waitMs: 10_000,
    }),
  )
  const { messages } = await Promise.any(
    pulls.map(async (pull) => {
      const result = await pull
      if (result.messages.length === 0) throw new Error('nothing')
      return result
    }),
  )
  if (!messages[0]) throw new Error('nothing')
  return messages[0]
}

test('whoever asks gets the reply', async (t) => {
  const { cluster, client, other } = await setup(t, ['a', 'b'])
  const asked = client.request(question('6 * 7?'))
  const message = await cluster.during(taken(other, ['a', 'b']))
  t.is(Buffer.from(message.body).toString(), '6 * 7?')
  const to = replyAddressOf(message)
  t.like(to, { cluster: 'DefaultCluster', ttlMs: 3000 })
  if (!to) return
  const properties = new Map([['unit', 'none']])
  const receipt = await cluster.during(other.reply(to, { body: Buffer.from('42'), properties }))
  t.is(receipt.status, 'SEND_OK')
  const reply = await cluster.during(asked)
  t.is(Buffer.from(reply.body).toString(), '42')
  t.is(reply.properties.get('unit'), 'none')
  t.is(reply.messageId, receipt.messageId)
})

test('a question without a reply ends in time, and a late reply is taken by nobody', async (t) => {
  const { cluster, client, other } = await setup(t)
  const asked = client.request(question('?'), { timeoutMs: 1000 })
  const { failure } = (await t.throwsAsync(cluster.during(asked), { instanceOf: MqError })) ?? {}
  t.is(failure, 'reply-timeout')
  const to = replyAddressOf(await cluster.during(taken(other, ['a'])))
  t.truthy(to)
  if (to) await cluster.during(other.reply(to, { body: Buffer.from('!'), properties: new Map() }))
  t.is(replyAddressOf({ properties: new Map() }), undefined)
})

test('a broker that came back is told again who asks', async (t) => {
  const { cluster, client, other } = await setup(t)
  await t.throwsAsync(cluster.during(client.request(question('first'), { timeoutMs: 100 })))
  cluster.network.cut()
  cluster.network.heal()
  // The name server has forgotten the broker, until that registers again.
  await cluster.clock.advance(31_000)
  const asked = client.request(question('second'))
  const to = replyAddressOf(await cluster.during(taken(other, ['a'], 1)))
  if (to) await cluster.during(other.reply(to, { body: Buffer.from('ok'), properties: new Map() }))
  t.is(Buffer.from((await cluster.during(asked)).body).toString(), 'ok')
})

test('a question that is given up rejects with the reason, also before it is sent', async (t) => {
  const { cluster, client } = await setup(t)
  const stop = new AbortController()
  const asked = client.request(question('?'), { signal: stop.signal })
  stop.abort(new Error('enough'))
  await t.throwsAsync(cluster.during(asked), { message: 'enough' })
  await t.throwsAsync(client.request(question('?'), { signal: stop.signal }), { message: 'enough' })
})
