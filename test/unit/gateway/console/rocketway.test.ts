// The browser client against the real front, with ws in place of the browser's class.

import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import {
  type ConnectOptions,
  connect,
  type Message,
  type RocketwayError,
  type State,
} from '../../../../gateway/console/rocketway.js'
import { MqError } from '../../../../src/base/errors.ts'
import { delivered } from '../../../support/fake-core.ts'
import { startFront, type TestFront } from '../../../support/websocket-front.ts'
import { anonymous } from '../../../support/websocket-session.ts'

const url = ({ port }: TestFront): string => `ws://127.0.0.1:${port}/v1/ws`

/** A list that can be waited for. */
class Inbox<T> {
  readonly items: T[] = []
  #check = (): void => {}

  readonly add = (item: T): void => {
    this.items.push(item)
    this.#check()
  }

  async until(done: (items: readonly T[]) => boolean): Promise<readonly T[]> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (done(this.items)) resolve()
      }
      this.#check()
    })
    return this.items
  }

  count(count: number): Promise<readonly T[]> {
    return this.until(({ length }) => length >= count)
  }
}

/** Lets the test cut what the client has open. */
function cuttable() {
  const sockets: WebSocket[] = []
  class Cuttable extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol)
      sockets.push(this)
    }
  }
  return { Cuttable, cut: () => sockets.at(-1)?.terminate(), sockets }
}

function client(t: ExecutionContext, front: TestFront, options: Partial<ConnectOptions> = {}) {
  const states = new Inbox<State>()
  const mq = connect({ url: url(front), WebSocket, onState: states.add, ...options })
  t.teardown(() => mq.close())
  return { mq, states }
}

const text = ({ body }: Message): string => ('text' in body ? body.text : JSON.stringify(body))

test('it publishes text, JSON and bytes, and is told where they are', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  const first = await mq.publish({ topic: 'orders', body: 'hello', tag: 'a', keys: ['k'] })
  t.like(first, { topic: 'orders', queueOffset: '0' })
  await mq.publish({ topic: 'orders', body: { json: { id: 7 } } })
  await mq.publish({ topic: 'orders', body: Uint8Array.of(0, 255) })
  const sent = front.core.inputs('send') as { body: Buffer; tag?: string }[]
  t.deepEqual(
    sent.map(({ body }) => body.toString('latin1')),
    ['hello', '{"id":7}', '\u0000ÿ'],
  )
  t.is(sent[0]?.tag, 'a')
})

test('a refused send rejects with the problem', async (t) => {
  const front = await startFront(t)
  front.core.failNext('send', new MqError('illegal-topic'))
  const { mq } = client(t, front)
  const error = await t.throwsAsync<RocketwayError>(mq.publish({ topic: 'no!', body: '' }))
  t.like(error?.problem, { type: '/problems/illegal-topic', status: 400, retryable: false })
})

test('a reader gets what is there and what comes, and gives its credit back', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  const seen = new Inbox<string>()
  const bodies = Array.from({ length: 100 }, (_, index) => `m${index}`)
  front.core.store('orders', ...bodies)
  mq.subscribe({
    topic: 'orders',
    from: 'earliest',
    credit: 8,
    onMessage: (message) => seen.add(text(message)),
  })
  t.deepEqual(await seen.count(100), bodies)
  front.core.store('orders', 'later')
  t.is((await seen.count(101)).at(-1), 'later')
})

test('a group member acknowledges in batches', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  front.core.store('orders', ...Array.from({ length: 50 }, (_, index) => `m${index}`))
  const acked = new Inbox<string>()
  mq.subscribe({
    topic: 'orders',
    group: 'g',
    onMessage: (message, subscription) =>
      void subscription.ack(message).then(() => acked.add(message.messageId)),
  })
  await acked.count(50)
  t.is(front.core.heldBy('g', 'orders'), 0)
  const frames = front.core.inputs('ack').length
  t.true(frames < 25, `${frames} frames`)
})

