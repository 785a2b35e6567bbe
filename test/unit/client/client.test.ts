// The client against a whole cluster: name server, brokers and stores of this project.

import test from 'ava'
import type { MessageToSend, TopicSettings } from '../../../src/client/types.ts'
import { mqCluster } from '../../support/mq-cluster.ts'

const message = (body: string, given: Partial<MessageToSend> = {}): MessageToSend => ({
  topic: 't',
  body: Buffer.from(body),
  properties: new Map(),
  ...given,
})

const topic = (name: string, queues = 2): TopicSettings => ({
  name,
  readQueues: queues,
  writeQueues: queues,
  perm: 6,
  order: false,
  attributes: new Map(),
})

const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString()

test('what is sent is pulled, with all that belongs to it', async (t) => {
  const { cluster, client } = await mqCluster(t)
  const properties = new Map([
    ['TAGS', 'blue'],
    ['KEYS', 'k1 k2'],
    ['user', 'wert ü'],
  ])
  const receipt = await cluster.during(client.send(message('hello', { properties, flag: 9 })))
  t.like(receipt, { status: 'SEND_OK', broker: 'a', queueOffset: 0 })
  const queue = { topic: 't', broker: 'a', queueId: receipt.queueId }
  const request = { queue, group: 'g', offset: 0, max: 10, waitMs: 0 }
  const pulled = await cluster.during(client.pull(request))
  t.like(pulled, { status: 'FOUND', nextOffset: 1, minOffset: 0, maxOffset: 1 })
  const [found] = pulled.messages
  t.like(found, {
    topic: 't',
    queueId: receipt.queueId,
    queueOffset: 0,
    flag: 9,
    messageId: receipt.messageId,
    offsetMessageId: receipt.offsetMessageId,
  })
  t.is(found && textOf(found), 'hello')
  for (const [name, value] of properties) t.is(found?.properties.get(name), value)
})

test('a topic is created on every broker and used in turn', async (t) => {
  const { cluster, client } = await mqCluster(t, ['a', 'b'])
  const attributes = new Map([['message.type', 'FIFO']])
  await cluster.during(client.createTopic({ ...topic('t'), attributes }))
  t.true((await client.topics()).includes('t'))
  t.deepEqual((await client.route('t')).queues.map(({ broker }) => broker).sort(), ['a', 'b'])
  t.deepEqual(await client.topicSettings('t'), { ...topic('t'), attributes })
  const places = new Set<string>()
  for (let i = 0; i < 4; i++) {
    const { broker, queueId } = await cluster.during(client.send(message(`${i}`)))
    places.add(`${broker}${queueId}`)
  }
  t.deepEqual([...places].sort(), ['a0', 'a1', 'b0', 'b1'])
})

test('when a broker stops, messages go to the other one', async (t) => {
  const { cluster, client, brokers } = await mqCluster(t, ['a', 'b'])
  await cluster.during(client.createTopic(topic('t')))
  await cluster.during(client.send(message('before')))
  await cluster.during(brokers.get('a')?.stop() ?? Promise.resolve())
  for (let i = 0; i < 6; i++) {
    t.is((await cluster.during(client.send(message(`${i}`)))).broker, 'b')
  }
  await cluster.clock.advance(1000)
  t.deepEqual([...(await client.masters()).keys()], ['b'])
})

test('a queue of a broker that stopped is not stored to, and that is said', async (t) => {
  const { cluster, client, brokers } = await mqCluster(t, ['a', 'b'])
  await cluster.during(client.createTopic(topic('t')))
  await cluster.during(brokers.get('a')?.stop() ?? Promise.resolve())
  const sending = client.send(message('x'), { queue: { broker: 'a', queueId: 0 } })
  t.like(await t.throwsAsync(cluster.during(sending)), {
    name: 'MqError',
    detail: { broker: 'a', outcome: 'not-stored' },
  })
})

test('a batch is stored in order in one queue', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(client.createTopic(topic('t')))
  const receipts = await cluster.during(
    client.sendBatch([message('1'), message('2'), message('3')]),
  )
  t.deepEqual(
    receipts.map(({ queueOffset }) => queueOffset),
    [0, 1, 2],
  )
  const queueId = receipts[0]?.queueId ?? 0
  const queue = { topic: 't', broker: 'a', queueId }
  const { messages } = await cluster.during(
    client.pull({ queue, group: 'g', offset: 0, max: 10, waitMs: 0 }),
  )
  t.deepEqual(messages.map(textOf), ['1', '2', '3'])
  t.deepEqual(
    messages.map(({ messageId, offsetMessageId }) => [messageId, offsetMessageId]),
    receipts.map(({ messageId, offsetMessageId }) => [messageId, offsetMessageId]),
  )
})

