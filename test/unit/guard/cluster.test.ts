// A cluster with users: name server, broker and client as they run, over a memory network.

import test, { type ExecutionContext } from 'ava'
import { type Credentials, signWith } from '../../../src/access/signature.ts'
import { printAddress } from '../../../src/base/address.ts'
import { silentLog } from '../../../src/base/log.ts'
import { Client } from '../../../src/client/client.ts'
import { getBrokerConfig } from '../../../src/protocol/requests/admin.ts'
import { authCreateAcl, authCreateUser } from '../../../src/protocol/requests/auth.ts'
import { getNamesrvConfig } from '../../../src/protocol/requests/route.ts'
import { RemotingClient } from '../../../src/remoting/client.ts'
import { MqCluster } from '../../support/mq-cluster.ts'

const root = { accessKey: 'root', secretKey: 'secret-of-root' }
const alice = { accessKey: 'alice', secretKey: 'secret-of-alice' }
const access = {
  authenticationEnabled: true,
  authorizationEnabled: true,
  initAuthenticationUser: JSON.stringify({ username: 'root', password: root.secretKey }),
}

async function closedCluster(t: ExecutionContext) {
  const cluster = new MqCluster()
  const namesrv = await cluster.startNameServer(access)
  const innerClientAuthenticationCredentials = JSON.stringify(root)
  const broker = await cluster.startBroker('a', { ...access, innerClientAuthenticationCredentials })
  const clients: { stop(): Promise<void> }[] = []
  const clientOf = (credentials?: Credentials) => {
    const client = new Client({ ...cluster, nameServers: cluster.nameServers, credentials })
    clients.push(client)
    return client
  }
  const remoting = new RemotingClient({ ...cluster, log: silentLog, sign: signWith(root) })
  const admin = {
    call: <H extends object>(
      at: 'namesrv' | 'broker',
      spec: Parameters<RemotingClient['call']>[1],
      header: H,
      body?: unknown,
    ) => {
      const address = printAddress(at === 'broker' ? broker.address : namesrv.address)
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const options = { timeoutMs: 3000, ...(bytes && { body: bytes }) }
      return cluster.during(remoting.call(address, spec, header, options))
    },
  }
  t.teardown(async () => {
    for (const client of clients) await cluster.during(client.stop())
    await cluster.during(remoting.close())
    await cluster.during(broker.stop())
    await cluster.during(cluster.stopNameServers())
  })
  return { cluster, clientOf, admin }
}

const user = (username: string, password: string) => ({ username, password, userType: 'Normal' })
const allow = (resource: string, ...actions: string[]) => ({
  resource,
  actions,
  decision: 'Allow',
})
const policies = (...entries: object[]) => ({ policies: [{ policyType: 'Custom', entries }] })

async function makeAlice({ admin }: Awaited<ReturnType<typeof closedCluster>>) {
  for (const at of ['namesrv', 'broker'] as const) {
    await admin.call(at, authCreateUser, { username: 'alice' }, user('alice', alice.secretKey))
    const acl = policies(allow('Topic:orders', 'Pub'))
    await admin.call(at, authCreateAcl, { subject: 'User:alice' }, acl)
  }
}

const settings = (name: string) => ({
  name,
  readQueues: 1,
  writeQueues: 1,
  perm: 6,
  order: false,
  attributes: new Map(),
})
const message = (topic: string) => ({ topic, body: Buffer.from('x'), properties: new Map() })

test('the broker registers as a member, and who signs as an administrator does everything', async (t) => {
  const { cluster, clientOf } = await closedCluster(t)
  const client = clientOf(root)
  await cluster.during(client.createTopic(settings('orders')))
  t.is((await cluster.during(client.send(message('orders')))).status, 'SEND_OK')
  t.is((await cluster.during(client.send(message('fresh')))).status, 'SEND_OK')
})

test('nobody learns anything without a key, or with a wrong one', async (t) => {
  const { cluster, clientOf } = await closedCluster(t)
  await cluster.during(clientOf(root).createTopic(settings('orders')))
  for (const credentials of [undefined, { ...root, secretKey: 'x' }, { ...root, accessKey: 'y' }]) {
    const client = clientOf(credentials)
    const refused = { message: /credentials are missing or wrong/ }
    await t.throwsAsync(cluster.during(client.route('orders')), refused)
    await t.throwsAsync(cluster.during(client.topics()), refused)
  }
})

test('a user does what its policies allow, and nothing is created by the way', async (t) => {
  const given = await closedCluster(t)
  const { cluster, clientOf } = given
  await makeAlice(given)
  await cluster.during(clientOf(root).createTopic(settings('orders')))
  await cluster.during(clientOf(root).createTopic(settings('bills')))
  const client = clientOf(alice)
  t.is((await cluster.during(client.send(message('orders')))).status, 'SEND_OK')
  const refused = { message: /may not/ }
  await t.throwsAsync(cluster.during(client.send(message('bills'))), refused)
  await t.throwsAsync(cluster.during(client.createTopic(settings('other'))), refused)
})

test('a topic that is not there is created by a send only for who may create it', async (t) => {
  const given = await closedCluster(t)
  const { cluster, clientOf, admin } = given
  await makeAlice(given)
  const client = clientOf(alice)
  const subject = { subject: 'User:alice' }
  const mayPublish = policies(allow('Topic:orders', 'Pub'), allow('Topic:TBW102', 'Get'))
  for (const at of ['namesrv', 'broker'] as const) {
    await admin.call(at, authCreateAcl, subject, mayPublish)
  }
  await t.throwsAsync(cluster.during(client.send(message('orders'))), { message: /may not create/ })
  await admin.call(
    'broker',
    authCreateAcl,
    subject,
    policies(allow('Topic:orders', 'Pub', 'Create')),
  )
  t.is((await cluster.during(client.send(message('orders')))).status, 'SEND_OK')
})

test('no answer shows a secret of the settings', async (t) => {
  const { admin } = await closedCluster(t)
  const broker = await admin.call('broker', getBrokerConfig, {})
  const namesrv = await admin.call('namesrv', getNamesrvConfig, {})
  for (const { body } of [broker, namesrv]) {
    const text = Buffer.from(body).toString()
    t.regex(text, /initAuthenticationUser=\*+/)
    t.false(text.includes(root.secretKey))
  }
})

test('beyond loopback nothing starts that is open', async (t) => {
  const cluster = new MqCluster()
  await t.throwsAsync(async () => cluster.startNameServer({ bindAddress: '0.0.0.0' }), {
    message: /loopback/,
  })
  await t.throwsAsync(cluster.startBroker('a', { bindAddress: '0.0.0.0' }), { message: /loopback/ })
  const meant = await cluster.startNameServer({ bindAddress: '0.0.0.0', insecure: true })
  t.is(meant.address.host, '0.0.0.0')
  const closed = await cluster.startNameServer({ ...access, bindAddress: '0.0.0.0' })
  t.is(closed.address.host, '0.0.0.0')
  await cluster.during(cluster.stopNameServers())
})
