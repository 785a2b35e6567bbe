// The broker as a whole: with a name server and a client, over a network and a disk in memory.

import test from 'ava'
import type { MessageToSend, TopicSettings } from '../../../src/client/types.ts'
import { cluster } from '../../support/cluster.ts'
import { settle } from '../../support/fake-clock.ts'

const settings = (name: string, queues = 2): TopicSettings => ({
  name,
  readQueues: queues,
  writeQueues: queues,
  perm: 6,
  order: false,
  attributes: new Map(),
})

const message = (
  topic: string,
  text: string,
  properties: Iterable<[string, string]> = [],
): MessageToSend => ({ topic, body: Buffer.from(text), properties: new Map(properties) })

const at = (topic: string, queueId = 0) => ({ topic, broker: 'broker-a', queueId })
const text = (body: Uint8Array): string => Buffer.from(body).toString()

test('a topic is created, sent to and pulled from', async (t) => {
  const { client } = await cluster(t)
  await client.createTopic(settings('orders'))
  const route = await client.route('orders')
  t.is(route.queues[0]?.writeQueues, 2)

  const receipt = await client.send(message('orders', 'one', [['TAGS', 'a']]), {
    queue: { broker: 'broker-a', queueId: 1 },
  })
  t.like(receipt, { status: 'SEND_OK', queueId: 1, queueOffset: 0, broker: 'broker-a' })
  await settle()
  const pulled = await client.pull({
    queue: at('orders', 1),
    group: 'g',
    offset: 0,
    max: 32,
    waitMs: 0,
    filter: { type: 'TAG', expression: 'a' },
  })
  t.is(pulled.status, 'FOUND')
  t.deepEqual(
    pulled.messages.map(({ body, messageId }) => [text(body), messageId]),
    [['one', receipt.messageId]],
  )
  t.is(pulled.messages[0]?.offsetMessageId, receipt.offsetMessageId)
})

test('a first send to an unknown topic creates it', async (t) => {
  const { client } = await cluster(t)
  const receipt = await client.send(message('fresh', 'one'))
  t.is(receipt.status, 'SEND_OK')
  await settle()
  t.true((await client.topics()).includes('fresh'))
})

test('a waiting pull is answered by the next message', async (t) => {
  const { client } = await cluster(t)
  await client.createTopic(settings('t', 1))
  const pulling = client.pull({ queue: at('t'), group: 'g', offset: 0, max: 1, waitMs: 10_000 })
  await settle()
  await client.send(message('t', 'late'))
  const pulled = await pulling
  t.deepEqual(
    pulled.messages.map(({ body }) => text(body)),
    ['late'],
  )
})

test('a waiting pull ends after its time', async (t) => {
  const { client, clock } = await cluster(t)
  await client.createTopic(settings('t', 1))
  const pulling = client.pull({ queue: at('t'), group: 'g', offset: 0, max: 1, waitMs: 5000 })
  await clock.advance(5200)
  t.is((await pulling).status, 'NO_NEW_MSG')
})

test('every name server learns of every topic, and forgets a broker that stops', async (t) => {
  const { client, running, clock, openAgain, nameServers } = await cluster(t, { nameServers: 2 })
  t.is(nameServers.length, 2)
  await client.createTopic(settings('t', 1))
  await settle()
  t.true((await client.topics()).includes('t'))
  t.deepEqual([...(await client.masters()).keys()], ['broker-a'])

  const stopping = running.broker.stop()
  await clock.advance(1000)
  await stopping
  t.deepEqual(await client.topics(), [])
  running.broker = await openAgain()
  t.true((await client.topics()).includes('t'))
})

test('messages, topics and offsets outlive the broker', async (t) => {
  const { client, running, clock, openAgain } = await cluster(t)
  await client.createTopic(settings('t', 1))
  const sent = await client.send(message('t', 'kept'))
  await client.updateConsumerOffset('g', at('t'), 1)
  t.is(await client.consumerOffset('g', at('t')), 1)

  const stopping = running.broker.stop()
  await clock.advance(1000)
  await stopping
  running.broker = await openAgain()
  // The port is another one: the routes the client knows are of the broker that stopped.
  await clock.advance(30_000)
  t.is(await client.consumerOffset('g', at('t')), 1)
  t.is(await client.maxOffset(at('t')), 1)
  const pulled = await client.pull({ queue: at('t'), group: 'g', offset: 0, max: 1, waitMs: 0 })
  t.is(pulled.messages[0]?.messageId, sent.messageId)
})

test('consumer offsets are on disk within seconds of their commit', async (t) => {
  const { client, clock, files } = await cluster(t)
  await client.createTopic(settings('t', 1))
  await client.updateConsumerOffset('g', at('t'), 7)
  await clock.advance(6000)
  const state = Buffer.from(files.readWhole('/store/config/consumerOffset.json') ?? []).toString()
  t.is(JSON.parse(state).offsetTable['t@g']['0'], 7)
})

test('a delayed message arrives after its delay and not before', async (t) => {
  const { client, clock } = await cluster(t)
  await client.createTopic(settings('t', 1))
  await client.send(message('t', 'later', [['DELAY', '3']]))
  await clock.advance(9900)
  t.is(await client.maxOffset(at('t')), 0)
  await clock.advance(200)
  t.is(await client.maxOffset(at('t')), 1)
  const pulled = await client.pull({ queue: at('t'), group: 'g', offset: 0, max: 1, waitMs: 0 })
  t.is(text(pulled.messages[0]?.body ?? Buffer.alloc(0)), 'later')
  t.is(pulled.messages[0]?.properties.get('REAL_TOPIC'), 't')
})

test('delays that fell due while the broker was down are made up for', async (t) => {
  const { client, clock, running, openAgain } = await cluster(t)
  await client.createTopic(settings('t', 1))
  for (const body of ['one', 'two']) await client.send(message('t', body, [['DELAY', '2']]))
  const stopping = running.broker.stop()
  await clock.advance(60_000)
  await stopping
  running.broker = await openAgain()
  await clock.advance(31_000)
  t.is(await client.maxOffset(at('t')), 2)
})

test('a batch is stored in one queue with offsets in a row', async (t) => {
  const { client } = await cluster(t)
  await client.createTopic(settings('t', 1))
  const receipts = await client.sendBatch(['a', 'b', 'c'].map((body) => message('t', body)))
  t.deepEqual(
    receipts.map(({ queueOffset }) => queueOffset),
    [0, 1, 2],
  )
  const pulled = await client.pull({ queue: at('t'), group: 'g', offset: 0, max: 9, waitMs: 0 })
  t.is(pulled.messages.length, 3)
})

test('a name server that comes later is told within its retry', async (t) => {
  const { client, clock, network } = await cluster(t)
  network.cut()
  await clock.advance(31_000)
  network.heal()
  await clock.advance(31_000)
  t.deepEqual([...(await client.masters()).keys()], ['broker-a'])
})
