// `kill -9` of the broker at any time, under load of all kinds, loses no acknowledged message,
// alters none, keeps the order of each queue, the outcome of transactions and what is delayed, and
// hands everything to its group. 15 rounds with each flush type; ROUNDS=n for more of each, SEED=n
// for the same ones again.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { freePort } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { MixedLoad, mixedTopics } from '../support/mixed-load.ts'
import { startRocketway } from '../support/processes.ts'
import { checkRecord, produce, readAll, type Sent } from '../support/recording.ts'
import { seededRandom } from '../support/seeded-random.ts'

const rounds = Number(process.env['ROUNDS'] ?? 15)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const queues = 4
const topic = 'kill'

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
  test.serial(
    `nothing acknowledged is lost by ${rounds} kills under ${flushDiskType}`,
    async (t) => {
      t.timeout(600_000 + rounds * 20_000)
      t.log(`SEED=${seed}`)
      const random = seededRandom(seed)
      const home = mkdtempSync(join(tmpdir(), 'rocketway-kill-'))
      t.teardown(() => rmSync(home, { recursive: true, force: true }))
      const local = '127.0.0.1:0'
      const namesrv = await startRocketway(t, [
        'namesrv',
        '--data',
        join(home, 'n'),
        '--listen',
        local,
      ])
      const port = await freePort()
      const startBroker = () =>
        startRocketway(t, [
          ...['broker', '--data', join(home, 'b'), '--listen', `127.0.0.1:${port}`],
          ...['--namesrv', namesrv.listen['namesrv'] ?? ''],
          ...['--set', `broker.flushDiskType=${flushDiskType}`],
          // Small files and frequent checkpoints, so that kills meet rolls and these as well.
          ...['--set', 'broker.mappedFileSizeCommitLog=1048576'],
          ...['--set', 'broker.flushConsumeQueueThoroughInterval=1000'],
          ...['--set', 'broker.flushConsumerOffsetInterval=200'],
          ...['--set', 'broker.flushDelayOffsetInterval=300'],
          ...['--set', 'broker.transactionOpBatchInterval=200'],
        ])

      let broker = await startBroker()
      const client = connectClient(t, namesrv.listen['namesrv'] ?? '')
      const names = [topic, mixedTopics.timed, mixedTopics.transactions]
      for (const [at, name] of names.entries()) {
        const count = at === 0 ? queues : 1
        const settings = { name, readQueues: count, writeQueues: count, perm: 6, order: false }
        await client.createTopic({ ...settings, attributes: new Map() })
      }
      const mixed = new MixedLoad({ client, broker: 'broker-a' })

      const sent: Sent[] = []
      for (let round = 0; round < rounds; round++) {
        const stop = new AbortController()
        const producers = [...Array(queues * 2).keys()].map((n) =>
          produce(
            client,
            {
              topic,
              broker: 'broker-a',
              queueId: n % queues,
              producer: n,
              from: round * 1_000_000,
            },
            stop.signal,
          ),
        )
        const load = { topic, queues, from: round * 1_000_000 }
        const others = mixed.run(load, stop.signal)
        await sleep(50 + random.below(700))
        await broker.kill('SIGKILL')
        stop.abort()
        for (const log of await Promise.all([...producers, others])) sent.push(...log)
        broker = await startBroker()
      }

      checkRecord(t, sent, await readAll(client, topic, 'broker-a', queues))
      const acked = sent.filter((one) => one.result === 'acked').length
      t.log(`${acked} acknowledged, ${sent.length - acked} unknown or refused`)
      await mixed.check(t, topic, sent)
      t.true(acked > rounds * queues, 'the producers did work')
    },
  )
}
