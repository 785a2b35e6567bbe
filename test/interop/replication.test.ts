// Mixed sets: Apache's slave follows our master, and our slave follows Apache's. Logs are compared
// byte by byte. 5,000 messages; COUNT=n for more.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import { freePort, startApacheBroker } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'
import { firstDifference, Replicas, until } from '../support/replicas.ts'

const count = Number(process.env['COUNT'] ?? 5000)
const topic = 'mixed'
const queues = 4
const local = '127.0.0.1:0'
const shared = { mappedFileSizeCommitLog: 1_048_576, mappedFileSizeConsumeQueue: 20_000 }

async function makeSite(t: ExecutionContext): Promise<{ namesrv: string; home: string }> {
  t.timeout(600_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-mixed-'))
  const namesrv = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), '--listen', local])
  mkdirSync(join(home, 'ours'))
  return { namesrv: namesrv.listen['namesrv'] ?? '', home }
}

const startOurs = (
  t: ExecutionContext,
  { namesrv, home }: { namesrv: string; home: string },
  settings: Record<string, string | number>,
) =>
  startRocketway(t, [
    ...['broker', '--data', join(home, 'ours'), '-n', namesrv],
    ...Object.entries({ listenPort: 0, ...shared, ...settings }).flatMap(([key, value]) => [
      '--set',
      `broker.${key}=${value}`,
    ]),
  ])

async function sendAll(client: MqClient): Promise<void> {
  await client.createTopic({
    name: topic,
    readQueues: queues,
    writeQueues: queues,
    perm: 6,
    order: false,
    attributes: new Map(),
  })
  for (let from = 0; from < count; from += 50) {
    const batch = Array.from({ length: Math.min(50, count - from) }, (_, at) => from + at)
    await Promise.all(
      batch.map((n) =>
        client.send(
          { topic, body: Buffer.from(`${n} ${'x'.repeat((n * 37) % 900)}`), properties: new Map() },
          { queue: { broker: 'broker-a', queueId: n % queues }, timeoutMs: 10_000 },
        ),
      ),
    )
  }
}

const numbersOf = (bodies: readonly { readonly body: Uint8Array }[]): number[] =>
  bodies.map(({ body }) => Number.parseInt(Buffer.from(body).toString(), 10)).sort((a, b) => a - b)

test.serial("Apache's slave has our master's bytes, and serves them", async (t) => {
  const site = await makeSite(t)
  // Apache's slave asks for tables at the port two below.
  const port = await freePort()
  const master = await startOurs(t, site, { vipPortEnable: 'true', listenPort: port })
  const address = master.listen['broker'] ?? ''
  const client = connectClient(t, site.namesrv)
  const replicas = new Replicas(t)
  await until('the master has registered', async () => (await client.masters()).size > 0)
  const slave = await startApacheBroker(t, join(site.home, 'apache'), site.namesrv, {
    ...shared,
    brokerId: 1,
    brokerRole: 'SLAVE',
    haListenPort: await freePort(),
    cleanFileForciblyEnable: false,
    slaveReadEnable: true,
  })
  await until(
    'it follows',
    async () => (await replicas.status(address)).haConnectionInfo.length > 0,
  )
  await sendAll(client)
  await replicas.inStep(address)
  const end = (await replicas.status(address)).masterCommitLogMaxOffset
  const apacheLog = join(site.home, 'apache/store/commitlog')
  t.is(firstDifference(join(site.home, 'ours/commitlog'), apacheLog, end), undefined)

  // It has the topic by now, or asks for it within its minute.
  const all = Array.from({ length: count }, (_, n) => n)
  await until(
    'the slave serves everything',
    async () => (await replicas.readAll(slave.address, topic, queues)).length === count,
    120_000,
  )
  t.deepEqual(numbersOf(await replicas.readAll(slave.address, topic, queues)), all)
})

test.serial("our slave has Apache's bytes, serves them, and goes on when it is gone", async (t) => {
  const site = await makeSite(t)
  const master = await startApacheBroker(t, join(site.home, 'apache'), site.namesrv, {
    ...shared,
    haListenPort: await freePort(),
    cleanFileForciblyEnable: false,
  })
  const client = connectClient(t, site.namesrv)
  const replicas = new Replicas(t)
  await until('the master has registered', async () => (await client.masters()).size > 0)
  const slave = await startOurs(t, site, { brokerRole: 'SLAVE', brokerId: 1 })
  const address = slave.listen['broker'] ?? ''
  await until(
    'it follows',
    async () => (await replicas.status(address)).haClientRuntimeInfo.activated,
  )
  await sendAll(client)
  await replicas.inStep(master.address)
  const end = (await replicas.status(master.address)).masterCommitLogMaxOffset
  await until(
    'the slave knows the topic',
    async () => (await replicas.readAll(address, topic, queues)).length === count,
  )
  const apacheLog = join(site.home, 'apache/store/commitlog')
  t.is(firstDifference(apacheLog, join(site.home, 'ours/commitlog'), end), undefined)
  await master.kill()
  const all = Array.from({ length: count }, (_, n) => n)
  t.deepEqual(numbersOf(await replicas.readAll(address, topic, queues)), all)
})
