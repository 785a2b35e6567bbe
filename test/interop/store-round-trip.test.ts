// A store made here opens in the real Apache broker, which serves every message and goes on;
// and then here again. Once with orderly stops, once with `kill -9` on both sides.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import { startApacheBroker } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'
import {
  broker,
  digestOf,
  fillStore,
  group,
  makeSystemRecords,
  type Picture,
  type Placed,
  pictureOf,
  sendAll,
  topics,
} from '../support/round-trip.ts'

/** Of both brokers. Small files; offsets are written often enough that a kill finds them. */
const shared = {
  mappedFileSizeCommitLog: 1_048_576,
  mappedFileSizeConsumeQueue: 20_000,
  flushConsumerOffsetInterval: 500,
}
const local = '127.0.0.1:0'

type Site = { readonly namesrv: string; readonly store: string; readonly home: string }

async function makeSite(t: ExecutionContext): Promise<Site> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-round-trip-'))
  const namesrv = await startRocketway(t, [
    'namesrv',
    ...['--data', join(home, 'n'), '--listen', local],
  ])
  const store = join(home, 'store')
  mkdirSync(store)
  return { namesrv: namesrv.listen['namesrv'] ?? '', store, home }
}

async function startOurs(t: ExecutionContext, { namesrv, store }: Site) {
  const started = await startRocketway(t, [
    ...['broker', '--data', store, '--listen', local, '-n', namesrv],
    ...Object.entries(shared).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`]),
  ])
  const client = connectClient(t, namesrv)
  await routeTo(client, started.listen['broker'] ?? '')
  return { client, address: started.listen['broker'] ?? '', kill: started.kill }
}

async function startApache(t: ExecutionContext, { namesrv, store, home }: Site) {
  const settings = {
    ...shared,
    storePathRootDir: store,
    storePathCommitLog: join(store, 'commitlog'),
    // However full this machine's disk is.
    cleanFileForciblyEnable: false,
  }
  const started = await startApacheBroker(t, join(home, 'apache'), namesrv, settings)
  const client = connectClient(t, namesrv)
  await routeTo(client, started.address)
  return { client, stop: started.stop, kill: started.kill }
}

/** The name server may still know the broker that was there before. */
async function routeTo(client: MqClient, address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const masters = await client.masters().catch(() => undefined)
    if (masters?.get(broker)?.addresses.get(0) === address) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${address} has not registered`)
}

/** Everything of `before` is in `after`, unaltered and at its place; more may have come. */
function holdsAll(t: ExecutionContext, before: Picture, after: Picture): void {
  for (const [queue, messages] of before.queues) {
    t.deepEqual(after.queues.get(queue)?.slice(0, messages.length), messages, queue)
  }
  t.is(after.committed, before.committed, 'the committed offset')
}

function holdsSent(t: ExecutionContext, sent: readonly Placed[], picture: Picture): void {
  for (const { message, receipt } of sent) {
    const queue = picture.queues.get(`${message.topic}/${receipt.queueId}`)
    const seen = queue?.[receipt.queueOffset]
    t.is(seen?.queueOffset, receipt.queueOffset)
    t.is(seen?.offsetMessageId, receipt.offsetMessageId)
    t.is(seen?.messageId, receipt.messageId)
    t.is(seen?.bodyDigest, digestOf(message.body))
    for (const [name, value] of message.properties) t.is(seen?.properties[name], value)
  }
}

async function holdsSettings(t: ExecutionContext, client: MqClient): Promise<void> {
  for (const [name, { queues, attributes }] of Object.entries(topics)) {
    const settings = await client.topicSettings(name)
    t.is(settings.writeQueues, queues, name)
    t.is(settings.order, name.endsWith('Fifo'), name)
    t.deepEqual([...settings.attributes], [...attributes], name)
  }
  t.is((await client.groupSettings(group)).name, group)
}

/** The official client reads the same. */
async function javaReads(t: ExecutionContext, site: Site, picture: Picture): Promise<void> {
  const names = Object.keys(topics)
  const classPath = await buildJavaClient('5.5.0')
  const main = 'rocketway.ReadAll'
  const events = await runJavaClient(classPath, [site.namesrv, ...names], site.home, main)
  const read = new Map(
    events.map((one): [string, Event] => [`${one.scenario}/${one.queueId}@${one.offset}`, one]),
  )
  for (const [queue, messages] of picture.queues) {
    if (!names.includes(queue.slice(0, queue.lastIndexOf('/')))) continue
    for (const { queueOffset, bodyDigest, properties } of messages) {
      const event = read.get(`${queue}@${queueOffset}`)
      t.is(event?.body, bodyDigest, `${queue}@${queueOffset}`)
      const { TAGS = null, KEYS = null, имя = null } = properties
      t.is(event?.detail, `${TAGS}|${KEYS}|${имя}`)
    }
  }
}

for (const end of ['stopped', 'killed'] as const) {
  test.serial(
    `a store ${end} here goes on in Apache's broker, and ${end} there here`,
    async (t) => {
      t.timeout(600_000)
      const site = await makeSite(t)
      const ours = await startOurs(t, site)
      const sent = [...(await fillStore(ours.client))]
      await makeSystemRecords(ours.client, ours.address)
      const made = await pictureOf(ours.client)
      holdsSent(t, sent, made)
      await ours.kill(end === 'killed' ? 'SIGKILL' : 'SIGTERM')

      const apache = await startApache(t, site)
      const taken = await pictureOf(apache.client)
      holdsAll(t, made, taken)
      await holdsSettings(t, apache.client)
      sent.push(...(await sendAll(apache.client, 1000)))
      const continued = await pictureOf(apache.client)
      holdsSent(t, sent, continued)
      await javaReads(t, site, continued)
      await (end === 'killed' ? apache.kill() : apache.stop())

      const again = await startOurs(t, site)
      const back = await pictureOf(again.client)
      holdsAll(t, continued, back)
      await holdsSettings(t, again.client)
      sent.push(...(await sendAll(again.client, 2000)))
      const last = await pictureOf(again.client)
      holdsSent(t, sent, last)
      await javaReads(t, site, last)
      t.log(`${sent.length} sent, ${[...last.queues.values()].flat().length} in the store`)
    },
  )
}
