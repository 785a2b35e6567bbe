// A store with one of every kind of message, and a picture of a broker's whole store, to be
// compared with what another broker serves of the same files.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '../../src/base/log.ts'
import type { QueueAddress } from '../../src/client/topic-route.ts'
import type { MessageToSend, MqClient, SendReceipt } from '../../src/client/types.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import type { Message } from '../../src/message/message.ts'
import { consumerSendMsgBack } from '../../src/protocol/requests/ack.ts'
import { RemotingClient } from '../../src/remoting/client.ts'

export const broker = 'broker-a'
export const group = 'GID_round_trip'

const popTopic = `RoundTripPop_${'t'.repeat(60)}`
const popGroup = `GID_pop_${'g'.repeat(60)}`
/** Where a popped message comes again. With more than 127 bytes its records are version 2. */
const longTopic = `%RETRY%${popGroup}_${popTopic}`

export const topics = {
  RoundTrip: { queues: 2, attributes: new Map<string, string>() },
  RoundTripFifo: { queues: 4, attributes: new Map([['message.type', 'FIFO']]) },
  RoundTripBig: { queues: 1, attributes: new Map<string, string>() },
  RoundTripBatch: { queues: 2, attributes: new Map([['queue.type', 'BatchCQ']]) },
  [popTopic]: { queues: 1, attributes: new Map<string, string>() },
}

/** What was sent and where the broker says that it is. */
export type Placed = { readonly message: MessageToSend; readonly receipt: SendReceipt }

const bodyOf = (n: number) => Buffer.from(n % 3 === 0 ? `消息-${n}-émoji-😀` : `{"number":${n}}`)

function propertiesOf(n: number): Map<string, string> {
  const properties = new Map([['KEYS', n % 5 === 0 ? `key-${n} shared` : `key-${n}`]])
  const tag = ['TagA', 'TagB', '标签', ''][n % 4]
  if (tag) properties.set('TAGS', tag)
  if (n % 2 === 0) properties.set('colour', 'blue').set('имя', `значение ${n} 😀`)
  return properties
}

/** Makes the topics and sends one of every kind; the log rolls several times with 1 MiB files. */
export async function fillStore(client: MqClient): Promise<readonly Placed[]> {
  for (const [name, { queues, attributes }] of Object.entries(topics)) {
    const settings = { name, readQueues: queues, writeQueues: queues, perm: 6 }
    await client.createTopic({ ...settings, order: name.endsWith('Fifo'), attributes })
  }
  return sendAll(client, 0)
}

/** One of every kind, numbered from `first` on. */
export async function sendAll(client: MqClient, first: number): Promise<readonly Placed[]> {
  const placed: Placed[] = []
  const send = async (message: MessageToSend, queueId: number) => {
    const receipt = await client.send(message, { queue: { broker, queueId }, timeoutMs: 10_000 })
    placed.push({ message, receipt })
  }
  for (let n = first; n < first + 60; n++) {
    const flag = n % 7 === 0 ? n : 0
    const message = { topic: 'RoundTrip', body: bodyOf(n), properties: propertiesOf(n), flag }
    await send(message, n % 2)
  }
  for (let n = 0; n < 20; n++) {
    const properties = new Map([['__SHARDINGKEY', `order-${n % 5}`]])
    await send({ topic: 'RoundTripFifo', body: bodyOf(first + n), properties }, n % 4)
  }
  const sendBatch = async (topic: string, count: number, queueId: number) => {
    const batch = Array.from({ length: count }, (_, n) => ({
      topic,
      body: n === 0 ? Buffer.alloc(0) : bodyOf(first + n),
      properties: propertiesOf(first + n),
    }))
    const receipts = await client.sendBatch(batch, { queue: { broker, queueId } })
    receipts.forEach((receipt, at) => {
      const message = batch[at]
      if (message) placed.push({ message, receipt })
    })
  }
  await sendBatch('RoundTrip', 40, 1)
  // Each is kept as one record, which readers take apart.
  for (let n = 0; n < 30; n++) await sendBatch('RoundTripBatch', 1 + (n % 13), n % 2)
  for (let n = 0; n < 40; n++) {
    const body = Buffer.alloc(60_000 + n, `big ${first + n} `)
    await send({ topic: 'RoundTripBig', body, properties: new Map() }, 0)
  }
  const popped = { topic: popTopic, body: bodyOf(first), properties: propertiesOf(first) }
  await send(popped, 0)
  return placed
}

