// 10,000 queues in one broker whose process may have 1,024 files open: a queue costs no file
// until its first message, and afterwards all of them serve theirs, also after a restart.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { freePort } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'

const topics = 10
const queuesEach = 1_000
const atOnce = 100
const local = '127.0.0.1:0'
/** What a queue may have taken that has no message; a file's buffers would be far more. */
const ownBytesEachMax = 1_000

function ownMemory(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

test('10,000 queues live with 1,024 descriptors', async (t) => {
  t.timeout(300_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-queues-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), '--listen', local])
  const nameServer = namesrv.listen['namesrv'] ?? ''
  const port = await freePort()
  const startBroker = () =>
    startRocketway(
      t,
      [
        ...['broker', '--data', join(home, 'b'), '--listen', `127.0.0.1:${port}`],
        ...['--namesrv', nameServer, '--set', 'broker.mappedFileSizeCommitLog=67108864'],
      ],
      { descriptors: 1_024, readyMs: 60_000 },
    )
  const queueFolders = () =>
    readdirSync(join(home, 'b', 'consumequeue')).filter((name) => name.startsWith('many-'))

  let broker = await startBroker()
  const client = connectClient(t, nameServer)
  const before = ownMemory(broker.process.pid)
  const names = Array.from({ length: topics }, (_, n) => `many-${n}`)
  for (const name of names) {
    const shape = { readQueues: queuesEach, writeQueues: queuesEach, perm: 6 }
    await client.createTopic({ name, ...shape, order: false, attributes: new Map() })
  }
  const each = (ownMemory(broker.process.pid) - before) / (topics * queuesEach)
  t.log(`${Math.round(each)} bytes for each queue without a message`)
  t.true(each < ownBytesEachMax, `${each} bytes each`)
  t.deepEqual(queueFolders(), [])

  const overAll = async (run: (topic: string, queueId: number) => Promise<unknown>) => {
    for (const topic of names) {
      for (let first = 0; first < queuesEach; first += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, (_, n) => run(topic, first + n)))
      }
    }
  }
  const send = (topic: string, queueId: number) =>
    client
      .send(
        { topic, body: Buffer.from(`${topic} ${queueId}`), properties: new Map() },
        { queue: { broker: 'broker-a', queueId }, timeoutMs: 30_000 },
      )
      .then((receipt) => t.is(receipt.status, 'SEND_OK'))
  await overAll(send)
  // In order: every queue's file is written.
  t.is(await broker.kill('SIGTERM'), 0)
  t.is(queueFolders().length, topics)
  broker = await startBroker()
  await overAll(send)
  await overAll(async (topic, queueId) => {
    t.is(await client.maxOffset({ topic, broker: 'broker-a', queueId }), 2)
  })
  t.is(await broker.kill('SIGTERM'), 0)
})
