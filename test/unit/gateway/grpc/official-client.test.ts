// The official Node client against this front and the real core, over a cluster in memory.

import test, { type ExecutionContext } from 'ava'
import { Producer, SimpleConsumer } from 'rocketmq-client-nodejs'
import type { GrpcIdentity } from '../../../../gateway/grpc/credentials.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../../../gateway/identity/authenticator.ts'
import { settle } from '../../../support/fake-clock.ts'
import { gatewayCore } from '../../../support/gateway-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'
import { keysFileOf } from '../../../support/whole-gateway.ts'

const quiet = { info() {}, warn() {}, error() {} }

async function cluster(t: ExecutionContext, identity?: GrpcIdentity) {
  const fixture = gatewayCore({ queues: 4 })
  const { front } = await grpcFront(t, {
    core: fixture.core,
    clock: fixture.clock,
    ...(identity && { identity }),
  })
  const options = { endpoints: `127.0.0.1:${front.port}`, namespace: '', logger: quiet }
  return { ...fixture, options }
}

const producing = async (t: ExecutionContext, options: object, topic = 'orders') => {
  const producer = new Producer({ ...(options as { endpoints: string; namespace: '' }), topic })
  await producer.startup()
  t.teardown(() => producer.shutdown())
  return producer
}

const consuming = async (t: ExecutionContext, options: object) => {
  const consumer = new SimpleConsumer({
    ...(options as { endpoints: string; namespace: '' }),
    consumerGroup: 'billing',
    subscriptions: new Map([['orders', '*']]),
    awaitDuration: 10_000,
  })
  await consumer.startup()
  t.teardown(() => consumer.shutdown())
  return consumer
}

/** Turns of the event loop, which sockets need, until `holds`. */
async function until(holds: () => boolean, meanwhile = settle): Promise<void> {
  for (let turn = 0; turn < 100_000 && !holds(); turn++) await meanwhile()
}

test('the Node client sends, and its simple consumer receives and acknowledges', async (t) => {
  const { client, options } = await cluster(t)
  const consumer = await consuming(t, options)
  const receiving = consumer.receive(10, 30_000)
  await until(() => client.held > 0)
  const producer = await producing(t, options)

  const receipt = await producer.send({
    topic: 'orders',
    tag: 'paid',
    keys: ['order-7'],
    body: Buffer.from('seven'),
    properties: new Map([['shop', 'north']]),
  })

  const [message] = await receiving
  t.is(message?.body.toString(), 'seven')
  t.is(message?.messageId, receipt.messageId)
  t.is(message?.tag, 'paid')
  t.deepEqual(message?.keys, ['order-7'])
  t.is(message?.properties.get('shop'), 'north')
  t.is(message?.deliveryAttempt, 1)
  t.falsy(message?.corrupted)
  if (message) await consumer.ack(message)
  t.true(client.calls.includes('ack'))
})

test('the Node client sends FIFO messages of one group to one queue', async (t) => {
  const { client, options } = await cluster(t)
  client.addTopic('steps', 4, { 'message.type': 'FIFO' })
  const producer = await producing(t, options, 'steps')

  for (const step of ['1', '2', '3']) {
    await producer.send({ topic: 'steps', messageGroup: 'order-7', body: Buffer.from(step) })
  }

  const stored = client.stored('steps')
  t.is(new Set(stored.map((message) => message.queueId)).size, 1)
  t.deepEqual(
    stored.map(({ body }) => Buffer.from(body).toString()),
    ['1', '2', '3'],
  )
})

test('the Node client starts with two topics though its settings come before the routes', async (t) => {
  const { core, client, clock, options } = await cluster(t)
  client.addTopic('steps')
  const topic = core.topic.bind(core)
  let isToldSettings = false
  core.topic = async (name, call) => {
    // The settings of a producer are there at once: they arrive while this route is waited for.
    if (name === 'steps') await until(() => isToldSettings)
    return topic(name, call)
  }
  const told = {
    ...quiet,
    info: (text: string) => {
      if (text.startsWith('Received settings')) isToldSettings = true
    },
  }
  const producer = new Producer({ ...options, logger: told, topics: ['orders', 'steps'] })
  t.teardown(() => producer.shutdown())
  let isStarted = false
  const starting = producer.startup().then(() => {
    isStarted = true
  })
  await until(() => isToldSettings)
  await until(
    () => isStarted,
    () => clock.advance(100),
  )
  await starting
  t.true(producer.isRunning())
})

test('the Node client sends a message for later', async (t) => {
  const { client, clock, options } = await cluster(t)
  client.addTopic('later', 1, { 'message.type': 'DELAY' })
  const producer = await producing(t, options, 'later')
  const deliverAt = clock.now() + 60_000
  await producer.send({
    topic: 'later',
    body: Buffer.from('x'),
    deliveryTimestamp: new Date(deliverAt),
  })
  t.is(client.stored('later')[0]?.properties.get('TIMER_DELIVER_MS'), String(deliverAt))
})

test('the Node client can hide a message longer and acknowledge with the new handle', async (t) => {
  const { client, options } = await cluster(t)
  const consumer = await consuming(t, options)
  const receiving = consumer.receive(1, 30_000)
  await until(() => client.held > 0)
  const producer = await producing(t, options)
  await producer.send({ topic: 'orders', body: Buffer.from('slow') })

  const [message] = await receiving
  if (!message) return t.fail('nothing came')
  const { receiptHandle } = message
  await consumer.changeInvisibleDuration(message, 2_000)
  t.not(message.receiptHandle, receiptHandle)
  await t.notThrowsAsync(consumer.ack(message))
})

test('with credentials required, the Node client is let in by its key alone', async (t) => {
  const accessSecret = 'the secret of ann'
  const keys = ApiKeys.parse(keysFileOf({ ann: { signingSecret: accessSecret } }))
  const { client, options } = await cluster(t, createAuthenticator(keys, { now: () => 0 }))
  const good = { ...options, sessionCredentials: { accessKey: 'ann', accessSecret } }
  const producer = await producing(t, good)
  await producer.send({ topic: 'orders', body: Buffer.from('in') })
  t.is(client.stored('orders').length, 1)
})
