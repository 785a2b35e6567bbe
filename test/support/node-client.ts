// The official Node client with the ends that the rows of the matrix share: node-rows.ts is the
// program.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConsumeResult,
  type FilterExpression,
  type MessageView,
  Producer,
  PushConsumer,
  SimpleConsumer,
} from 'rocketmq-client-nodejs'
import logging from 'rocketmq-client-nodejs/dist/client/Logger.js'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
Object.assign(logging, { getDefaultLogger: () => quiet })

const [, , endpoints = ''] = process.argv
type Keys = { accessKey: string; accessSecret: string }
/** `sessionCredentials` is of `access`. */
export const options: {
  endpoints: string
  namespace: string
  logger: typeof quiet
  sessionCredentials?: Keys
} = { endpoints, namespace: '', logger: quiet }
export const invisibleMs = 20_000
const commit = 1
export const sqlType = 2

export const topicOf = (topic: string) => `node-${topic}`
export const text = ({ body }: { body: Buffer }) => body.toString()

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

export async function producing<T>(
  topic: string,
  use: (producer: Producer) => Promise<T>,
  asked?: string[],
): Promise<T> {
  const checker = {
    async check(view: MessageView) {
      asked?.push(text(view))
      return commit
    },
  }
  const producer = new Producer({ ...options, topic: topicOf(topic), ...(asked && { checker }) })
  await producer.startup()
  try {
    return await use(producer)
  } finally {
    await producer.shutdown()
  }
}

export async function consuming<T>(
  group: string,
  topic: string,
  use: (consumer: SimpleConsumer) => Promise<T>,
  filter: FilterExpression | string = '*',
): Promise<T> {
  const consumer = new SimpleConsumer({
    ...options,
    consumerGroup: topicOf(group),
    subscriptions: new Map([[topicOf(topic), filter]]),
    awaitDuration: 1000,
  })
  await consumer.startup()
  try {
    // A group begins at the newest message: it has to be there before what it is to get.
    await consumer.receive(1, invisibleMs)
    return await use(consumer)
  } finally {
    await consumer.shutdown()
  }
}

export async function take(consumer: SimpleConsumer, count: number, seconds: number) {
  const taken: MessageView[] = []
  const end = Date.now() + seconds * 1000
  while (taken.length < count && Date.now() < end) {
    for (const view of await consumer.receive(16, invisibleMs)) {
      await consumer.ack(view)
      taken.push(view)
    }
  }
  return taken
}

export const message = (topic: string, body: string, more: object = {}) => ({
  topic: topicOf(topic),
  body: Buffer.from(body),
  ...more,
})

export async function pushing(
  group: string,
  topic: string,
  filter: string,
  consume: (view: MessageView) => ConsumeResult | Promise<ConsumeResult>,
): Promise<PushConsumer> {
  const consumer = new PushConsumer({
    ...options,
    consumerGroup: topicOf(group),
    subscriptions: new Map([[topicOf(topic), filter]]),
    messageListener: { consume: async (view: MessageView) => consume(view) },
  })
  await consumer.startup()
  return consumer
}

/** Sends again and again, since nobody knows when a push consumer has begun. */
export async function until(
  holds: () => boolean,
  seconds: number,
  send = async () => {},
): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!holds()) {
    check(Date.now() < end, 'not in time')
    await send()
    await sleep(500)
  }
}

export async function refused(topic: string, more: object = {}): Promise<void> {
  const sent = producing(topic, (producer) => producer.send(message(topic, 'x', more)))
  check(
    await sent.then(
      () => false,
      () => true,
    ),
    'it was sent',
  )
}