/**
 * What the broker itself stores for a client: delayed messages of a short and a long level, a
 * message given back, one given up, one popped and still invisible, one popped and come again.
 */
export async function makeSystemRecords(client: MqClient, address: string): Promise<void> {
  for (const level of ['1', '18']) {
    const properties = new Map([['DELAY', level]])
    await client.send(
      { topic: 'RoundTrip', body: Buffer.from(`delayed ${level}`), properties },
      { queue: { broker, queueId: 0 } },
    )
  }
  const queue = { topic: 'RoundTrip', broker, queueId: 0 }
  const { messages } = await client.pull({ queue, group, offset: 0, max: 2, waitMs: 0 })
  const remoting = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  for (const [at, { position }] of messages.entries()) {
    const header = { offset: position, group, delayLevel: at === 0 ? 1 : -1 }
    await remoting.call(address, consumerSendMsgBack, header, { timeoutMs: 5000 })
  }
  await remoting.close()
  await client.updateConsumerOffset(group, queue, 17)
  const popping = { broker, queueId: 0, max: 1, waitMs: 0, initMode: 'min' } as const
  await client.pop({ ...popping, topic: 'RoundTripFifo', group, invisibleMs: 600_000 })
  await client.pop({ ...popping, topic: popTopic, group: popGroup, invisibleMs: 1000 })
  // By then the short delay and the retry are due as well.
  await until(async () => (await client.maxOffset({ topic: longTopic, broker, queueId: 0 })) > 0)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (await holds().catch(() => false)) return
    await sleep(200)
  }
  throw new Error('waited for half a minute')
}

/** A message as it has to be served by whoever opens the store. */
type Seen = Omit<Message, 'body' | 'properties' | 'bornHost' | 'storeHost'> & {
  readonly bodyDigest: string
  readonly properties: Readonly<Record<string, string>>
}

export type Picture = {
  /** `topic/queue` to its messages in order. */
  readonly queues: ReadonlyMap<string, readonly Seen[]>
  readonly committed: number | undefined
}

/** Everything that a broker serves, system topics included. */
export async function pictureOf(client: MqClient): Promise<Picture> {
  const queues = new Map<string, readonly Seen[]>()
  for (const topic of await client.topics()) {
    // A thousand queues that nobody writes to.
    if (topic === 'BenchmarkTest') continue
    const { readQueues } = await client.topicSettings(topic)
    for (let queueId = 0; queueId < readQueues; queueId++) {
      const seen = await messagesOf(client, { topic, broker, queueId })
      if (seen.length > 0) queues.set(`${topic}/${queueId}`, seen)
    }
  }
  const first = { topic: 'RoundTrip', broker, queueId: 0 }
  return { queues, committed: await client.consumerOffset(group, first) }
}

async function messagesOf(client: MqClient, queue: QueueAddress): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  const end = await client.maxOffset(queue)
  for (let offset = await client.minOffset(queue); offset < end; ) {
    const page = await client.pull({ queue, group: 'reader', offset, max: 32, waitMs: 0 })
    seen.push(...page.messages.map(seenOf))
    if (page.nextOffset <= offset) throw new Error(`${queue.topic}: stuck at ${offset}`)
    offset = page.nextOffset
  }
  return seen
}

function seenOf(message: Message): Seen {
  const { body, properties, ...rest } = message
  const { MIN_OFFSET: _min, MAX_OFFSET: _max, ...own } = Object.fromEntries(properties)
  return {
    ...rest,
    properties: own,
    bodyDigest: digestOf(body),
  }
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}
