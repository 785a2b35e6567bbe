import test from 'ava'
import { type Failure, MqError } from '../../../../src/base/errors.ts'
import { settle } from '../../../support/fake-clock.ts'
import { asking, call, gatewayCore, message, textOf } from '../../../support/gateway-core.ts'

test('a message that was sent is received with all that it was sent with', async (t) => {
  const { core, clock } = gatewayCore()
  const sent = await core.send(
    message('{"id":7}', {
      contentType: 'application/json',
      tag: 'paid',
      keys: ['o-7', 'o-8'],
      properties: new Map([['src', 'web']]),
      traceparent: '00-1-2-01',
    }),
    call(),
  )
  const { messages } = await core.receive(asking(), call())
  t.is(messages.length, 1)
  const [got] = messages
  t.like(got, {
    messageId: sent.messageId,
    topic: 'orders',
    tag: 'paid',
    keys: ['o-7', 'o-8'],
    contentType: 'application/json',
    type: 'normal',
    attempt: 1,
    traceparent: '00-1-2-01',
    bornHost: '127.0.0.1',
    broker: 'broker-a',
    queueId: sent.queueId,
    queueOffset: sent.queueOffset,
    invisibleUntil: clock.now() + 30_000,
  })
  t.deepEqual([...(got?.properties ?? [])], [['src', 'web']])
  t.is(got && textOf(got), '{"id":7}')
})

test('a receive takes from every master until it has enough', async (t) => {
  const { core } = gatewayCore({ brokers: ['broker-a', 'broker-b', 'broker-c'] })
  for (let i = 0; i < 6; i++) await core.send(message(`m${i}`), call())
  const first = await core.receive(asking({ max: 4 }), call())
  const second = await core.receive(asking({ max: 4 }), call())
  t.is(first.messages.length, 4)
  t.deepEqual([...first.messages, ...second.messages].map(textOf).sort(), [
    'm0',
    'm1',
    'm2',
    'm3',
    'm4',
    'm5',
  ])
})

test('a broker that is down does not keep the others from answering', async (t) => {
  const { core, client } = gatewayCore({ brokers: ['broker-a', 'broker-b'] })
  await core.send(message('a'), call())
  await core.send(message('b'), call())
  client.down.add('broker-a')
  t.deepEqual((await core.receive(asking(), call())).messages.map(textOf), ['b'])
  client.down.add('broker-b')
  await t.throwsAsync(core.receive(asking(), call()), { message: /cannot be reached/ })
})

test('a long poll ends with the message that arrives on any broker', async (t) => {
  const { core, client, clock } = gatewayCore({ brokers: ['broker-a', 'broker-b'] })
  for (const name of ['broker-a', 'broker-b']) {
    const got = core.receive(asking({ waitMs: 20_000 }), call())
    await clock.advance(3000)
    await core.send(message(name, { queue: { broker: name, queueId: 0 } }), call())
    const { messages, waitedMs } = await got
    t.deepEqual(messages.map(textOf), [name])
    t.is(waitedMs, 3000)
  }
  await settle()
  t.is(client.held, 0)
})

test('a long poll without messages ends empty after its wait and leaves nothing behind', async (t) => {
  const { core, client, clock } = gatewayCore()
  const got = core.receive(asking({ waitMs: 20_000 }), call())
  await clock.advance(20_000)
  t.deepEqual(await got, { messages: [], waitedMs: 20_000 })
  t.is(client.held, 0)
  t.is(clock.pending, 0)
})

test('a sign that was for another caller is waited out, with growing pauses', async (t) => {
  const { core, client, clock } = gatewayCore()
  const filter = { type: 'tag', expression: 'paid' } as const
  const got = core.receive(asking({ waitMs: 20_000, filter }), call())
  await clock.advance(10)
  await core.send(message('x', { tag: 'other' }), call())
  await clock.advance(10_000)
  await core.send(message('y', { tag: 'paid' }), call())
  await clock.advance(1000)
  t.deepEqual((await got).messages.map(textOf), ['y'])
  t.true(client.calls.filter((method) => method === 'pop').length < 20)
})

test('a caller that goes while it waits takes nothing along', async (t) => {
  const { core, client, clock } = gatewayCore()
  const gone = new AbortController()
  const got = core.receive(asking({ waitMs: 20_000 }), call({ signal: gone.signal }))
  await clock.advance(1000)
  gone.abort()
  t.deepEqual((await got).messages, [])
  await core.send(message('a'), call())
  const next = await core.receive(asking(), call())
  t.deepEqual(
    next.messages.map(({ attempt }) => attempt),
    [1],
  )
  t.is(client.held, 0)
})

test('what was popped for a caller that has gone is visible again at once', async (t) => {
  const counted: number[] = []
  const metrics = {
    counter: () => ({ add: (count: number) => void counted.push(count) }),
    histogram: () => ({ record() {} }),
    gauge() {},
  }
  const { core, client, clock } = gatewayCore({ metrics })
  await core.send(message('a'), call())
  const gone = new AbortController()
  const pop = client.pop.bind(client)
  client.pop = async (request) => {
    const result = await pop(request)
    gone.abort()
    return result
  }
  const { messages } = await core.receive(asking(), call({ signal: gone.signal }))
  t.deepEqual(messages, [])
  t.deepEqual(counted, [1])
  client.pop = pop
  await clock.advance(1)
  const again = await core.receive(asking(), call())
  t.deepEqual(
    again.messages.map(({ attempt }) => attempt),
    [2],
  )
})

