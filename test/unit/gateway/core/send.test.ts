import test from 'ava'
import fc from 'fast-check'
import type { SendInput, SendOutput } from '../../../../gateway/core/core.ts'
import { queueIndexOf } from '../../../../gateway/core/queue-choice.ts'
import { type Failure, MqError } from '../../../../src/base/errors.ts'
import { call, gatewayCore, message, someone } from '../../../support/gateway-core.ts'

const failureOf = (result: unknown) => (result instanceof MqError ? result.failure : undefined)

test('a send answers where the message is and who it is', async (t) => {
  const { core, clock } = gatewayCore()
  const output = await core.send(message('a'), call())
  t.like(output, {
    topic: 'orders',
    broker: 'broker-a',
    queueId: 0,
    queueOffset: 0,
    storedAt: clock.now(),
    durability: 'local',
    replayed: false,
  })
  t.regex(output.messageId, /^01[0-9A-F]{32}$/)
  t.not((await core.send(message('b'), call())).messageId, output.messageId)
})

test('messages of one ordering key go to one queue, the one that Apache takes', async (t) => {
  const { core } = gatewayCore({ queues: 4 })
  // Seen from Apache's proxy 5.5.0 with four queues.
  const known: Record<string, number> = { s0: 1, s1: 3 }
  for (const [orderingKey, queueId] of Object.entries(known)) {
    for (let i = 0; i < 3; i++) {
      t.is((await core.send(message('a', { orderingKey }), call())).queueId, queueId)
    }
  }
})

test('a queue that was chosen stays for most keys when a queue is added', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (key, count) => {
      const before = queueIndexOf(key, count)
      const after = queueIndexOf(key, count + 1)
      t.true(before >= 0 && before < count && (after === before || after === count))
    }),
    { numRuns: 300 },
  )
})

test('a delivery time in the future is told to the broker, one in the past is at once', async (t) => {
  const { core, client, clock } = gatewayCore()
  await core.send(message('a', { deliverAt: clock.now() + 30_000 }), call())
  await core.send(message('b', { deliverAt: clock.now() - 1 }), call())
  t.deepEqual(
    client.stored('orders').map(({ properties }) => properties.get('TIMER_DELIVER_MS')),
    [String(clock.now() + 30_000), undefined],
  )
})

test('a store that did not confirm is local, or not durable when more was asked for', async (t) => {
  const { core, client } = gatewayCore({ limits: { sendOkMeans: 'replicated' } })
  const send = (requireReplicated = false) => core.send(message('a', { requireReplicated }), call())
  t.is((await send(true)).durability, 'replicated')
  for (const status of ['FLUSH_SLAVE_TIMEOUT', 'SLAVE_NOT_AVAILABLE'] as const) {
    client.sendStatus = status
    t.is((await send()).durability, 'local')
    const error = await t.throwsAsync<MqError>(send(true))
    t.like(error, { failure: 'not-durable', detail: { outcome: 'unknown', status } })
  }
  client.sendStatus = 'FLUSH_DISK_TIMEOUT'
  const error = await t.throwsAsync<MqError>(send())
  t.like(error, { failure: 'not-durable', detail: { outcome: 'unknown' } })
})

test('replication that cannot be promised is refused before anything is stored', async (t) => {
  const { core, client } = gatewayCore()
  const error = await t.throwsAsync<MqError>(
    core.send(message('a', { requireReplicated: true }), call()),
  )
  t.like(error, { failure: 'not-durable', detail: { outcome: 'not-stored' } })
  t.is(client.stored('orders').length, 0)
})

test('the type of a topic is enforced, a mixed one and one without take anything', async (t) => {
  const { core, client } = gatewayCore()
  client.addTopic('fifo', 1, { 'message.type': 'FIFO' })
  client.addTopic('mixed', 1, { 'message.type': 'MIXED' })
  const send = (topic: string, given: Partial<SendInput> = {}) =>
    core.send(message('a', { topic, ...given }), call())
  await send('fifo', { orderingKey: 'k' })
  await send('mixed')
  await send('mixed', { orderingKey: 'k' })
  await send('orders', { orderingKey: 'k' })
  const error = await t.throwsAsync<MqError>(send('fifo'))
  t.like(error, { failure: 'message-type-mismatch', detail: { outcome: 'not-stored' } })
})

