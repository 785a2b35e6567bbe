// A namesrv behind its port, with brokers and clients that are remoting clients.

import test, { type ExecutionContext } from 'ava'
import { printAddress } from '../../../src/base/address.ts'
import type { File, Files } from '../../../src/base/files.ts'
import { namesrvConfig } from '../../../src/namesrv/config.ts'
import { Namesrv } from '../../../src/namesrv/namesrv.ts'
import { putKvConfig } from '../../../src/protocol/requests/kv.ts'
import { registerBroker, unregisterBroker } from '../../../src/protocol/requests/registration.ts'
import {
  getBrokerClusterInfo,
  getRouteInfoByTopic,
  updateNamesrvConfig,
} from '../../../src/protocol/requests/route.ts'
import { sendMessageV2 } from '../../../src/protocol/requests/send.ts'
import { RemotingClient } from '../../../src/remoting/client.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { recordingLog } from '../../support/remoting.ts'

/** A folder without files, which refuses to be written. */
const emptyFiles = { exists: () => false, readWhole: () => undefined } as Partial<Files> as Files

const timeoutMs = 3000

function host(files: Files = emptyFiles) {
  const clock = new FakeClock()
  return { clock, network: new MemoryNetwork(clock), files, log: recordingLog() }
}

type Host = ReturnType<typeof host>

async function startNamesrv(t: ExecutionContext, given: Host, settings: object = {}) {
  const namesrv = new Namesrv(namesrvConfig.parse({ listenPort: 0, ...settings }), given)
  await namesrv.start()
  t.teardown(async () => {
    await Promise.all([namesrv.stop(), given.clock.advance(2000)])
  })
  return { namesrv, address: printAddress(namesrv.address) }
}

function newClient(t: ExecutionContext, given: Host) {
  const client = new RemotingClient(given)
  t.teardown(async () => {
    await Promise.all([client.close(), given.clock.advance(2000)])
  })
  return client
}

const identity = { clusterName: 'c', brokerName: 'b', brokerAddr: '10.0.0.1:10911', brokerId: 0 }

function registration(topics: readonly string[], counter = 1) {
  const topicConfigTable = Object.fromEntries(topics.map((name) => [name, { topicName: name }]))
  const dataVersion = { counter, stateVersion: 0, timestamp: 1 }
  const body = { topicConfigSerializeWrapper: { dataVersion, topicConfigTable } }
  const header = { ...identity, haServerAddr: '', compressed: false, bodyCrc32: 0 }
  return { header, body: Buffer.from(JSON.stringify(body)) }
}

async function register(client: RemotingClient, address: string, topics: readonly string[]) {
  const { header, body } = registration(topics)
  await client.call(address, registerBroker, header, { body, timeoutMs })
}

async function routeOf(client: RemotingClient, address: string, topic: string) {
  const { body } = await client.call(address, getRouteInfoByTopic, { topic }, { timeoutMs })
  return JSON.parse(Buffer.from(body).toString())
}

test('a client finds the topics that a broker registered, byte by byte too', async (t) => {
  const given = host()
  given.network.bytewise = true
  const { address } = await startNamesrv(t, given)
  const client = newClient(t, given)
  await register(client, address, ['t', 'u'])
  const route = await routeOf(client, address, 't')
  t.deepEqual(route.brokerDatas[0].brokerAddrs, { '0': '10.0.0.1:10911' })
})

test('a broker that unregisters is gone at once', async (t) => {
  const given = host()
  const { address } = await startNamesrv(t, given)
  const client = newClient(t, given)
  await register(client, address, ['t', 'u'])
  await client.call(address, unregisterBroker, identity, { timeoutMs })
  await t.throwsAsync(routeOf(client, address, 't'), {
    message: /^No topic route info in name server for the topic: t\nSee .*details\.$/,
  })
})

