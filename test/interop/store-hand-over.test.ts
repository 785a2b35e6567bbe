// What is under way when a store changes hands goes on: messages that wait for their time, pops
// that are not acknowledged, transactions that have not ended. From our broker to Apache's and
// back, with orderly stops and with `kill -9`.

import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { MqClient, PoppedMessage, SendReceipt } from '../../src/client/types.ts'
import { parseOffsetMessageId } from '../../src/message/id.ts'
import { readAll } from '../support/recording.ts'
import { broker } from '../support/round-trip.ts'
import { makeSite, startApache, startOurs } from '../support/store-site.ts'

const topics = { timed: 'Timed', popped: 'Popped', prepared: 'Prepared' }
const group = 'GID_hand_over'
const producerGroup = 'PID_hand_over'
const queue = { broker, queueId: 0 }
/** Long enough that the other broker is up, stopped or killed by then. */
const dueMs = 25_000
const invisibleMs = 30_000
const patienceMs = 150_000

type Half = { readonly body: string; readonly receipt: SendReceipt }

async function send(client: MqClient, topic: string, body: string, more: [string, string][] = []) {
  const message = { topic, body: Buffer.from(body), properties: new Map(more) }
  return client.send(message, { queue, producerGroup, retries: 0, timeoutMs: 10_000 })
}

async function sendTimed(client: MqClient, who: string): Promise<Map<string, number>> {
  const earliest = new Map<string, number>()
  for (let n = 0; n < 5; n++) {
    const body = `${who} timer ${n}`
    // Apache counts whole seconds and may be one early.
    earliest.set(body, Date.now() + dueMs + n * 500 - 1000)
    await send(client, topics.timed, body, [['TIMER_DELAY_MS', String(dueMs + n * 500)]])
    const leveled = `${who} level ${n}`
    earliest.set(leveled, Date.now() + 30_000)
    await send(client, topics.timed, leveled, [['DELAY', '4']])
  }
  return earliest
}

async function prepare(client: MqClient, body: string): Promise<Half> {
  const receipt = await send(client, topics.prepared, body, [
    ['TRAN_MSG', 'true'],
    ['PGROUP', producerGroup],
  ])
  return { body, receipt }
}

const end = (client: MqClient, { receipt }: Half, resolution: 'commit' | 'rollback') =>
  client.endTransaction({
    ...{ broker, topic: topics.prepared, producerGroup, resolution },
    queueOffset: receipt.queueOffset,
    position: parseOffsetMessageId(receipt.offsetMessageId)?.position ?? -1,
    messageId: receipt.messageId,
  })

const bodyOf = ({ message }: PoppedMessage) => Buffer.from(message.body).toString()

async function pop(client: MqClient, max: number): Promise<readonly PoppedMessage[]> {
  const asked = { topic: topics.popped, broker, queueId: -1, group, max, invisibleMs }
  return (await client.pop({ ...asked, waitMs: 1000, initMode: 'min' })).messages
}

/** Sends ten, pops six and acknowledges two of these. */
async function sendAndPop(client: MqClient, who: string) {
  for (let n = 0; n < 10; n++) await send(client, topics.popped, `${who} pop ${n}`)
  const popped: PoppedMessage[] = []
  while (popped.length < 6) popped.push(...(await pop(client, 6 - popped.length)))
  const acked = popped.slice(0, 2)
  for (const { receipt } of acked) await client.ack(group, receipt)
  const rest = Array.from({ length: 10 }, (_, n) => `${who} pop ${n}`)
  const done = acked.map(bodyOf)
  return { done, open: rest.filter((body) => !done.includes(body)), poppedAt: Date.now() }
}

