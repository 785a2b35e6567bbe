// Popping over a whole cluster: what is taken, given back, and comes again.

import test from 'ava'
import type { Client } from '../../../src/client/client.ts'
import type { PopRequest, TopicSettings } from '../../../src/client/types.ts'
import { type MqCluster, mqCluster } from '../../support/mq-cluster.ts'

const settings: TopicSettings = {
  name: 't',
  readQueues: 1,
  writeQueues: 1,
  perm: 6,
  order: false,
  attributes: new Map(),
}

const request: PopRequest = {
  topic: 't',
  broker: 'a',
  queueId: -1,
  group: 'g',
  max: 10,
  invisibleMs: 30_000,
  waitMs: 0,
  initMode: 'min',
}

async function withMessages(cluster: MqCluster, client: Client, count: number): Promise<void> {
  await cluster.during(client.createTopic(settings))
  for (let i = 0; i < count; i++) {
    const message = { topic: 't', body: Buffer.from(`${i}`), properties: new Map() }
    await cluster.during(client.send(message))
  }
}

const bodiesOf = ({ messages }: { messages: readonly { message: { body: Uint8Array } }[] }) =>
  messages.map(({ message }) => Buffer.from(message.body).toString())

test('what is popped is not seen again until its time is over, and never after an ack', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await withMessages(cluster, client, 3)
  const first = await cluster.during(client.pop(request))
  t.deepEqual(bodiesOf(first), ['0', '1', '2'])
  t.like(await cluster.during(client.pop(request)), { status: 'NO_NEW_MSG', messages: [] })

  const [acked, ...others] = first.messages
  if (acked) await cluster.during(client.ack('g', acked.receipt))
  await cluster.clock.advance(40_000)
  const again = await cluster.during(client.pop({ ...request, waitMs: 5000 }))
  t.deepEqual(bodiesOf(again).sort(), ['1', '2'])
  for (const { message, receipt } of again.messages) {
    t.is(message.topic, 't')
    t.is(message.reconsumeTimes, 1)
    t.is(receipt.retryFlag, 1)
    t.is(receipt.topic, '%RETRY%g_t')
  }
  t.is(others.length, 2)

  const receipts = again.messages.map(({ receipt }) => receipt)
  await cluster.during(client.ackBatch('g', receipts))
  await cluster.clock.advance(60_000)
  t.like(await cluster.during(client.pop(request)), { status: 'NO_NEW_MSG' })
})

test('a changed time makes a new receipt, and the old one is superseded', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await withMessages(cluster, client, 1)
  const { messages } = await cluster.during(client.pop(request))
  const [taken] = messages
  if (!taken) return t.fail('nothing was popped')
  await cluster.clock.advance(1000)
  const receipt = await cluster.during(client.changeInvisible('g', taken.receipt, 60_000))
  t.not(receipt.popTime, taken.receipt.popTime)
  t.is(receipt.invisibleMs, 60_000)

  const strict = client.ack('g', taken.receipt, { strict: true })
  t.like(await t.throwsAsync(cluster.during(strict)), { failure: 'receipt-handle-superseded' })
  await cluster.clock.advance(35_000)
  t.like(await cluster.during(client.pop(request)), { status: 'NO_NEW_MSG' })
  await cluster.during(client.ack('g', receipt, { strict: true }))
})

test('a strict ack after the time is refused as expired', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await withMessages(cluster, client, 1)
  const { messages } = await cluster.during(client.pop(request))
  const [taken] = messages
  if (!taken) return t.fail('nothing was popped')
  await cluster.clock.advance(31_000)
  const late = client.ack('g', taken.receipt, { strict: true })
  t.like(await t.throwsAsync(cluster.during(late)), { failure: 'receipt-handle-expired' })
})

test('a notification tells when a pop is worth while', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await withMessages(cluster, client, 0)
  const { topic, broker, queueId, group } = request
  const asked = { topic, broker, queueId, group, waitMs: 5000 }
  t.false(await cluster.during(client.notification(asked)))
  const waiting = client.notification(asked)
  await cluster.clock.advance(100)
  await cluster.during(client.send({ topic: 't', body: Buffer.from('x'), properties: new Map() }))
  t.true(await cluster.during(waiting))
})
