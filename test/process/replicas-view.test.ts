// What an operator sees of a replica set through the gateway: who is master, who follows and how
// far behind, with a master, without one, and under a controller. Real processes.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'
import { until } from '../support/replicas.ts'
import { RestCaller } from '../support/rest-tour.ts'

const local = '127.0.0.1:0'

type Replica = {
  readonly brokerId: number
  readonly address: string
  readonly reachable: boolean
  readonly role?: string
  readonly following: boolean
  readonly maxPosition?: string
  readonly gapBytes?: number
  readonly inSync?: boolean
}
type View = { readonly inSyncCount?: number; readonly items: readonly Replica[] }

async function site(t: ExecutionContext) {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-view-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const run = (name: string, args: readonly string[]) =>
    startRocketway(t, [...args, '--data', join(home, name)])
  const namesrv = (await run('n', ['namesrv', '--listen', local])).listen['namesrv'] ?? ''
  const gateway = await run('g', ['gateway', '--namesrv', namesrv, '--ports', '0'])
  const rest = new RestCaller({ url: `http://${gateway.listen['http']}` })
  const broker = (name: string, settings: Record<string, string | number>) =>
    run(name, [
      ...['broker', '--listen', local, '--namesrv', namesrv],
      ...Object.entries(settings).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`]),
    ])
  const view = async () =>
    (await rest.json('GET', '/v1/brokers/broker-a/replicas')) as unknown as View
  return { run, rest, broker, view, client: connectClient(t, namesrv) }
}

test('a master and its slaves, and what is left of them', async (t) => {
  const { rest, broker, view, client } = await site(t)
  const master = await broker('m', { brokerRole: 'SYNC_MASTER' })
  const slaves = [
    await broker('s1', { brokerId: 1, brokerRole: 'SLAVE' }),
    await broker('s2', { brokerId: 2, brokerRole: 'SLAVE' }),
  ]
  await until('all are seen', async () => (await view()).inSyncCount === 3)
  await client.createTopic({
    ...{ name: 'T', readQueues: 1, writeQueues: 1, perm: 6, order: false },
    attributes: new Map(),
  })
  await client.send({ topic: 'T', body: Buffer.alloc(1000), properties: new Map() })
  await until('none is behind', async () =>
    (await view()).items.every(({ gapBytes }) => gapBytes === 0),
  )
  const { items } = await view()
  t.deepEqual(
    items.map(({ brokerId, role, following, inSync }) => [brokerId, role, following, inSync]),
    [
      [0, 'master', false, true],
      [1, 'slave', true, true],
      [2, 'slave', true, true],
    ],
  )
  t.is(items[0]?.address.split(':')[1], master.listen['broker']?.split(':')[1])
  t.true(Number(items[0]?.maxPosition) > 1000)
  t.is(new Set(items.map(({ maxPosition }) => maxPosition)).size, 1)
  t.is((await rest.ask('GET', '/v1/brokers/nobody/replicas')).status, 404)

  slaves[1]?.process.kill('SIGSTOP')
  await until('one hangs', async () => (await view()).items[2]?.reachable === false)
  t.is((await view()).inSyncCount, 2)
  slaves[1]?.process.kill('SIGCONT')

  await master.kill('SIGKILL')
  await until('the master is gone', async () => (await view()).inSyncCount === undefined)
  const [first] = (await view()).items.filter(({ reachable }) => reachable)
  t.like(first, { brokerId: 1, role: 'slave' })
  t.is(first?.gapBytes, undefined, 'nobody knows how far the master was')
})

test('the in-sync set of a controller', async (t) => {
  const { run, broker, view } = await site(t)
  const controller = await run('c', ['controller', '--listen', local])
  const settings = {
    enableControllerMode: 'true',
    controllerAddr: controller.listen['controller'] ?? '',
  }
  await broker('one', settings)
  await until('there is a master', async () => (await view()).inSyncCount === 1)
  const second = await broker('two', settings)
  await until('the other is in sync', async () => (await view()).inSyncCount === 2)
  t.deepEqual((await view()).items.map(({ role }) => role).sort(), ['master', 'slave'])
  await second.kill('SIGKILL')
  await until('it has left the set', async () => (await view()).inSyncCount === 1)
})
