// JSON bodies of requests and replies, in the form Java's fastjson reads and writes.
//
// A map by MessageQueue is written with the queue's object as key, which no strict JSON has;
// Apache's tools read nothing else. Source: TopicStatsTable, ConsumeStats (fastjson 1.2).

import type { z } from 'zod'
import { MqError } from '../base/errors.ts'
import { parseLooseJson } from '../base/loose-json.ts'
import type { QueueKey } from './ports.ts'

/** A body of a known shape. Throws `malformed-body` naming the first field that is wrong. */
export function parseBody<T extends z.ZodType>(shape: T, body: Uint8Array): z.output<T> {
  const parsed = shape.safeParse(parseLooseJson(Buffer.from(body).toString('utf8')))
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new MqError('malformed-body', 'the body has another shape', { field })
}

/** A reply whose body is the JSON of `value`. */
export const jsonReply = (value: unknown): { body: Uint8Array } => ({
  body: Buffer.from(JSON.stringify(value)),
})

/** MessageQueue, its keys sorted as fastjson prints them. */
export const messageQueue = (brokerName: string, { topic, queueId }: QueueKey) => ({
  brokerName,
  queueId,
  topic,
})

/** The text of a map by MessageQueue. */
export function queueMapText(
  brokerName: string,
  entries: Iterable<readonly [queue: QueueKey, value: unknown]>,
): string {
  const pairs: string[] = []
  for (const [queue, value] of entries) {
    pairs.push(`${JSON.stringify(messageQueue(brokerName, queue))}:${JSON.stringify(value)}`)
  }
  return `{${pairs.join(',')}}`
}
