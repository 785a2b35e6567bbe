// Looking at messages without consuming them: by place, by key, by time, by id.

import { MqError } from '../../src/base/errors.ts'
import type { QueueStats } from '../../src/client/views.ts'
import type { AdminParts, QueuePage, QueueRange, SearchInput, SearchOutput } from './admin-views.ts'
import type { Call, Delivered, TopicAction } from './core.ts'
import { delivered } from './delivered.ts'
import { readableTopic } from './names.ts'
import { checkCount } from './ranges.ts'
import { readerGroup } from './tail-watch.ts'

const looking: readonly TopicAction[] = ['Sub', 'Get']
const pageMax = 32
const scanMax = 10_000
const scanPage = 256
const keyedMax = 64

export function queueStats(
  topic: string,
  call: Call,
  { ports }: AdminParts,
): Promise<readonly QueueStats[]> {
  return ports.client.inspection.topicStats(readableTopic(topic, call.identity, looking))
}

export async function browse(
  range: QueueRange,
  call: Call,
  { ports }: AdminParts,
): Promise<QueuePage> {
  const topic = readableTopic(range.topic, call.identity, looking)
  checkCount(range.max, pageMax)
  const { queues } = await ports.client.route(topic)
  const of = queues.find(({ broker }) => broker === range.broker)
  if (!of || range.queueId >= Math.max(of.readQueues, of.writeQueues)) {
    throw new MqError('not-found', 'there is no such queue')
  }
  const queue = { topic, broker: range.broker, queueId: range.queueId }
  const { offset, max } = range
  const result = await ports.client.pull({ queue, group: readerGroup, offset, max, waitMs: 0 })
  const messages = result.messages.map((one) => ({
    ...delivered(one, range.broker, call.identity),
    topic: range.topic,
  }))
  const { nextOffset, minOffset, maxOffset } = result
  return { messages, nextOffset, minOffset, maxOffset }
}

/** By key through the brokers' index, else by looking at every message of the time. */
export async function search(
  input: SearchInput,
  call: Call,
  parts: AdminParts,
): Promise<SearchOutput> {
  if (input.key !== undefined) return searchByKey(input, input.key, call, parts)
  const found: Delivered[] = []
  let scanned = 0
  let cursor = input.cursor
  while (found.length < input.max && scanned < scanMax) {
    const from = cursor === undefined ? { at: input.from } : { cursor }
    // Never more than still fit, so that the cursor does not pass what was not returned.
    const max = Math.min(scanPage, input.max - found.length)
    const page = await parts.core.read({ topic: input.topic, from, max, waitMs: 0 }, call)
    cursor = page.cursor
    scanned += page.messages.length
    for (const { cursor: _, ...message } of page.messages)
      if (matches(message, input)) found.push(message)
    // Queues are read side by side: only when all are behind the time is there nothing more.
    const isBehind =
      page.messages.length > 0 && page.messages.every((one) => one.storedAt > input.to)
    if (page.caughtUp || isBehind)
      return { messages: found, scanned, complete: true, cursor: undefined }
  }
  return { messages: found, scanned, complete: false, cursor }
}

const matches = ({ storedAt, tag }: Delivered, input: SearchInput): boolean =>
  storedAt >= input.from && storedAt <= input.to && (input.tag === undefined || tag === input.tag)

async function searchByKey(
  { topic, tag, from, to, max }: SearchInput,
  key: string,
  call: Call,
  { ports }: AdminParts,
): Promise<SearchOutput> {
  const name = readableTopic(topic, call.identity, looking)
  const query = { topic: name, key, from, to, max: keyedMax, isId: false }
  const found = await ports.client.inspection.byKey(query)
  const messages = found
    .map(({ message, broker }) => ({ ...delivered(message, broker, call.identity), topic }))
    .filter((message) => tag === undefined || message.tag === tag)
    .slice(0, max)
  const complete = found.length < keyedMax && messages.length < max
  return { messages, scanned: found.length, complete, cursor: undefined }
}

export async function messageById(
  topic: string,
  messageId: string,
  call: Call,
  { ports }: AdminParts,
): Promise<Delivered> {
  const name = readableTopic(topic, call.identity, looking)
  const isId = true
  const to = Number.MAX_SAFE_INTEGER
  const query = { topic: name, key: messageId, from: 0, to, max: keyedMax, isId }
  const [first] = await ports.client.inspection.byKey(query)
  if (!first) throw new MqError('message-not-found')
  return { ...delivered(first.message, first.broker, call.identity), topic }
}