test('a message that is not acknowledged comes back, counted', async (t) => {
  const { core, clock } = gatewayCore()
  await core.send(message('a'), call())
  for (const attempt of [1, 2, 3]) {
    const { messages } = await core.receive(asking(), call())
    t.like(messages[0], { attempt, topic: 'orders' })
    t.is((await core.receive(asking(), call())).messages.length, 0)
    await clock.advance(30_000)
  }
})

test('groups receive on their own; a new one starts at the earliest message or at the latest', async (t) => {
  const { core } = gatewayCore()
  await core.send(message('a'), call())
  const counts = async (group: string, from?: 'latest') =>
    (await core.receive(asking({ group, from }), call())).messages.length
  t.is(await counts('one'), 1)
  t.is(await counts('two'), 1)
  t.is(await counts('three', 'latest'), 0)
  await core.send(message('b'), call())
  t.is(await counts('three', 'latest'), 1)
})

test('an ordered group gets the next message after the one before is done', async (t) => {
  const { core, client } = gatewayCore()
  client.addGroup('billing', { consumeMessageOrderly: true })
  for (const body of ['a', 'b']) await core.send(message(body), call())
  const [first] = (await core.receive(asking({ max: 1 }), call())).messages
  t.deepEqual((await core.receive(asking({ max: 1 }), call())).messages, [])
  await core.ack({ group: 'billing', handles: [first?.handle ?? ''] }, call())
  t.deepEqual((await core.receive(asking({ max: 1 }), call())).messages.map(textOf), ['b'])
})

test('a repeated attempt of an ordered group gets the same messages', async (t) => {
  const { core } = gatewayCore()
  await core.send(message('a'), call())
  const again = asking({ fifo: true, attemptId: 'c1-1' })
  t.deepEqual((await core.receive(again, call())).messages.map(textOf), ['a'])
  t.deepEqual((await core.receive(again, call())).messages.map(textOf), ['a'])
})

test('more waiting calls than allowed are refused', async (t) => {
  const { core, clock } = gatewayCore({ limits: { waiterCountMax: 1 } })
  const waiting = core.receive(asking({ waitMs: 1000 }), call())
  await settle()
  const error = await t.throwsAsync<MqError>(core.receive(asking({ waitMs: 1000 }), call()))
  t.is(error?.failure, 'too-many-waiters')
  await clock.advance(1000)
  await waiting
})

const refused: Record<string, [Parameters<typeof asking>[0], Failure]> = {
  'no messages': [{ max: 0 }, 'invalid-argument'],
  'too many messages': [{ max: 33 }, 'invalid-argument'],
  'half a message': [{ max: 1.5 }, 'invalid-argument'],
  'too long a wait': [{ waitMs: 20_001 }, 'illegal-polling-time'],
  'too short a time': [{ invisibleMs: 9_999 }, 'illegal-invisible-time'],
  'too long a time': [{ invisibleMs: 12 * 3_600_000 + 1 }, 'illegal-invisible-time'],
  'an unknown topic': [{ topic: 'nothing' }, 'topic-not-found'],
  'a topic name with a slash': [{ topic: 'a/b' }, 'illegal-topic'],
  'an over-long topic name': [{ topic: 'a'.repeat(128) }, 'illegal-topic'],
  'an over-long group name': [{ group: 'a'.repeat(121) }, 'illegal-group'],
  'an empty group name': [{ group: '' }, 'illegal-group'],
  'a system group': [{ group: 'CID_RMQ_SYS_TRANS' }, 'permission-denied'],
  'a broker that has no such queue': [
    { queue: { broker: 'broker-x', queueId: 0 } },
    'broker-not-found',
  ],
}

for (const [title, [given, failure]] of Object.entries(refused)) {
  test(`a receive of ${title} is refused`, async (t) => {
    const { core, client } = gatewayCore()
    const error = await t.throwsAsync<MqError>(core.receive(asking(given), call()))
    t.true(error instanceof MqError)
    t.is(error?.failure, failure)
    t.false(client.calls.includes('pop'))
  })
}

test('a message that came as often as its group allows goes to the dead letters', async (t) => {
  const { core, client } = gatewayCore()
  client.addGroup('billing', { retryMaxTimes: 1 })
  await core.send(message('poison'), call())
  for (let attempt = 1; attempt <= 2; attempt++) {
    const { messages } = await core.receive(asking(), call())
    t.is(messages[0]?.attempt, attempt)
    const items = [{ handle: messages[0]?.handle ?? '' }]
    await core.nack({ group: 'billing', items }, call())
  }
  t.deepEqual((await core.receive(asking(), call())).messages, [])
  t.deepEqual(client.deadLetters, [{ group: 'billing', position: 0 }])
  t.is(client.calls.at(-1), 'ack')
})
