import test from 'ava'
import type { ReadInput } from '../../../../gateway/core/core.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { call, gatewayCore, message, someone, textOf } from '../../../support/gateway-core.ts'

const page = (given: Partial<ReadInput> = {}): ReadInput => ({
  topic: 'orders',
  from: 'earliest',
  max: 32,
  waitMs: 0,
  ...given,
})

async function filled(count: number, options: Parameters<typeof gatewayCore>[0] = {}) {
  const fixture = gatewayCore(options)
  for (let i = 0; i < count; i++) await fixture.core.send(message(`m${i}`), call())
  return fixture
}

test('a reader sees everything, page by page, each message once', async (t) => {
  const { core } = await filled(50, { brokers: ['broker-a', 'broker-b'], queues: 3 })
  const seen: string[] = []
  let next = page({ max: 7 })
  for (;;) {
    const output = await core.read(next, call())
    seen.push(...output.messages.map(textOf))
    if (output.messages.length === 0) {
      t.true(output.caughtUp)
      break
    }
    next = page({ max: 7, from: { cursor: output.cursor } })
  }
  t.deepEqual(seen.toSorted(), Array.from({ length: 50 }, (_, i) => `m${i}`).toSorted())
})

test('readers do not take from each other, and commit nothing', async (t) => {
  const { core, client } = await filled(3)
  for (let i = 0; i < 2; i++) t.is((await core.read(page(), call())).messages.length, 3)
  t.false(client.calls.includes('updateConsumerOffset'))
})

test('a reader goes on behind any message it has seen, on any node', async (t) => {
  const one = await filled(10, { queues: 4 })
  const two = gatewayCore({ beside: one })
  const { messages } = await one.core.read(page(), call())
  for (const [index, { cursor }] of messages.entries()) {
    const rest = await two.core.read(page({ from: { cursor } }), call())
    const seen = new Set([...messages.slice(0, index + 1), ...rest.messages].map(textOf))
    t.is(rest.messages.length, 9 - index)
    t.is(seen.size, 10)
  }
})

test('with many queues a reader that goes on may see a page again, and misses nothing', async (t) => {
  const { core } = await filled(30, { queues: 12 })
  const { messages } = await core.read(page({ max: 10 }), call())
  for (const { cursor } of messages) {
    const rest = await core.read(page({ max: 256, from: { cursor } }), call())
    const seen = new Set([...messages, ...rest.messages].map(textOf))
    t.is(seen.size, 30)
  }
})

test('latest begins with what comes, a time with what was stored from then on', async (t) => {
  const { core, clock } = await filled(2)
  await clock.advance(1000)
  const at = clock.now()
  const latest = await core.read(page({ from: 'latest' }), call())
  t.deepEqual(latest.messages, [])
  await core.send(message('new'), call())
  const texts = async (from: ReadInput['from']) =>
    (await core.read(page({ from }), call())).messages.map(textOf)
  t.deepEqual(await texts({ cursor: latest.cursor }), ['new'])
  t.deepEqual(await texts({ at }), ['new'])
})

test('a waiting read ends with the message, or empty after its wait', async (t) => {
  const { core, clock } = await filled(0, { queues: 4 })
  const got = core.read(page({ from: 'latest', waitMs: 20_000 }), call())
  await clock.advance(5000)
  await core.send(message('a'), call())
  await clock.advance(1)
  t.like((await got).messages.map(textOf), ['a'])
  const none = core.read(page({ from: 'latest', waitMs: 20_000 }), call())
  await clock.advance(20_000)
  t.like(await none, { messages: [], caughtUp: true, waitedMs: 20_000 })
})

test('a page says how much is behind it, and nothing where a queue was not asked', async (t) => {
  const { core } = await filled(12, { queues: 3 })
  const first = await core.read(page({ from: 'earliest', max: 5 }), call())
  t.is(first.lag, 7)
  const all = await core.read(page({ from: { cursor: first.cursor } }), call())
  t.like(all, { caughtUp: true, lag: 0 })
  t.like(await core.read(page({ from: 'earliest', max: 1 }), call()), { lag: undefined })
})

test('however many readers wait, each queue has one pull at its broker', async (t) => {
  const { core, client, clock } = await filled(0, { queues: 4 })
  const reads = Array.from({ length: 25 }, () =>
    core.read(page({ from: 'latest', waitMs: 20_000 }), call()),
  )
  await clock.advance(1000)
  t.is(client.held, 4)
  await core.send(message('a'), call())
  await clock.advance(1)
  t.deepEqual(
    (await Promise.all(reads)).map(({ messages }) => messages.length),
    Array.from({ length: 25 }, () => 1),
  )
})

