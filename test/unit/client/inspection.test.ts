// Source: DefaultMQAdminExtImpl; against two brokers and two name servers of ours

import test, { type ExecutionContext } from 'ava'
import { Client } from '../../../src/client/client.ts'
import { MqCluster } from '../../support/mq-cluster.ts'

async function clusterOfTwo(t: ExecutionContext) {
  const cluster = new MqCluster()
  const servers = [await cluster.startNameServer(), await cluster.startNameServer()]
  const brokers = [await cluster.startBroker('a'), await cluster.startBroker('b')]
  const client = new Client({ ...cluster, nameServers: cluster.nameServers })
  t.teardown(async () => {
    await cluster.during(client.stop())
    for (const broker of brokers) await cluster.during(broker.stop())
    await cluster.during(cluster.stopNameServers())
  })
  const create = (name: string) =>
    cluster.during(
      client.createTopic({
        ...{ name, readQueues: 2, writeQueues: 2, perm: 6, order: false },
        attributes: new Map(),
      }),
    )
  const send = (broker: string, key: string) =>
    cluster.during(
      client.send(
        { topic: 'orders', body: Buffer.from(key), properties: new Map([['KEYS', key]]) },
        { queue: { broker, queueId: 1 } },
      ),
    )
  return { cluster, servers, client, create, send, see: client.inspection }
}

test('what several brokers have is put together, in order', async (t) => {
  const { cluster, client, create, send, see } = await clusterOfTwo(t)
  await create('orders')
  await send('b', 'one')
  t.deepEqual(
    (await cluster.during(see.topicStats('orders'))).map((one) => [
      one.broker,
      one.queueId,
      one.maxOffset,
    ]),
    [
      ['a', 0, 0],
      ['a', 1, 0],
      ['b', 0, 0],
      ['b', 1, 1],
    ],
  )
  await cluster.during(see.createGroup('billing', { retryMaxTimes: 3 }))
  t.is((await cluster.during(client.groupSettings('billing'))).retryMaxTimes, 3)
  t.true((await cluster.during(see.groups())).includes('billing'))
  const sought = await cluster.during(see.seekByTime('billing', 'orders', -1))
  t.deepEqual(
    sought.map(({ broker, offset }) => [broker, offset]),
    [
      ['a', 0],
      ['a', 0],
      ['b', 0],
      ['b', 1],
    ],
  )
  await cluster.during(see.seek('billing', { topic: 'orders', broker: 'b', queueId: 1 }, 0))
  const progress = await cluster.during(see.progress('billing', 'orders'))
  t.like(progress.at(-1), { broker: 'b', queueId: 1, committedOffset: 0, maxOffset: 1 })
  await cluster.during(see.deleteGroup('billing'))
  t.deepEqual(await cluster.during(see.progress('billing')), [])
  t.deepEqual(await cluster.during(see.clients('billing')), [])
})

test('a message is found by key, by id and by place, and nothing else is', async (t) => {
  const { cluster, create, send, see } = await clusterOfTwo(t)
  await create('orders')
  // Java's hash is the same for both keys.
  const [first] = [await send('a', 'Aa'), await send('b', 'BB')]
  const bodies = async (key: string) => {
    const found = await cluster.during(see.byKey({ topic: 'orders', key, max: 9, isId: false }))
    return found.map(({ message, broker }) => [broker, Buffer.from(message.body).toString()])
  }
  t.deepEqual(await bodies('Aa'), [['a', 'Aa']])
  t.deepEqual(await bodies('BB'), [['b', 'BB']])
  t.deepEqual(await bodies('none'), [])
  for (const id of [first.messageId, first.offsetMessageId]) {
    const found = await cluster.during(see.byId('orders', id))
    t.is(found?.broker, 'a')
    t.is(found?.message.messageId, first.messageId)
  }
  t.is(await cluster.during(see.byId('orders', 'none')), undefined)
})

test('a deleted topic is gone from every broker and every name server', async (t) => {
  const { cluster, servers, create, see } = await clusterOfTwo(t)
  await create('orders')
  await cluster.during(see.deleteTopic('orders'))
  for (const { address } of servers) {
    const nameServers = [`${address.host}:${address.port}`]
    const client = new Client({ ...cluster, nameServers })
    const refused = { message: /orders|topic/ }
    await t.throwsAsync(cluster.during(client.route('orders')), refused)
    await cluster.during(client.stop())
  }
})

test('settings of a broker are read, and changed while it runs', async (t) => {
  const { cluster, see } = await clusterOfTwo(t)
  await cluster.during(see.updateBrokerConfig('a', new Map([['autoCreateTopicEnable', 'false']])))
  const config = await cluster.during(see.brokerConfig('a'))
  t.is(config.get('autoCreateTopicEnable'), 'false')
  t.is((await cluster.during(see.brokerFigures('a'))).get('brokerActive'), 'true')
  t.is((await cluster.during(see.brokers())).length, 2)
})

test('without any broker nothing is said to be done', async (t) => {
  const cluster = new MqCluster()
  await cluster.startNameServer()
  const client = new Client({ ...cluster, nameServers: cluster.nameServers })
  const none = { message: 'there is no broker' }
  await t.throwsAsync(cluster.during(client.inspection.createGroup('g')), none)
  await t.throwsAsync(cluster.during(client.inspection.deleteTopic('t')), none)
  await cluster.during(client.stop())
  await cluster.during(cluster.stopNameServers())
})
