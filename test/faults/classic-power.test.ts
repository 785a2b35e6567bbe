// A master and its slave without a controller lose power, one after the other: what docs/guarantees.md
// says of each role and flush type is lost, and no more. See disks.ts for how power is cut.
//
// ROUNDS=20 npx ava --timeout=60m test/faults/classic-power.test.ts    by hand

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { freePort } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'
import { checkRecord, produce, readAll, type Sent } from '../support/recording.ts'
import { Replicas, until } from '../support/replicas.ts'
import { canLosePower, Disk } from './disks.ts'
import { rounds } from './scene.ts'

const queues = 4
const topic = 'power'
const broker = 'broker-a'
const local = '127.0.0.1:0'

/** Acknowledged, and not there. */
function missing(sent: readonly Sent[], read: readonly { readonly body: Uint8Array }[]): number {
  const known = new Set(read.map(({ body }) => Buffer.from(body).toString()))
  return sent.filter(({ body, result }) => result === 'acked' && !known.has(body)).length
}

async function pair(t: ExecutionContext, home: string, flushDiskType: string, brokerRole: string) {
  const namesrv = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), '--listen', local])
  const addr = namesrv.listen['namesrv'] ?? ''
  const start = (disk: Disk, port: number, role: string) => {
    const given = { brokerRole: role, brokerId: role === 'SLAVE' ? 1 : 0, flushDiskType }
    const all = Object.entries({ ...given, mappedFileSizeCommitLog: 1_048_576, haListenPort: 0 })
    return startRocketway(t, [
      ...['broker', '--data', join(disk.folder, 'data'), '--listen', `127.0.0.1:${port}`],
      ...['--namesrv', addr],
      ...all.flatMap(([key, value]) => ['--set', `broker.${key}=${value}`]),
    ])
  }
  return {
    client: () => connectClient(t, addr),
    startMaster: async (disk: Disk) => start(disk, await freePort(), brokerRole),
    startSlave: async (disk: Disk) => start(disk, await freePort(), 'SLAVE'),
  }
}

async function round(t: ExecutionContext, brokerRole: string, flushDiskType: string) {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-power-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const disks = { master: new Disk(t, join(home, 'm')), slave: new Disk(t, join(home, 's')) }
  const { client, startMaster, startSlave } = await pair(t, home, flushDiskType, brokerRole)
  const master = await startMaster(disks.master)
  const slave = await startSlave(disks.slave)
  const [masterAddress = '', slaveAddress = ''] = [master, slave].map((one) => one.listen['broker'])
  const replicas = new Replicas(t)
  const producer = client()
  await producer.createTopic({
    ...{ name: topic, readQueues: queues, writeQueues: queues, perm: 6, order: false },
    attributes: new Map(),
  })
  await replicas.inStep(masterAddress)
  await until('the slave knows the topic', () => replicas.knows(slaveAddress, topic))
  for (const disk of Object.values(disks)) disk.settle()

  const stop = new AbortController()
  const producers = [...Array(queues).keys()].map((queueId) =>
    produce(producer, { topic, broker, queueId, producer: queueId, from: 0 }, stop.signal),
  )
  await sleep(1500)
  await master.kill('SIGKILL')
  disks.master.losePower()
  stop.abort()
  const sent = (await Promise.all(producers)).flat()

  const onSlave = await replicas.readAll(slaveAddress, topic, queues)
  if (brokerRole === 'SYNC_MASTER') checkRecord(t, sent, onSlave)
  await slave.kill('SIGKILL')
  disks.slave.losePower()
  const readAgain = async (disk: Disk) => {
    const again = await startMaster(disk)
    const read = await readAll(client(), topic, broker, queues)
    await again.kill('SIGKILL')
    return read
  }
  const after = { master: await readAgain(disks.master), slave: await readAgain(disks.slave) }
  if (flushDiskType === 'SYNC_FLUSH') checkRecord(t, sent, after.master)
  if (flushDiskType === 'SYNC_FLUSH' && brokerRole === 'SYNC_MASTER') {
    checkRecord(t, sent, after.slave)
  }
  // Whatever is lost is the end: what is there is whole, was sent, and has no gaps.
  for (const read of Object.values(after)) {
    const kept = new Set(read.map(({ body }) => Buffer.from(body).toString()))
    const there = sent.filter(({ body, result }) => result !== 'acked' || kept.has(body))
    checkRecord(t, there, read)
  }
  const acknowledged = sent.filter(({ result }) => result === 'acked').length
  t.true(acknowledged > 20, 'the producers did work')
  t.log(
    `${acknowledged} acknowledged; missing on the slave when its master died ` +
      `${missing(sent, onSlave)}; after the cuts on the master ${missing(sent, after.master)}, ` +
      `on the slave ${missing(sent, after.slave)}`,
  )
}

const run = canLosePower ? test.serial : test.serial.skip

for (const brokerRole of ['ASYNC_MASTER', 'SYNC_MASTER']) {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
    run(`master and slave lose power: ${brokerRole}, ${flushDiskType}`, async (t) => {
      t.timeout(120_000 + rounds(1) * 60_000)
      for (let n = 0; n < rounds(1); n++) await round(t, brokerRole, flushDiskType)
    })
  }
}