test('nack brings a message back, extend renews its handle in place', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  front.core.store('orders', 'a')
  const seen = new Inbox<Message>()
  const subscription = mq.subscribe({ topic: 'orders', group: 'g', onMessage: seen.add })
  const [first] = await seen.count(1)
  if (!first) return t.fail()
  await subscription.nack(first)
  const [, second] = await seen.count(2)
  if (!second) return t.fail()
  t.is(second.attempt, 2)
  const before = second.handle
  await subscription.extend(second, '5m')
  t.not(second.handle, before)
  await subscription.ack(second)
  t.is(front.core.heldBy('g', 'orders'), 0)
})

test('a handler that returns a promise holds back its credit', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  front.core.store('orders', ...Array.from({ length: 10 }, (_, index) => `m${index}`))
  const done: (() => void)[] = []
  const seen = new Inbox<string>()
  mq.subscribe({
    topic: 'orders',
    from: 'earliest',
    credit: 2,
    onMessage: (message) => {
      seen.add(text(message))
      return new Promise<void>((resolve) => done.push(resolve))
    },
  })
  await seen.count(2)
  await mq.publish({ topic: 'other', body: 'a round trip' })
  t.is(seen.items.length, 2)
  for (const resolve of done.splice(0)) resolve()
  await seen.count(4)
  t.deepEqual(seen.items, ['m0', 'm1', 'm2', 'm3'])
})

test('a reader goes on behind its last message when the connection was lost', async (t) => {
  const front = await startFront(t)
  const { Cuttable, cut } = cuttable()
  const { mq, states } = client(t, front, { WebSocket: Cuttable })
  const seen = new Inbox<string>()
  const caughtUp = new Inbox<string>()
  mq.subscribe({
    topic: 'orders',
    onMessage: (message) => seen.add(text(message)),
    onState: caughtUp.add,
  })
  // From 'latest', and cut before any message: what comes meanwhile must not be missed.
  await caughtUp.count(1)
  cut()
  await states.until((all) => all.some(({ name }) => name === 'waiting'))
  front.core.store('orders', 'a', 'b')
  await seen.count(2)
  cut()
  front.core.store('orders', 'c')
  t.deepEqual(await seen.count(3), ['a', 'b', 'c'])
})

test('an ack whose answer was lost is sent again', async (t) => {
  const front = await startFront(t)
  const { Cuttable, cut } = cuttable()
  const { mq } = client(t, front, { WebSocket: Cuttable })
  front.core.store('orders', 'a')
  const ack = front.core.ack.bind(front.core)
  let asked = 0
  front.core.ack = (input, call) => {
    asked++
    if (asked > 1) return ack(input, call)
    cut()
    return new Promise(() => {})
  }
  const acked = new Inbox<string>()
  mq.subscribe({
    topic: 'orders',
    group: 'g',
    onMessage: (message, subscription) =>
      void subscription.ack(message).then(() => acked.add(message.messageId)),
  })
  await acked.count(1)
  t.is(asked, 2)
  t.is(front.core.heldBy('g', 'orders'), 0)
})

test('a send whose answer was lost is sent again only with an idempotency key', async (t) => {
  const front = await startFront(t)
  const { Cuttable, cut } = cuttable()
  const { mq } = client(t, front, { WebSocket: Cuttable })
  const send = front.core.send.bind(front.core)
  const seen: (string | undefined)[] = []
  front.core.send = (input, call) => {
    seen.push(input.idempotencyKey)
    if (seen.length > 2) return send(input, call)
    if (seen.length === 2) cut()
    return new Promise(() => {})
  }
  const plain = mq.publish({ topic: 'orders', body: 'a' })
  const safe = mq.publish({ topic: 'orders', body: 'b', idempotencyKey: 'k' })
  const error = await t.throwsAsync<RocketwayError>(plain)
  t.like(error?.problem, { retryable: true, outcome: 'unknown' })
  t.is((await safe).queueOffset, '0')
  t.deepEqual(seen, [undefined, 'k', 'k'])
})

test('it keeps to the rate that the server told', async (t) => {
  const front = await startFront(t, { config: { opsPerSecond: 1_000, pendingMax: 4 } })
  const { mq } = client(t, front)
  const sends = Array.from({ length: 300 }, (_, index) =>
    mq.publish({ topic: 'orders', body: String(index) }),
  )
  const offsets = (await Promise.all(sends)).map(({ queueOffset }) => Number(queueOffset))
  t.deepEqual(
    offsets,
    offsets.map((_, index) => index),
  )
})