test('readers that have gone leave nothing at the brokers once the pulls end', async (t) => {
  const { core, client, clock } = await filled(0)
  const gone = new AbortController()
  const read = core.read(page({ waitMs: 20_000 }), call({ signal: gone.signal }))
  await clock.advance(10)
  t.is(client.held, 1)
  gone.abort()
  t.deepEqual((await read).messages, [])
  await clock.advance(15_000)
  t.is(client.held, 0)
  t.is(clock.pending, 0)
})

test('stop ends the held pulls', async (t) => {
  const { core, client, clock } = await filled(0)
  const read = core.read(page({ waitMs: 20_000 }), call())
  await clock.advance(10)
  core.stop()
  t.deepEqual((await read).messages, [])
  t.is(client.held, 0)
  t.deepEqual((await core.read(page({ waitMs: 20_000 }), call())).messages, [])
  t.is(clock.pending, 0)
})

test('a filter takes what it wants, and the cursor moves past the rest', async (t) => {
  const { core } = gatewayCore()
  for (let i = 0; i < 100; i++) {
    await core.send(message(`m${i}`, { tag: i % 50 === 49 ? 'paid' : 'open' }), call())
  }
  const filter = { type: 'tag', expression: 'paid' } as const
  const seen: string[] = []
  let from: ReadInput['from'] = 'earliest'
  for (let reads = 0; reads < 20; reads++) {
    const output = await core.read(page({ from, filter }), call())
    seen.push(...output.messages.map(textOf))
    from = { cursor: output.cursor }
    if (output.caughtUp) break
  }
  t.deepEqual(seen, ['m49', 'm99'])
})

test('a cursor whose messages are gone is expired; behind the end the store is another', async (t) => {
  const { core, client } = await filled(5)
  const [first] = (await core.read(page({ max: 1 }), call())).messages
  const last = await core.read(page(), call())
  client.expire('orders', 3)
  const expired = await t.throwsAsync<MqError>(
    core.read(page({ from: { cursor: first?.cursor ?? '' } }), call()),
  )
  t.like(expired, { failure: 'cursor-expired', detail: { earliest: '3' } })
  client.truncate('orders')
  const changed = await t.throwsAsync<MqError>(
    core.read(page({ from: { cursor: last.cursor } }), call()),
  )
  t.is(changed?.failure, 'cursor-epoch-changed')
})

test('a cursor is good for its topic and namespace only', async (t) => {
  const { core, client } = await filled(1)
  client.addTopic('ticks')
  client.addTopic('shop%orders')
  const { cursor } = await core.read(page(), call())
  const from = { cursor }
  const others = [
    core.read(page({ topic: 'ticks', from }), call()),
    core.read(page({ from }), call({ identity: someone('shop') })),
    core.read(page({ from: { cursor: 'mqc1.a.b.c' } }), call()),
  ]
  for (const other of others) {
    const error = await t.throwsAsync(other)
    t.true(error instanceof MqError && error.failure === 'invalid-cursor')
  }
})

test('a system topic is read by administrators only', async (t) => {
  const { core, client } = await filled(1)
  client.addTopic('%DLQ%billing')
  const dead = page({ topic: '%DLQ%billing' })
  t.deepEqual((await core.read(dead, call())).messages, [])
  const error = await t.throwsAsync<MqError>(core.read(dead, call({ identity: someone() })))
  t.is(error?.failure, 'permission-denied')
})

test('a broker that is down does not keep a reader from the others, nor is it skipped', async (t) => {
  const { core, client } = await filled(4, { brokers: ['broker-a', 'broker-b'] })
  const start = await core.read(page({ max: 1 }), call())
  const seen = start.messages.map(textOf)
  client.down.add('broker-a')
  const partial = await core.read(page({ from: { cursor: start.cursor } }), call())
  t.false(partial.caughtUp)
  client.down.clear()
  const rest = await core.read(page({ from: { cursor: partial.cursor } }), call())
  t.true(rest.caughtUp)
  seen.push(...partial.messages.map(textOf), ...rest.messages.map(textOf))
  t.deepEqual(seen.toSorted(), ['m0', 'm1', 'm2', 'm3'])

  for (const name of ['broker-a', 'broker-b']) client.down.add(name)
  const error = await t.throwsAsync<MqError>(
    core.read(page({ from: { cursor: rest.cursor } }), call()),
  )
  t.is(error?.failure, 'broker-unavailable')
})
