// A store made here opens in the real Apache broker, which serves every message and goes on;
// and then here again. Once with orderly stops, once with `kill -9` on both sides.

import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { timerProblems } from '../../src/store/inspection/problem.ts'
import { lookAtStore } from '../../src/store/inspection/store-folder.ts'
import { verifyStore } from '../../src/store/inspection/verify.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import {
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
import { makeSite, type Site, startApache, startOurs } from '../support/store-site.ts'

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

/** Every record, unit of a queue and entry of the index that the last broker left agrees. */
async function agrees(t: ExecutionContext, { store, settings }: Site): Promise<void> {
  const { storePathCommitLog } = settings
  const commitLog = storePathCommitLog === undefined ? undefined : String(storePathCommitLog)
  const folder = lookAtStore(nodeFiles(await loadNative()), store, commitLog)
  if (!folder) throw new Error('not a store')
  t.true(folder.batchTopics.has('RoundTripBatch'))
  const report = verifyStore(folder)
  // The timer of a broker that was killed is ahead of its wheel.
  const found = report.problems.kept.filter(({ kind }) => !timerKinds.has(kind))
  t.deepEqual(found, [])
}

const timerKinds: ReadonlySet<string> = new Set(timerProblems)

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

/** Where the log is, what its records end with, what addresses are in them. */
const layouts = {
  plain: { ip: '127.0.0.1', settingsOf: () => ({}) },
  'of several folders, with checksums and IPv6 hosts': {
    ip: '::1',
    settingsOf: (store: string) => ({
      storePathCommitLog: ['b', 'a', 'c'].map((name) => join(store, `log-${name}`)).join(','),
      enabledAppendPropCRC: true,
      forceVerifyPropCRC: true,
    }),
  },
} as const

for (const [end, layout] of [
  ['stopped', 'plain'],
  ['killed', 'plain'],
  ['stopped', 'of several folders, with checksums and IPv6 hosts'],
  ['killed', 'of several folders, with checksums and IPv6 hosts'],
] as const) {
  test.serial(
    `a store ${layout}, ${end} here, goes on in Apache's broker, and ${end} there here`,
    async (t) => {
      t.timeout(600_000)
      const { settingsOf, ip } = layouts[layout]
      const site = await makeSite(t, settingsOf, ip)
      const ours = await startOurs(t, site)
      const sent = [...(await fillStore(ours.client))]
      await makeSystemRecords(ours.client, ours.address)
      const made = await pictureOf(ours.client)
      holdsSent(t, sent, made)
      await ours.kill(end === 'killed' ? 'SIGKILL' : 'SIGTERM')
      await agrees(t, site)

      const apache = await startApache(t, site)
      const taken = await pictureOf(apache.client)
      holdsAll(t, made, taken)
      await holdsSettings(t, apache.client)
      sent.push(...(await sendAll(apache.client, 1000)))
      const continued = await pictureOf(apache.client)
      holdsSent(t, sent, continued)
      await javaReads(t, site, continued)
      await (end === 'killed' ? apache.kill() : apache.stop())
      await agrees(t, site)

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