test('a code 44xx ends it: what waits is rejected', async (t) => {
  const identity = { authenticate: () => Promise.reject(new MqError('unauthenticated')) }
  const front = await startFront(t, { identity })
  const { mq, states } = client(t, front, { token: 'wrong' })
  await t.throwsAsync(mq.publish({ topic: 'orders', body: '' }))
  const last = (await states.until((all) => all.at(-1)?.name === 'closed')).at(-1)
  t.like(last, { name: 'closed', code: 4401 })
  await t.throwsAsync(mq.publish({ topic: 'orders', body: '' }), { message: 'closed' })
})

test('a token may come from a function, anew at each connect', async (t) => {
  const tokens: unknown[] = []
  const authenticate = async (authorization: string | undefined) => {
    tokens.push(authorization)
    return anonymous
  }
  const front = await startFront(t, { identity: { authenticate } })
  const { Cuttable, cut } = cuttable()
  let n = 0
  const token = async (): Promise<string> => `t${++n}`
  const { states } = client(t, front, { token, WebSocket: Cuttable })
  const opens = (all: readonly State[]): number => all.filter(({ name }) => name === 'open').length
  await states.until((all) => opens(all) === 1)
  cut()
  await states.until((all) => opens(all) === 2)
  t.deepEqual(tokens, ['Bearer t1', 'Bearer t2'])
})

test('it leaves a node that drains, after the answers that are due', async (t) => {
  const front = await startFront(t)
  const { mq, states } = client(t, front)
  await states.until((all) => all.at(-1)?.name === 'open')
  const sent = mq.publish({ topic: 'orders', body: 'a' })
  const stopped = front.front.stop()
  t.is((await sent).queueOffset, '0')
  await stopped
  t.is((await states.until((all) => all.at(-1)?.name === 'waiting')).at(-1)?.name, 'waiting')
})

test('a subscription that ends says why, and the others go on', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  front.core.failNext('read', new MqError('topic-not-found'))
  const errors = new Inbox<RocketwayError>()
  const seen = new Inbox<string>()
  mq.subscribe({ topic: 'none', onMessage: () => t.fail(), onError: errors.add })
  t.is((await errors.count(1))[0]?.problem.type, '/problems/topic-not-found')
  front.core.store('orders', 'a')
  mq.subscribe({ topic: 'orders', from: 'earliest', onMessage: (one) => seen.add(text(one)) })
  t.deepEqual(await seen.count(1), ['a'])
})

test('a paused subscription stays paused over a lost connection', async (t) => {
  const front = await startFront(t)
  const { Cuttable, cut } = cuttable()
  const { mq, states } = client(t, front, { WebSocket: Cuttable })
  const seen = new Inbox<string>()
  const options = { topic: 'orders', from: 'earliest', credit: 4 }
  const subscription = mq.subscribe({ ...options, onMessage: (one) => seen.add(text(one)) })
  front.core.store('orders', 'a')
  await seen.count(1)
  await subscription.pause()
  cut()
  await states.until((all) => all.filter(({ name }) => name === 'open').length === 2)
  front.core.store('orders', 'b')
  await mq.publish({ topic: 'other', body: 'a round trip' })
  t.deepEqual(seen.items, ['a'])
  await subscription.resume()
  t.deepEqual(await seen.count(2), ['a', 'b'])
})

test('after close it is closed for good: acknowledged, no timer, no socket', async (t) => {
  const front = await startFront(t)
  const { Cuttable, sockets } = cuttable()
  const { mq, states } = client(t, front, { WebSocket: Cuttable })
  front.core.store('orders', 'a')
  const seen = new Inbox<Message>()
  const subscription = mq.subscribe({ topic: 'orders', group: 'g', onMessage: seen.add })
  const [message] = await seen.count(1)
  if (!message) return t.fail()
  const acked = subscription.ack(message)
  mq.close()
  await t.throwsAsync(acked, { message: 'the connection was closed' })
  await new Promise((resolve) => sockets[0]?.once('close', resolve))
  t.is(front.core.heldBy('g', 'orders'), 0)
  t.is(states.items.at(-1)?.name, 'closed')
  t.is(sockets.length, 1)
})