/** Pops and acknowledges until all of `open` came; none of `done` may. */
async function popsGoOn(
  t: ExecutionContext,
  client: MqClient,
  { done, open }: { done: readonly string[]; open: readonly string[] },
): Promise<void> {
  const seen = new Set<string>()
  const deadline = Date.now() + patienceMs
  while (!open.every((body) => seen.has(body)) && Date.now() < deadline) {
    for (const one of await pop(client, 16)) {
      seen.add(bodyOf(one))
      await client.ack(group, one.receipt)
    }
  }
  t.deepEqual([...seen].sort(), [...open].sort())
  t.deepEqual(
    done.filter((body) => seen.has(body)),
    [],
    'what was acknowledged does not come again',
  )
}

async function comeInTime(
  t: ExecutionContext,
  client: MqClient,
  earliest: ReadonlyMap<string, number>,
  isOnce: boolean,
): Promise<void> {
  const deadline = Date.now() + patienceMs
  let come = new Map<string, number>()
  while (![...earliest.keys()].every((body) => come.has(body)) && Date.now() < deadline) {
    await sleep(500)
    const read = await readAll(client, topics.timed, broker, 1)
    come = new Map()
    // The first of each counts.
    for (const one of [...read].reverse()) {
      come.set(Buffer.from(one.body).toString(), one.storeTimestamp)
    }
    // After a kill Apache may deliver some again, as from its own store.
    if (isOnce) t.is(come.size, read.length, 'none comes twice')
  }
  for (const [body, time] of earliest) {
    t.true((come.get(body) ?? 0) >= time, `${body}: ${(come.get(body) ?? 0) - time} ms`)
  }
}

async function visible(client: MqClient): Promise<string[]> {
  const read = await readAll(client, topics.prepared, broker, 1)
  return read.map((one) => Buffer.from(one.body).toString())
}

for (const how of ['stopped', 'killed'] as const) {
  test(`what waits, is popped or prepared goes on in the next broker: ${how}`, async (t) => {
    t.timeout(900_000)
    const signal = how === 'killed' ? 'SIGKILL' : 'SIGTERM'
    const site = await makeSite(t, () => ({
      transactionCheckInterval: 3_600_000,
      mappedFileSizeTimerLog: 104_000,
    }))
    const ours = await startOurs(t, site)
    for (const name of Object.values(topics)) {
      const settings = { name, readQueues: 1, writeQueues: 1, perm: 6, order: false }
      await ours.client.createTopic({ ...settings, attributes: new Map() })
    }
    const first = {
      halves: await Promise.all(
        ['commit', 'rollback', 'later'].map((body) => prepare(ours.client, body)),
      ),
      timed: await sendTimed(ours.client, 'ours'),
      pops: await sendAndPop(ours.client, 'ours'),
    }
    // Apache believes the file of offsets alone: what is acknowledged after its last write and before
    // a kill comes again there.
    if (how === 'killed') await sleep(1500)
    await ours.kill(signal)

    const apache = await startApache(t, site)
    const [toCommit, toRollBack, later] = first.halves
    if (!toCommit || !toRollBack || !later) throw new Error('three are prepared')
    await end(apache.client, toCommit, 'commit')
    await end(apache.client, toRollBack, 'rollback')
    t.deepEqual(await visible(apache.client), ['commit'])
    await popsGoOn(t, apache.client, first.pops)
    await comeInTime(t, apache.client, first.timed, how === 'stopped')
    const second = {
      half: await prepare(apache.client, 'prepared by Apache'),
      timed: await sendTimed(apache.client, 'theirs'),
      pops: await sendAndPop(apache.client, 'theirs'),
    }
    // Its own file of offsets is written every 5 s: what a kill takes from it comes again here.
    if (how === 'killed') await sleep(6000)
    await (how === 'killed' ? apache.kill() : apache.stop())

    const again = await startOurs(t, site)
    t.log(`back ${Date.now() - second.pops.poppedAt} ms after the pop`)
    await end(again.client, later, 'commit')
    await end(again.client, second.half, 'commit')
    t.deepEqual(await visible(again.client), ['commit', 'later', 'prepared by Apache'])
    await popsGoOn(t, again.client, second.pops)
    await comeInTime(t, again.client, second.timed, how === 'stopped')
  })
}
