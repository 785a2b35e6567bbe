// Every row of the client matrix that the Node client's API has: one JSON line each. A program
// of its own: `node node-rows.js host:port`, then perhaps `access KEY SECRET` or `ride SECONDS`.

import { setTimeout as sleep } from 'node:timers/promises'
import { ConsumeResult, FilterExpression, type MessageView } from 'rocketmq-client-nodejs'
import {
  check,
  consuming,
  invisibleMs,
  message,
  producing,
  pushing,
  refused,
  sqlType,
  take,
  text,
  topicOf,
  until,
} from './node-client.ts'
import { access, ride } from './node-ride.ts'

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
    await until(() => attempts.includes(2), 60)
    await sleep(3000)
  })
  await consumer.shutdown()
}

/** Longer than Apache's first invisible time: a proxy has to renew it, or to give more at once. */
async function slowListener(): Promise<void> {
  const attempts = new Map<string, number>()
  let isDone = false
  const consumer = await pushing('slow', 'slow', '*', async (view) => {
    attempts.set(text(view), (attempts.get(text(view)) ?? 0) + 1)
    await sleep(66_000)
    isDone = true
    return ConsumeResult.SUCCESS
  })
  await producing('slow', async (producer) => {
    const send = async () => {
      await producer.send(message('slow', String(Date.now())))
    }
    await until(() => attempts.size > 0, 40, send)
  })
  await until(() => isDone, 120)
  await sleep(3000)
  const more = [...attempts].filter(([, count]) => count > 1)
  check(more.length === 0, `attempts ${more}`)
  await consumer.shutdown()
}

/** The topic is made when the row before has been printed. */
async function lateTopic(): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      await producing('late', (producer) => producer.send(message('late', 'x')))
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(500)
    }
  }
}

/** A listener that is asked things until it is told that this is all. */
async function commands(): Promise<void> {
  let isDone = false
  const consumer = await pushing('commands', 'commands', '*', (view) => {
    isDone ||= text(view) === 'done'
    return ConsumeResult.SUCCESS
  })
  console.log('commands')
  await until(() => isDone, 90)
  await consumer.shutdown()
}

async function shutdown(): Promise<void> {
  const push = await pushing('down-push', 'normal', '*', () => ConsumeResult.SUCCESS)
  let since = 0
  await consuming('down', 'normal', () =>
    producing('normal', async (producer) => {
      await producer.send(message('normal', 'bye'))
      since = Date.now()
      await push.shutdown()
    }),
  )
  check(Date.now() - since < 60_000, 'it took more than a minute')
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
  'late-topic': lateTopic,
  'wrong-type': () => refused('fifo'),
  'priority-refused': () => refused('normal', { priority: 1 }),
  'lite-refused': () => refused('normal', { liteTopic: 'one' }),
  commands,
  shutdown,
}

const outcome = (run: () => Promise<void>): Promise<string> =>
  run().then(
    () => '',
    (error: unknown) => String(error),
  )
const tell = (row: string, detail: string) =>
  console.log(JSON.stringify({ row, ok: detail === '', detail }))

const [, , , mode = 'rows', ...given] = process.argv
if (mode === 'ride') {
  tell('ride', await outcome(() => ride(Number(given[0]))))
} else if (mode === 'access') {
  const [key = '', secret = ''] = given
  tell('credentials', await outcome(() => access(key, secret)))
} else {
  const slow = outcome(slowListener)
  for (const [row, run] of Object.entries(rows)) tell(row, await outcome(run))
  tell('slow-listener', await slow)
}
process.exit(0)