test('a namespace is written in front, and its callers see their own names', async (t) => {
  const { core, client } = gatewayCore()
  const identity = someone('shop')
  client.addTopic('shop%orders')
  const output = await core.send(message('a'), call({ identity }))
  t.is(output.topic, 'orders')
  t.is(client.stored('shop%orders').length, 1)
  t.is(client.stored('orders').length, 0)
  t.deepEqual(await core.listTopics(call({ identity })), ['orders'])
  t.deepEqual(await core.listTopics(call({ identity: someone() })), ['orders'])
  const error = await t.throwsAsync<MqError>(
    core.send(message('a', { topic: 'shop%orders' }), call({ identity: someone() })),
  )
  t.is(error?.failure, 'permission-denied')
})

const text = (size: number) => 'x'.repeat(size)
const refused: Record<string, [Partial<SendInput>, Failure]> = {
  'no body': [{ body: new Uint8Array() }, 'message-body-empty'],
  'too large a body': [{ body: Buffer.alloc(4 * 1024 * 1024 + 1) }, 'message-too-large'],
  'an unknown topic': [{ topic: 'nothing' }, 'topic-not-found'],
  'no topic': [{ topic: '' }, 'illegal-topic'],
  'dots in the topic': [{ topic: '..' }, 'illegal-topic'],
  'a line break in the topic': [{ topic: 'a\r\nb' }, 'illegal-topic'],
  'an over-long topic': [{ topic: text(128) }, 'illegal-topic'],
  'a system topic': [{ topic: 'SCHEDULE_TOPIC_XXXX' }, 'permission-denied'],
  'a half-message topic': [{ topic: 'RMQ_SYS_TRANS_HALF_TOPIC' }, 'permission-denied'],
  'a retry topic': [{ topic: '%RETRY%billing' }, 'permission-denied'],
  'a dead-letter topic': [{ topic: '%DLQ%billing' }, 'permission-denied'],
  'a blank tag': [{ tag: ' ' }, 'illegal-tag'],
  'a tag with a bar': [{ tag: 'a|b' }, 'illegal-tag'],
  'a tag with a control character': [{ tag: 'a\u0001b' }, 'illegal-tag'],
  'a key with a space': [{ keys: ['a b'] }, 'illegal-key'],
  'an empty key': [{ keys: [''] }, 'illegal-key'],
  'an over-long ordering key': [{ orderingKey: text(64) }, 'illegal-ordering-key'],
  'a blank ordering key': [{ orderingKey: ' ' }, 'illegal-ordering-key'],
  'a reserved property': [{ properties: new Map([['UNIQ_KEY', 'x']]) }, 'illegal-property'],
  'a transient property': [{ properties: new Map([['__RMQ.T', 'x']]) }, 'illegal-property'],
  'an empty property': [{ properties: new Map([['a', '']]) }, 'illegal-property'],
  'a separator in a property': [{ properties: new Map([['a', 'b\u0002']]) }, 'illegal-property'],
  'too many properties': [
    { properties: new Map(Array.from({ length: 129 }, (_, i) => [`p${i}`, 'x'])) },
    'properties-too-large',
  ],
  'too large properties': [
    { properties: new Map([['p', text(16 * 1024)]]) },
    'properties-too-large',
  ],
  'a control character in the content type': [{ contentType: 'a\u0002b' }, 'illegal-property'],
  'a delivery far ahead': [{ deliverAt: 1_800_000_000_000_000 }, 'illegal-delivery-time'],
  'a delivery time that is none': [{ deliverAt: Number.NaN }, 'illegal-delivery-time'],
  'a type that it is not': [{ type: 'fifo' }, 'message-type-mismatch'],
  'an empty idempotency key': [{ idempotencyKey: '' }, 'invalid-argument'],
  'a blank message id': [{ messageId: ' ' }, 'illegal-message-id'],
}

