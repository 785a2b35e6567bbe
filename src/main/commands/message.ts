// `rocketway message …`.

import { createInterface } from 'node:readline'
import { MqError } from '../../base/errors.ts'
import type { Client } from '../../client/client.ts'
import type { QueueAddress } from '../../client/topic-route.ts'
import type { MessageToSend } from '../../client/types.ts'
import type { FoundMessage } from '../../client/views.ts'
import { systemClock } from '../../host/system-clock.ts'
import type { Message } from '../../message/message.ts'
import { propertyNames } from '../../message/properties.ts'
import {
  type ClusterOptions,
  clusterCommand,
  collect,
  noun,
  pairs,
  print,
  printRows,
  progress,
  timeOf,
  wholeNumber,
} from './cluster-command.ts'

type SendOptions = ClusterOptions & {
  readonly tag?: string
  readonly key: readonly string[]
  readonly property: readonly string[]
  readonly order?: string
  readonly deliverAt?: string
  readonly lines?: boolean
}

const progressEvery = 100

const send = clusterCommand(
  'send <topic> [body]',
  'Sends a message; without a body, what comes on standard input.',
  [
    'rocketway message send orders \'{"id":7}\' --tag paid --key 7',
    'cat orders.ndjson | rocketway message send orders --lines',
  ],
  async (client, options: SendOptions, topic: string, body?: string) => {
    if (options.lines) return sendLines(client, options, topic)
    const content = body === undefined ? await wholeInput() : Buffer.from(body)
    const receipt = await client.send(messageOf(topic, content, options))
    printRows([receiptRow(receipt)], options)
  },
)
  .option('--tag <tag>')
  .option('--key <key>', 'to find it by; may be repeated', collect, [])
  .option('--property <name=value>', 'may be repeated', collect, [])
  .option('--order <key>', 'messages with one ordering key stay in order')
  .option('--deliver-at <time>', 'ISO 8601, or milliseconds')
  .option('--lines', 'each line of standard input is a message')

async function sendLines(client: Client, options: SendOptions, topic: string): Promise<void> {
  let count = 0
  for await (const line of createInterface({ input: process.stdin })) {
    await client.send(messageOf(topic, Buffer.from(line), options))
    count++
    if (count % progressEvery === 0) progress(`${count} sent`)
  }
  progress('')
  print(options.json ? JSON.stringify({ sent: count }) : `${count} messages were sent`)
}

function messageOf(topic: string, body: Uint8Array, options: SendOptions): MessageToSend {
  const properties = pairs(options.property)
  if (options.tag !== undefined) properties.set(propertyNames.tags, options.tag)
  if (options.key.length > 0) properties.set(propertyNames.keys, options.key.join(' '))
  if (options.order !== undefined) properties.set(propertyNames.shardingKey, options.order)
  if (options.deliverAt !== undefined) {
    const at = String(timeOf(options.deliverAt, '--deliver-at'))
    properties.set(propertyNames.timerDeliverMs, at)
  }
  return { topic, body, properties }
}

async function wholeInput(): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

const receiptRow = (receipt: Awaited<ReturnType<Client['send']>>) => ({
  status: receipt.status,
  id: receipt.messageId,
  broker: receipt.broker,
  queueId: receipt.queueId,
  offset: receipt.queueOffset,
})

type ReadOptions = ClusterOptions & {
  readonly from: string
  readonly limit?: string
  readonly tag?: string
}

const read = clusterCommand(
  'read <topic>',
  'Prints what the topic has, queue by queue, without any group noticing.',
  [
    'rocketway message read orders --limit 10',
    'rocketway message read orders --from 2026-11-28T12:00:00Z --json | jq -r .body',
  ],
  async (client, options: ReadOptions, topic: string) => {
    const limit = options.limit === undefined ? undefined : wholeNumber(options.limit, '--limit', 1)
    let left = limit ?? Number.POSITIVE_INFINITY
    for (const queue of await queuesOf(client, topic)) {
      const end = await client.maxOffset(queue)
      for (let offset = await startOf(client, queue, options.from); offset < end && left > 0; ) {
        const pulled = await pull(client, queue, offset, 0, options.tag)
        const wanted = pulled.messages.filter((one) => one.queueOffset < end).slice(0, left)
        for (const message of wanted) printMessage(queue, message, options)
        left -= wanted.length
        if (pulled.nextOffset <= offset) break
        offset = pulled.nextOffset
      }
    }
  },
)
  .option('--from <where>', 'earliest, latest, or a time', 'earliest')
  .option('--limit <n>', 'at most so many')
  .option('--tag <expression>', 'tags, e.g. "paid || open"')