test('with binary, bodies are bytes both ways', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front, { binary: true })
  const seen = new Inbox<Message>()
  mq.subscribe({ topic: 'orders', from: 'earliest', onMessage: seen.add })
  const bytes = Uint8Array.of(0, 255, 13, 10)
  const bodies = ['hello', { json: { id: 7 } }, bytes, { base64: 'AP8=' }]
  for (const body of bodies) await mq.publish({ topic: 'orders', body })
  const messages = await seen.count(4)
  t.deepEqual(
    messages.map(({ body }) => ('bytes' in body ? Buffer.from(body.bytes).toString('latin1') : '')),
    ['hello', '{"id":7}', '\u0000ÿ\r\n', '\u0000ÿ'],
  )
  t.deepEqual(
    messages.map(({ contentType }) => contentType),
    [
      'text/plain;charset=utf-8',
      'application/json',
      'application/octet-stream',
      'application/octet-stream',
    ],
  )
})

test('a token that runs out is renewed in band, and the connection stays', async (t) => {
  const lives = [70_000, 3_600_000]
  const identity = {
    authenticate: async () => ({
      ...anonymous,
      expiresAt: front.clock.now() + (lives.shift() ?? 0),
    }),
  }
  const front = await startFront(t, { identity })
  const asked: string[] = []
  const token = () => {
    asked.push('')
    return `t${asked.length}`
  }
  const { mq, states } = client(t, front, { token })
  await states.until((all) => all.at(-1)?.name === 'open')
  await front.clock.advance(10_000)
  while (lives.length > 0) await mq.publish({ topic: 'orders', body: '' })
  await front.clock.advance(61_000)
  await mq.publish({ topic: 'orders', body: '' })
  t.is(asked.length, 2)
  t.deepEqual(
    states.items.map(({ name }) => name),
    ['connecting', 'open'],
  )
})

test('it says how a transaction ends, and is asked again after a reconnect', async (t) => {
  const front = await startFront(t)
  const { Cuttable, cut } = cuttable()
  const { mq, states } = client(t, front, { WebSocket: Cuttable })
  const asked = new Inbox<string>()
  await mq.onTransactionCheck('deals', (message) => {
    asked.add(text(message))
    return asked.items.length === 1 ? undefined : 'rollback'
  })
  const ask = () => {
    const message = delivered({ topic: 'deals', body: Buffer.from('deal') })
    for (const one of front.core.watched.get('deals') ?? []) one({ transactionId: 'x', message })
  }
  ask()
  await asked.count(1)
  cut()
  await states.until((all) => all.filter(({ name }) => name === 'open').length === 2)
  while (front.core.watched.size === 0) await mq.publish({ topic: 'orders', body: '' })
  ask()
  await asked.count(2)
  while (front.core.inputs('endTransaction').length === 0) {
    await mq.publish({ topic: 'orders', body: '' })
  }
  await mq.endTransaction('y', 'commit')
  t.deepEqual(front.core.inputs('endTransaction'), [
    { transactionId: 'x', resolution: 'rollback' },
    { transactionId: 'y', resolution: 'commit' },
  ])
})

test('it replies, gives messages up, and keeps what it holds', async (t) => {
  const front = await startFront(t)
  const { mq } = client(t, front)
  front.core.store('orders', 'a', 'b')
  const seen = new Inbox<Message>()
  const subscription = mq.subscribe({
    topic: 'orders',
    group: 'g',
    autoExtend: true,
    onMessage: seen.add,
  })
  const [first, second] = await seen.count(2)
  if (!first || !second) return t.fail()
  const before = first.handle
  await front.clock.advance(30_000)
  while (first.handle === before) await mq.publish({ topic: 'x', body: '' })
  await subscription.ack(first)
  await subscription.deadLetter(second)
  t.is(front.core.heldBy('g', 'orders'), 0)
  await mq.reply({ ...second, replyHandle: 'mqq1.x' }, 'answer')
  t.like(front.core.inputs('reply')[0], { handle: 'mqq1.x' })
})
