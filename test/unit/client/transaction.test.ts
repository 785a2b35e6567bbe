// A transaction over a whole cluster.

import test from 'ava'
import type { MqError } from '../../../src/base/errors.ts'
import type { SendReceipt, TransactionEnd, TransactionQuestion } from '../../../src/client/types.ts'
import { mqCluster } from '../../support/mq-cluster.ts'

const message = (body: string) => ({
  topic: 't',
  body: Buffer.from(body),
  properties: new Map([
    ['TRAN_MSG', 'true'],
    ['PGROUP', 'pg'],
  ]),
})

const endOf = (receipt: SendReceipt, resolution: TransactionEnd['resolution']): TransactionEnd => ({
  broker: receipt.broker,
  topic: 't',
  producerGroup: 'pg',
  queueOffset: receipt.queueOffset,
  position: Number.parseInt(receipt.offsetMessageId.slice(-16), 16),
  messageId: receipt.messageId,
  resolution,
})

test('a prepared message is seen when it is committed, and only then', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(
    client.createTopic({
      name: 't',
      readQueues: 1,
      writeQueues: 1,
      perm: 6,
      order: false,
      attributes: new Map(),
    }),
  )
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const first = await cluster.during(client.send(message('first')))
  const second = await cluster.during(client.send(message('second')))
  t.is(await cluster.during(client.maxOffset(queue)), 0)

  await cluster.during(client.endTransaction(endOf(first, 'rollback')))
  await cluster.during(client.endTransaction(endOf(second, 'commit')))
  const asked = { queue, group: 'g', offset: 0, max: 10, waitMs: 0 }
  const { messages } = await cluster.during(client.pull(asked))
  t.deepEqual(
    messages.map(({ body }) => Buffer.from(body).toString()),
    ['second'],
  )
  t.is(messages[0]?.messageId, second.messageId)

  const again = client.endTransaction(endOf(first, 'commit'))
  const refused = await t.throwsAsync<MqError>(cluster.during(again))
  t.is(refused?.failure, 'broker-error')

  // The broker looks through its halves, and writes down how far all have ended.
  const halves = { topic: 'RMQ_SYS_TRANS_HALF_TOPIC', broker: 'a', queueId: 0 }
  await cluster.clock.advance(60_000)
  t.is(await cluster.during(client.consumerOffset('CID_RMQ_SYS_TRANS', halves)), 2)
})

test('a broker asks a watching client about a message that nobody ended', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(
    client.createTopic({
      name: 't',
      readQueues: 1,
      writeQueues: 1,
      perm: 6,
      order: false,
      attributes: new Map(),
    }),
  )
  const questions: TransactionQuestion[] = []
  const end = client.watchTransactions('pg', (question) => questions.push(question))
  const sent = await cluster.during(client.send(message('forgotten')))
  for (let round = 0; round < 20 && questions.length === 0; round++) {
    await cluster.clock.advance(10_000)
  }
  const [question] = questions
  if (!question) return t.fail('nobody was asked')
  t.like(question, { broker: 'a', producerGroup: 'pg', messageId: sent.messageId })
  t.is(question.message.topic, 't')
  await cluster.during(
    client.endTransaction({ ...question, topic: 't', resolution: 'commit', answersCheck: true }),
  )
  t.is(await cluster.during(client.maxOffset({ topic: 't', broker: 'a', queueId: 0 })), 1)

  // Nobody is asked who has stopped watching.
  end()
  await cluster.during(client.send(message('alone')))
  for (let round = 0; round < 20; round++) await cluster.clock.advance(10_000)
  t.is(questions.length, 1)
})