for (const [title, [given, failure]] of Object.entries(refused)) {
  test(`a message with ${title} is refused and not stored`, async (t) => {
    const { core, client } = gatewayCore()
    const error = await t.throwsAsync<MqError>(core.send(message('a', given), call()))
    t.is(failureOf(error), failure)
    if (failure !== 'topic-not-found') t.is(error?.detail['outcome'], 'not-stored')
    t.is(client.stored('orders').length, 0)
  })
}

test('what a caller sets comes back, and the system sees none of it as its own', async (t) => {
  const { core } = gatewayCore()
  const properties = new Map([
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['tags', 'z'],
  ])
  await core.send(message('a', { properties }), call())
  const { messages } = await core.read(
    { topic: 'orders', from: 'earliest', max: 1, waitMs: 0 },
    call(),
  )
  t.deepEqual(messages[0]?.properties, properties)
  t.is(messages[0]?.tag, undefined)
})

const queueOf = (output: unknown) => (output as SendOutput).queueId

test('a batch keeps the order of each key, and answers in the order it was given', async (t) => {
  const { core, client } = gatewayCore({ queues: 4 })
  const inputs = Array.from({ length: 40 }, (_, i) =>
    message(`m${i}`, { orderingKey: `s${i % 2}`, keys: [`k${i}`] }),
  )
  const results = await core.sendBatch(inputs, call())
  t.deepEqual(
    results.map(queueOf),
    inputs.map((_, i) => (i % 2 === 0 ? 1 : 3)),
  )
  t.deepEqual(
    results.map((result) => (result as SendOutput).queueOffset),
    inputs.map((_, i) => Math.floor(i / 2)),
  )
  t.is(client.calls.filter((method) => method === 'sendBatch').length, 2)
})

test('a batch larger than a broker takes at once goes in pieces; delayed messages go alone', async (t) => {
  const { core, client, clock } = gatewayCore()
  const big = Buffer.alloc(600 * 1024, 'x').toString()
  const deliverAt = clock.now() + 1000
  const results = await core.sendBatch(
    [message(big), message(big), message('late', { deliverAt }), message(big)],
    call(),
  )
  t.deepEqual(results.map(failureOf), [undefined, undefined, undefined, undefined])
  t.is(client.stored('orders').length, 4)
  t.is(client.calls.filter((method) => method === 'send').length, 4)
})

test('after a failure the rest of an ordered batch is not sent ahead of it', async (t) => {
  const { core, client } = gatewayCore()
  const big = Buffer.alloc(600 * 1024, 'x').toString()
  client.failNext('send', new MqError('broker-timeout', undefined, { outcome: 'unknown' }))
  const inputs = ['a', 'b', 'c'].map(() => message(big, { orderingKey: 'k' }))
  const results = await core.sendBatch(inputs, call())
  t.deepEqual(
    results.map((result) => (result as MqError).detail['outcome']),
    ['unknown', 'not-stored', 'not-stored'],
  )
  t.is(client.stored('orders').length, 0)
})

test('one bad message of a batch keeps no other from being stored', async (t) => {
  const { core, client } = gatewayCore()
  const results = await core.sendBatch([message('a'), message(''), message('c')], call())
  t.deepEqual(results.map(failureOf), [undefined, 'message-body-empty', undefined])
  t.is(client.stored('orders').length, 2)
})

test('more messages than a batch may have are refused as a whole', async (t) => {
  const { core } = gatewayCore({ limits: { batchCountMax: 2 } })
  const inputs = ['a', 'b', 'c'].map((body) => message(body))
  const error = await t.throwsAsync<MqError>(core.sendBatch(inputs, call()))
  t.is(error?.failure, 'batch-too-large')
})
