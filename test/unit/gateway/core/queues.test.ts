// Single queues through the core: pulling, the ends of a queue, a group's place in it; and
// dead letters, which are a copy and an acknowledgement.

import test from 'ava'
import type { MqError } from '../../../../src/base/errors.ts'
import { asking, call, gatewayCore, message, textOf } from '../../../support/gateway-core.ts'

const queue = { topic: 'orders', queue: { broker: 'broker-a', queueId: 0 } }
const pulling = { ...queue, group: 'billing', offset: 0, max: 32, waitMs: 0 }

test('a queue is read from any offset in it', async (t) => {
  const { core } = gatewayCore()
  for (const body of ['a', 'b', 'c']) await core.send(message(body), call())
  const { messages, nextOffset, isOutside } = await core.pull({ ...pulling, offset: 1 }, call())
  t.deepEqual(messages.map(textOf), ['b', 'c'])
  t.is(nextOffset, 3)
  t.false(isOutside)
})

test('a pull outside the queue says where to go on', async (t) => {
  const { core } = gatewayCore()
  t.like(await core.pull({ ...pulling, offset: 9 }, call()), { isOutside: true, nextOffset: 0 })
})

test('a pull waits for a message', async (t) => {
  const { core, client } = gatewayCore()
  const waiting = core.pull({ ...pulling, waitMs: 5000 }, call())
  await client.untilCalled('pull')
  await core.send(message('late'), call())
  t.deepEqual((await waiting).messages.map(textOf), ['late'])
})

test('the ends of a queue, and a place by time', async (t) => {
  const { core, clock } = gatewayCore()
  await core.send(message('a'), call())
  await clock.advance(1000)
  await core.send(message('b'), call())
  t.is(await core.queueOffset({ ...queue, at: 'earliest' }, call()), 0)
  t.is(await core.queueOffset({ ...queue, at: 'latest' }, call()), 2)
  t.is(await core.queueOffset({ ...queue, at: { at: clock.now() } }, call()), 1)
})

test('a group has a place when it was given one', async (t) => {
  const { core } = gatewayCore()
  const place = { ...queue, group: 'billing' }
  const asked = core.groupOffset(place, call())
  t.is((await t.throwsAsync<MqError>(asked))?.failure, 'offset-not-found')
  await core.setGroupOffset({ ...place, offset: 5 }, call())
  t.is(await core.groupOffset(place, call()), 5)
  const below = core.setGroupOffset({ ...place, offset: -1 }, call())
  t.is((await t.throwsAsync<MqError>(below))?.failure, 'illegal-offset')
})

test('only queues of the topic are asked for', async (t) => {
  const { core, client } = gatewayCore()
  for (const one of [
    { broker: 'broker-z', queueId: 0 },
    { broker: 'broker-a', queueId: 4 },
    { broker: 'broker-a', queueId: -1 },
  ]) {
    const pulled = core.pull({ ...pulling, queue: one }, call())
    t.is((await t.throwsAsync<MqError>(pulled))?.failure, 'invalid-argument')
  }
  t.false(client.calls.includes('pull'))
})

test('a dead letter is copied and then acknowledged', async (t) => {
  const { core, client } = gatewayCore()
  await core.send(message('poison'), call())
  const { messages } = await core.receive(asking(), call())
  const handle = messages[0]?.handle ?? ''
  await core.deadLetter({ group: 'billing', handle }, call())
  t.deepEqual(client.deadLetters, [{ group: 'billing', position: 0 }])
  t.deepEqual(client.calls.slice(-2), ['sendToDeadLetters', 'ack'])

  const forged = core.deadLetter({ group: 'billing', handle: `${handle}x` }, call())
  t.is((await t.throwsAsync<MqError>(forged))?.failure, 'invalid-receipt-handle')
})
