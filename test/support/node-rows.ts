// Every row of the client matrix that the Node client's API has: one JSON line each. A program
// of its own: `node node-rows.js host:port`.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  ConsumeResult,
  FilterExpression,
  type MessageView,
  Producer,
  PushConsumer,
  SimpleConsumer,
} from 'rocketmq-client-nodejs'
import logging from 'rocketmq-client-nodejs/dist/client/Logger.js'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
Object.assign(logging, { getDefaultLogger: () => quiet })

const options = { endpoints: process.argv[2] ?? '', namespace: '', logger: quiet }
const invisibleMs = 20_000
const commit = 1
const sqlType = 2

const topicOf = (topic: string) => `node-${topic}`
const text = ({ body }: { body: Buffer }) => body.toString()

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

async function producing<T>(
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

async function consuming<T>(
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

async function take(consumer: SimpleConsumer, count: number, seconds: number) {
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

const message = (topic: string, body: string, more: object = {}) => ({
  topic: topicOf(topic),
  body: Buffer.from(body),
  ...more,
})

const normal = () =>
  consuming('normal', 'normal', (consumer) =>
    producing('normal', async (producer) => {
      const properties = new Map([['shop', 'north']])
      const sent = { tag: 'paid', keys: ['k1', 'k2'], properties }
      const { messageId } = await producer.send(message('normal', 'one', sent))
      const [view] = await take(consumer, 1, 20)
      check(view?.messageId === messageId, 'another id')
      check(view !== undefined && text(view) === 'one' && view.tag === 'paid', 'another message')
      check(view?.keys.length === 2 && view.properties.get('shop') === 'north', 'properties')
    }),
  )

const fifo = () =>
  consuming('fifo', 'fifo', (consumer) =>
    producing('fifo', async (producer) => {
      for (let i = 0; i < 6; i++) {
        await producer.send(message('fifo', `f${i}`, { messageGroup: 'g' }))
      }
      const bodies = (await take(consumer, 6, 30)).map(text).join()
      check(bodies === 'f0,f1,f2,f3,f4,f5', `received ${bodies}`)
    }),
  )

const delay = () =>
  consuming('delay', 'delay', (consumer) =>
    producing('delay', async (producer) => {
      const due = Date.now() + 2000
      await producer.send(message('delay', 'late', { deliveryTimestamp: new Date(due) }))
      check((await take(consumer, 1, 30)).length === 1, 'not received')
      check(Date.now() >= due, 'too early')
    }),
  )

const recall = () =>
  consuming('recall', 'delay', (consumer) =>
    producing('delay', async (producer) => {
      const deliveryTimestamp = new Date(Date.now() + 4000)
      const sent = await producer.send(message('delay', 'recalled', { deliveryTimestamp }))
      await producer.recallMessage(topicOf('delay'), sent.recallHandle)
      check((await take(consumer, 1, 8)).length === 0, 'it came all the same')
    }),
  )

const transaction = () =>
  consuming('tx', 'tx', (consumer) =>
    producing(
      'tx',
      async (producer) => {
        for (const end of ['rollback', 'commit'] as const) {
          const begun = producer.beginTransaction()
          await producer.send(message('tx', end), begun)
          await begun[end]()
        }
        const bodies = (await take(consumer, 2, 6)).map(text).join()
        check(bodies === 'commit', `received ${bodies}`)
      },
      [],
    ),
  )

const orphan = () => {
  const asked: string[] = []
  return consuming('orphan', 'tx', (consumer) =>
    producing(
      'tx',
      async (producer) => {
        await producer.send(message('tx', 'forgotten'), producer.beginTransaction())
        const taken = await take(consumer, 1, 60)
        check(taken.length === 1 && asked.includes('forgotten'), `asked ${asked}`)
      },
      asked,
    ),
  )
}

const changeInvisible = () =>
  consuming('change', 'normal', (consumer) =>
    producing('normal', async (producer) => {
      await producer.send(message('normal', 'later'))
      let view: MessageView | undefined
      for (let tries = 0; tries < 20 && !view; tries++) {
        view = (await consumer.receive(1, invisibleMs))[0]
      }
      if (!view) throw new Error('not received')
      await consumer.changeInvisibleDuration(view, 30_000)
      await consumer.ack(view)
    }),
  )

const sqlFilter = () =>
  consuming(
    'sql',
    'normal',
    (consumer) =>
      producing('normal', async (producer) => {
        for (const size of ['1', '9']) {
          await producer.send(message('normal', size, { properties: new Map([['size', size]]) }))
        }
        const bodies = (await take(consumer, 1, 20)).map(text).join()
        check(bodies === '9', `received ${bodies}`)
      }),
    new FilterExpression('size > 5', sqlType),
  )

async function pushing(
  group: string,
  topic: string,
  filter: string,
  consume: (view: MessageView) => ConsumeResult,
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
async function until(holds: () => boolean, seconds: number, send = async () => {}): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!holds()) {
    check(Date.now() < end, 'not in time')
    await send()
    await sleep(500)
  }
}

async function push(): Promise<void> {
  const got: string[] = []
  const consumer = await pushing('push', 'normal', 'wanted', (view) => {
    got.push(text(view))
    return ConsumeResult.SUCCESS
  })
  await producing('normal', (producer) =>
    until(
      () => got.length > 0,
      40,
      async () => {
        await producer.send(message('normal', 'no', { tag: 'other' }))
        await producer.send(message('normal', 'yes', { tag: 'wanted' }))
      },
    ),
  )
  check(!got.includes('no'), 'the filter let through others')
  await consumer.shutdown()
}

async function failing(group: string, topic: string): Promise<void> {
  const attempts: (number | undefined)[] = []
  const consumer = await pushing(group, topic, '*', (view) => {
    attempts.push(view.deliveryAttempt)
    return ConsumeResult.FAILURE
  })
  const ordered = topic === 'fifo' ? { messageGroup: 'p' } : {}
  await producing(topic, async (producer) => {
    const send = async () => {
      await producer.send(message(topic, 'poison', ordered))
    }
    await until(() => attempts.length > 0, 40, send)
    // An ordered group of this client has one attempt: its retry policy knows no others.
    if (topic !== 'fifo') await until(() => attempts.includes(2), 60)
    await sleep(3000)
  })
  await consumer.shutdown()
}

async function refused(topic: string): Promise<void> {
  const sent = producing(topic, (producer) => producer.send(message(topic, 'x')))
  check(
    await sent.then(
      () => false,
      () => true,
    ),
    'it was sent',
  )
}

const rows: Record<string, () => Promise<void>> = {
  normal,
  fifo,
  delay,
  recall,
  transaction,
  orphan,
  'change-invisible': changeInvisible,
  'sql-filter': sqlFilter,
  push,
  'push-retry': () => failing('retry', 'normal'),
  'push-fifo-dead': () => failing('dead', 'fifo'),
  'no-topic': () => refused('nowhere'),
  'wrong-type': () => refused('fifo'),
}

for (const [row, run] of Object.entries(rows)) {
  const detail = await run().then(
    () => '',
    (error: unknown) => String(error),
  )
  console.log(JSON.stringify({ row, ok: detail === '', detail }))
}
process.exit(0)