test('a pull waits for a message, and ends empty when none comes', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(client.createTopic(topic('t', 1)))
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const request = { queue, group: 'g', offset: 0, max: 10, waitMs: 5000 }
  const waiting = client.pull(request)
  await cluster.clock.advance(100)
  await cluster.during(client.send(message('late')))
  t.deepEqual((await cluster.during(waiting)).messages.map(textOf), ['late'])
  const empty = await cluster.during(client.pull({ ...request, offset: 1 }))
  t.like(empty, { status: 'NO_NEW_MSG', nextOffset: 1, messages: [] })
  t.like(await cluster.during(client.pull({ ...request, offset: 9 })), {
    status: 'OFFSET_ILLEGAL',
    nextOffset: 1,
  })
})

test('a pull that is given up rejects with the reason', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(client.createTopic(topic('t', 1)))
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const { signal, abort } = controller()
  const waiting = client.pull({ queue, group: 'g', offset: 0, max: 1, waitMs: 20_000, signal })
  await cluster.clock.advance(100)
  abort(new Error('enough'))
  await t.throwsAsync(cluster.during(waiting), { message: 'enough' })
})

function controller() {
  const one = new AbortController()
  return { signal: one.signal, abort: (reason: Error) => one.abort(reason) }
}

test('a filter by tag or SQL92 lets through what it names', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(client.createTopic(topic('t', 1)))
  for (const tag of ['red', 'blue', 'green']) {
    const properties = new Map([['TAGS', tag]])
    await cluster.during(client.send(message(tag, { properties })))
  }
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const request = { queue, group: 'g', offset: 0, max: 10, waitMs: 0 }
  const byTag = { type: 'TAG', expression: 'red || green' } as const
  const bySql = { type: 'SQL92', expression: "TAGS = 'blue'" } as const
  const tagged = await cluster.during(client.pull({ ...request, filter: byTag }))
  t.deepEqual(tagged.messages.map(textOf), ['red', 'green'])
  const selected = await cluster.during(client.pull({ ...request, filter: bySql }))
  t.deepEqual(selected.messages.map(textOf), ['blue'])
  const none = { type: 'TAG', expression: 'grey' } as const
  t.like(await cluster.during(client.pull({ ...request, filter: none })), {
    status: 'NO_MATCHED_MSG',
    nextOffset: 3,
  })
})

test('offsets of queues and groups are told and kept', async (t) => {
  const { cluster, client } = await mqCluster(t)
  await cluster.during(client.createTopic(topic('t', 1)))
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  await cluster.during(client.send(message('1')))
  await cluster.clock.advance(1000)
  const between = cluster.clock.now()
  await cluster.clock.advance(1000)
  await cluster.during(client.send(message('2')))
  t.is(await client.minOffset(queue), 0)
  t.is(await client.maxOffset(queue), 2)
  t.is(await client.offsetByTime(queue, between), 1)
  t.is(await client.consumerOffset('g', queue), undefined)
  await client.updateConsumerOffset('g', queue, 1)
  t.is(await client.consumerOffset('g', queue), 1)
})

test('settings of a group that no broker has are not found', async (t) => {
  const { client } = await mqCluster(t, ['a', 'b'])
  t.like(await t.throwsAsync(client.groupSettings('nobody')), { failure: 'group-not-found' })
  t.like(await client.groupSettings('TOOLS_CONSUMER'), {
    name: 'TOOLS_CONSUMER',
    retryMaxTimes: 16,
    retryPolicy: { type: 'CUSTOMIZED' },
  })
})

test('a topic that nobody has is not found', async (t) => {
  const { client } = await mqCluster(t)
  t.like(await t.throwsAsync(client.route('none')), { failure: 'topic-not-found' })
  t.like(await t.throwsAsync(client.topicSettings('none')), { failure: 'topic-not-found' })
})

test('a client without brokers says so and finds them when they come', async (t) => {
  const { cluster, client } = await mqCluster(t, [])
  t.is((await client.masters()).size, 0)
  t.like(await t.throwsAsync(client.createTopic(topic('t'))), { failure: 'broker-unavailable' })
  const broker = await cluster.startBroker('late')
  t.teardown(() => cluster.during(broker.stop()))
  t.deepEqual([...(await client.masters()).keys()], ['late'])
})

test('the client goes on when one of two name servers stops', async (t) => {
  const { cluster, client } = await mqCluster(t, [])
  const second = await cluster.startNameServer()
  const broker = await cluster.startBroker('a')
  const both = cluster.newClient()
  t.teardown(async () => {
    await cluster.during(both.stop())
    await cluster.during(broker.stop())
  })
  await cluster.during(both.send(message('1')))
  await cluster.during(second.stop())
  await cluster.during(both.createTopic(topic('u')))
  t.is((await cluster.during(both.send(message('2', { topic: 'u' })))).broker, 'a')
  t.truthy(await cluster.during(client.route('u')))
})

test('a stopped client leaves nothing behind', async (t) => {
  const { cluster, client, brokers } = await mqCluster(t)
  await cluster.during(client.send(message('1')))
  await cluster.during(client.stop())
  for (const broker of brokers.values()) await cluster.during(broker.stop())
  await cluster.clock.advance(2000)
  t.is(cluster.network.sockets, 0)
})