test('a broker whose connection closes is gone', async (t) => {
  const given = host()
  const { address } = await startNamesrv(t, given)
  const [broker, client] = [newClient(t, given), newClient(t, given)]
  await register(broker, address, ['t', 'u'])
  await Promise.all([broker.close(), given.clock.advance(2000)])
  await t.throwsAsync(routeOf(client, address, 't'), { message: /^No topic route info/ })
  const gone = given.log.lines.filter(({ event }) => event === 'broker-gone')
  t.like(gone, [{ fields: { brokerName: 'b', reason: 'connection closed' } }])
})

test('a broker that is silent for 120 s on an open connection is gone', async (t) => {
  const given = host()
  const { address } = await startNamesrv(t, given)
  const client = newClient(t, given)
  await register(client, address, ['t', 'u'])
  // The broker's connection lives on: it asks, and does not register.
  for (let second = 0; second < 120; second += 20) {
    await given.clock.advance(20_000)
    await client.call(address, getBrokerClusterInfo, {}, { timeoutMs })
  }
  t.truthy(await routeOf(client, address, 't'))
  await given.clock.advance(5_001)
  await t.throwsAsync(routeOf(client, address, 't'), { message: /^No topic route info/ })
})

test('of two namesrvs the one that stays answers, and the other knows all again after a start', async (t) => {
  const given = host()
  const [first, second] = [await startNamesrv(t, given), await startNamesrv(t, given)]
  const broker = newClient(t, given)
  const client = newClient(t, given)
  for (const { address } of [first, second]) await register(broker, address, ['t', 'u'])

  await Promise.all([first.namesrv.stop(), given.clock.advance(2000)])
  await t.throwsAsync(routeOf(client, first.address, 't'), { message: /connection/ })
  t.truthy(await routeOf(client, second.address, 't'))

  const again = await startNamesrv(t, given, { listenPort: first.namesrv.address.port })
  await register(broker, again.address, ['t', 'u'])
  t.deepEqual(await routeOf(client, again.address, 't'), await routeOf(client, second.address, 't'))
})

test('a request for a broker is not supported here', async (t) => {
  const given = host()
  const { address } = await startNamesrv(t, given)
  const header = {
    producerGroup: 'g',
    topic: 't',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 0,
    flag: 0,
  }
  const error = await t.throwsAsync(
    newClient(t, given).call(address, sendMessageV2, header, { timeoutMs }),
  )
  t.like(error, { failure: 'not-implemented', message: ' request type 310 not supported' })
})

test('routes carry the order configuration once that is switched on', async (t) => {
  const given = host(writableFiles())
  const { address } = await startNamesrv(t, given)
  const client = newClient(t, given)
  await register(client, address, ['t', 'u'])
  const entry = { namespace: 'ORDER_TOPIC_CONFIG', key: 't', value: 'b:4' }
  await client.call(address, putKvConfig, entry, { timeoutMs })
  t.is((await routeOf(client, address, 't')).orderTopicConf, undefined)

  const body = Buffer.from('orderMessageEnable=true')
  await client.call(address, updateNamesrvConfig, {}, { body, timeoutMs })
  t.is((await routeOf(client, address, 't')).orderTopicConf, 'b:4')
  await client.call(address, putKvConfig, { ...entry, value: 'b:2' }, { timeoutMs })
  t.is((await routeOf(client, address, 't')).orderTopicConf, 'b:2')
})

test('a change that the disk refuses is answered as a failure', async (t) => {
  const given = host()
  const { address } = await startNamesrv(t, given)
  const entry = { namespace: 'n', key: 'k', value: 'v' }
  const error = await t.throwsAsync(
    newClient(t, given).call(address, putKvConfig, entry, { timeoutMs }),
  )
  t.like(error, { failure: 'broker-error' })
})

/** Files whose content nobody reads. */
function writableFiles(): Files {
  const file: Partial<File> = { write() {}, sync: () => Promise.resolve(), close() {} }
  const files = {
    exists: () => false,
    readWhole: () => undefined,
    makeDirectory() {},
    remove() {},
    rename() {},
    syncDirectory() {},
    open: () => file as File,
  }
  return files as Partial<Files> as Files
}
