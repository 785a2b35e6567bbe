// A master killed with -9 under load, its slave in a process of its own. The slave has a prefix of
// the master's log, serves what it has while the master is gone, and follows again afterwards.
// With SYNC_MASTER everything that was acknowledged is on the slave at the moment of the kill; with
// ASYNC_MASTER some of it may not be, and the test says how much. 3 rounds of each; ROUNDS=n, SEED=n.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { freePort } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'
import { checkRecord, produce, readAll, type Sent } from '../support/recording.ts'
import { firstDifference, Replicas, until } from '../support/replicas.ts'
import { seededRandom } from '../support/seeded-random.ts'

const rounds = Number(process.env['ROUNDS'] ?? 3)
const seed = Number(process.env['SEED'] ?? 4711)
const queues = 4
const topic = 'kill'
const local = '127.0.0.1:0'

type Mode = { readonly brokerRole: string; readonly flushDiskType: string }

const modes: readonly Mode[] = [
  { brokerRole: 'SYNC_MASTER', flushDiskType: 'SYNC_FLUSH' },
  { brokerRole: 'ASYNC_MASTER', flushDiskType: 'ASYNC_FLUSH' },
]

const settings = (given: Record<string, string | number>) =>
  Object.entries(given).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`])

for (const mode of modes) {
  const { brokerRole, flushDiskType } = mode
  test.serial(`${rounds} kills of a master: ${brokerRole}, ${flushDiskType}`, async (t) => {
    t.timeout(120_000 + rounds * 60_000)
    t.log(`SEED=${seed}`)
    const random = seededRandom(seed)
    const home = mkdtempSync(join(tmpdir(), 'rocketway-replica-'))
    t.teardown(() => rmSync(home, { recursive: true, force: true }))
    const namesrv = await startRocketway(t, [
      ...['namesrv', '--data', join(home, 'n'), '--listen', local],
    ])
    const port = await freePort()
    const start = (name: string, listen: string, given: Record<string, string | number>) =>
      startRocketway(t, [
        ...['broker', '--data', join(home, name), '--listen', listen],
        ...['--namesrv', namesrv.listen['namesrv'] ?? ''],
        ...settings({ flushDiskType, mappedFileSizeCommitLog: 1_048_576, ...given }),
      ])
    const startMaster = () => start('master', `127.0.0.1:${port}`, { brokerRole })
    const masterAddress = `127.0.0.1:${port}`

    let master = await startMaster()
    const slave = await start('slave', local, { brokerRole: 'SLAVE', brokerId: 1 })
    const slaveAddress = slave.listen['broker'] ?? ''
    const client = connectClient(t, namesrv.listen['namesrv'] ?? '')
    const replicas = new Replicas(t)
    const logs = [join(home, 'master/commitlog'), join(home, 'slave/commitlog')] as const
    await client.createTopic({
      name: topic,
      readQueues: queues,
      writeQueues: queues,
      perm: 6,
      order: false,
      attributes: new Map(),
    })
    await replicas.inStep(masterAddress)
    await until('the slave knows the topic', () => replicas.knows(slaveAddress, topic))

    const sent: Sent[] = []
    let behind = 0
    for (let round = 0; round < rounds; round++) {
      const stop = new AbortController()
      const producers = [...Array(queues * 2).keys()].map((n) => {
        const to = { topic, broker: 'broker-a', queueId: n % queues, producer: n }
        return produce(client, { ...to, from: round * 1_000_000 }, stop.signal)
      })
      await sleep(300 + random.below(1000))
      await master.kill('SIGKILL')
      stop.abort()
      for (const log of await Promise.all(producers)) sent.push(...log)

      const there = await replicas.readAll(slaveAddress, topic, queues)
      const { maxOffset } = (await replicas.status(slaveAddress)).haClientRuntimeInfo
      t.is(firstDifference(...logs, maxOffset), undefined, "the slave's log is a prefix (I10)")
      if (brokerRole === 'SYNC_MASTER') checkRecord(t, sent, there)
      else {
        const known = new Set(there.map(({ body }) => Buffer.from(body).toString()))
        behind += sent.filter((one) => one.result === 'acked' && !known.has(one.body)).length
      }

      master = await startMaster()
      await replicas.inStep(masterAddress)
      t.is(firstDifference(...logs, Number.MAX_SAFE_INTEGER), undefined)
    }
    checkRecord(t, sent, await readAll(client, topic, 'broker-a', queues))
    checkRecord(t, sent, await replicas.readAll(slaveAddress, topic, queues))
    const acked = sent.filter((one) => one.result === 'acked').length
    t.log(`${acked} acknowledged; ${behind} of them were not on the slave when the master died`)
    t.true(acked > rounds * queues, 'the producers did work')
  })
}