const tail = clusterCommand(
  'tail <topic>',
  'Prints what arrives, until it is stopped.',
  ['rocketway message tail orders', "rocketway message tail orders --tag 'paid || open' --json"],
  async (client, options: ReadOptions, topic: string) => {
    const ended = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => ended.abort(new MqError('draining')))
    }
    // A reader that has seen enough (`| head`) is no failure.
    process.stdout.on('error', () => ended.abort(new MqError('draining')))
    const queues = await queuesOf(client, topic)
    await Promise.all(queues.map((queue) => follow(client, queue, options, ended.signal)))
  },
)
  .option('--from <where>', 'earliest, latest, or a time', 'latest')
  .option('--tag <expression>', 'tags, e.g. "paid || open"')

const holdMs = 15_000
const retryMs = 1000

async function follow(
  client: Client,
  queue: QueueAddress,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<void> {
  let offset = await startOf(client, queue, options.from)
  while (!signal.aborted) {
    try {
      const pulled = await pull(client, queue, offset, holdMs, options.tag, signal)
      for (const message of pulled.messages) printMessage(queue, message, options)
      offset = pulled.nextOffset
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof MqError)) throw error
      process.stderr.write(`${queue.broker} ${queue.queueId}: ${error.message}\n`)
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
}

const get = clusterCommand(
  'get <topic> <id>',
  'One message by its id: the unique one, or that of its place.',
  ['rocketway message get orders 7F00000100002A9F0000000000000000'],
  async (client, options: ClusterOptions, topic: string, id: string) => {
    const found = await client.inspection.byId(topic, id)
    if (!found) throw new MqError('message-not-found', undefined, { topic, id })
    print(JSON.stringify(shownMessage(found), null, options.json ? 0 : 2))
  },
)

const query = clusterCommand(
  'query <topic>',
  'Messages with a key.',
  ['rocketway message query orders --key 7'],
  async (client, options: ClusterOptions & { key: string; limit: string }, topic: string) => {
    const max = wholeNumber(options.limit, '--limit', 1)
    const found = await client.inspection.byKey({ topic, key: options.key, max, isId: false })
    if (options.json) {
      return print(JSON.stringify(found.map(shownMessage)))
    }
    printRows(
      found.map(({ message, broker }) => ({
        storedAt: message.storeTimestamp,
        broker,
        queueId: message.queueId,
        offset: message.queueOffset,
        id: message.messageId,
        body: textOf(message),
      })),
      options,
    )
  },
)
  .requiredOption('--key <key>', 'one of its keys')
  .option('--limit <n>', 'at most so many of each broker', '32')

async function queuesOf(client: Client, topic: string): Promise<readonly QueueAddress[]> {
  const { queues } = await client.route(topic)
  return queues.flatMap(({ broker, readQueues }) =>
    Array.from({ length: readQueues }, (_, queueId) => ({ topic, broker, queueId })),
  )
}

async function startOf(client: Client, queue: QueueAddress, from: string): Promise<number> {
  if (from === 'earliest') return client.minOffset(queue)
  if (from === 'latest') return client.maxOffset(queue)
  return client.offsetByTime(queue, timeOf(from, '--from'))
}

const pull = (
  client: Client,
  queue: QueueAddress,
  offset: number,
  waitMs: number,
  tag: string | undefined,
  signal?: AbortSignal,
) =>
  client.pull({
    queue,
    group: 'TOOLS_CONSUMER',
    offset,
    max: 32,
    waitMs,
    filter: { type: 'TAG', expression: tag ?? '*' },
    ...(signal && { signal }),
  })

/** For people one line; for scripts one JSON object a line, whose body is text or Base64. */
function printMessage(queue: QueueAddress, message: Message, options: ClusterOptions): void {
  if (options.json) {
    print(JSON.stringify(shownMessage({ broker: queue.broker, message })))
    return
  }
  const at = new Date(message.storeTimestamp).toISOString()
  const tag = message.properties.get(propertyNames.tags)
  const place = `${queue.broker}/${message.queueId}/${message.queueOffset}`
  print(`${at}  ${place}  ${tag === undefined ? '' : `[${tag}] `}${textOf(message)}`)
}

function shownMessage({ broker, message }: FoundMessage) {
  const text = asText(message.body)
  return {
    topic: message.topic,
    broker,
    queueId: message.queueId,
    offset: message.queueOffset,
    id: message.messageId,
    offsetMessageId: message.offsetMessageId,
    bornAt: message.bornTimestamp,
    storedAt: message.storeTimestamp,
    reconsumeTimes: message.reconsumeTimes,
    sysFlag: message.sysFlag,
    properties: Object.fromEntries(message.properties),
    ...(text === undefined
      ? { bodyBase64: Buffer.from(message.body).toString('base64') }
      : { body: text }),
  }
}

const textOf = ({ body }: Message): string => asText(body) ?? `(${body.length} bytes)`

/** Undefined when the bytes are no UTF-8: compressed ones are not. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export const messageCommand = () =>
  noun('message', 'messages: send, read, tail, get, query', [send, read, tail, get, query])
