// Sends with an idempotency key, in front of brokers that remember ids and of those that do not.

import test from 'ava'
import { createCore } from '../../../../gateway/core/create-core.ts'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { defaultLimits } from '../../../../gateway/core/ports.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { MemoryState } from '../../../../src/base/memory-state.ts'
import { noMetrics } from '../../../../src/base/metrics.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { call, gatewayCore, message, seeded, someone } from '../../../support/gateway-core.ts'
import { mqCluster } from '../../../support/mq-cluster.ts'

const once = (body = 'a') => message(body, { idempotencyKey: 'k1' })

test('our broker stores an id once, whichever gateway sends it', async (t) => {
  const { cluster, client } = await mqCluster(t, ['a', 'b'])
  const topic = { readQueues: 4, writeQueues: 4, perm: 6, order: false, attributes: new Map() }
  await cluster.during(client.createTopic({ name: 'orders', ...topic }))
  const gateway = () =>
    createCore({
      client,
      clock: cluster.clock,
      random: seeded(1),
      log: silentLog,
      metrics: noMetrics,
      keys: KeyRing.parse(KeyRing.generate(seeded(7))),
      state: new MemoryState(cluster.clock),
      limits: defaultLimits,
    })
  const first = await cluster.during(gateway().send(once(), call()))
  t.false(first.replayed)
  t.regex(first.messageId, /^[0-9A-F]{32}$/)
  const second = await cluster.during(gateway().send(once(), call()))
  t.deepEqual(second, { ...first, replayed: true })
  const reused = await t.throwsAsync<MqError>(cluster.during(gateway().send(once('other'), call())))
  t.is(reused?.failure, 'idempotency-key-reused')
  t.is(reused?.detail['outcome'], 'not-stored')
})

test('keys of another topic or namespace are other keys', async (t) => {
  const { core, client } = gatewayCore()
  client.addTopic('bills')
  client.addTopic('ns%orders')
  const one = await core.send(once(), call())
  const two = await core.send({ ...once(), topic: 'bills' }, call())
  const three = await core.send(once(), call({ identity: someone('ns') }))
  t.is(new Set([one, two, three].map(({ messageId }) => messageId)).size, 3)
  t.deepEqual(
    [one, two, three].map(({ replayed }) => replayed),
    [false, false, false],
  )
})

test('in front of a broker without a window the shared state tells repeats', async (t) => {
  const clock = new FakeClock()
  const state = new MemoryState(clock)
  const here = gatewayCore({ state })
  const there = gatewayCore({ state, beside: here })
  const first = await here.core.send(once(), call())
  const second = await there.core.send(once(), call())
  t.deepEqual(second, { ...first, replayed: true })
  t.is(here.client.stored('orders').length, 1)
  const reused = await t.throwsAsync<MqError>(there.core.send(once('b'), call()))
  t.is(reused?.failure, 'idempotency-key-reused')
})

test('a repeat while the first is under way is told so', async (t) => {
  const { core } = gatewayCore()
  const [first, second] = await Promise.allSettled([
    core.send(once(), call()),
    core.send(once(), call()),
  ])
  t.is(first?.status, 'fulfilled')
  t.like(second, { status: 'rejected', reason: { failure: 'idempotency-in-flight' } })
})

test('a first send that was refused leaves its key free; an unknown one keeps it for a lease', async (t) => {
  const { core, client, clock } = gatewayCore()
  client.failNext('send', new MqError('broker-busy', undefined, { outcome: 'not-stored' }))
  await t.throwsAsync(core.send(once(), call()), { message: /resource/ })
  client.failNext('send', new MqError('broker-timeout', undefined, { outcome: 'unknown' }))
  await t.throwsAsync(core.send(once(), call()), { message: /in time/ })
  const held = await t.throwsAsync<MqError>(core.send(once(), call()))
  t.is(held?.failure, 'idempotency-in-flight')
  await clock.advance(30_000)
  t.false((await core.send(once(), call())).replayed)
})

test('without the shared state nothing is sent', async (t) => {
  const gone = () => Promise.reject(new MqError('state-unavailable'))
  const state = { add: gone, set: gone, get: gone, remove: gone, increase: gone }
  const { core, client } = gatewayCore({ state })
  const error = await t.throwsAsync<MqError>(core.send(once(), call()))
  t.is(error?.failure, 'state-unavailable')
  t.is(error?.detail['outcome'], 'not-stored')
  t.is(client.stored('orders').length, 0)
})

test('a broker that is down is not replaced by another one', async (t) => {
  const { core, client } = gatewayCore({ brokers: ['broker-a', 'broker-b'], queues: 4 })
  for (const broker of ['broker-a', 'broker-b']) client.down.add(broker)
  const error = await t.throwsAsync<MqError>(core.send(once(), call()))
  t.is(error?.failure, 'broker-unavailable')
  t.is(error?.detail['outcome'], 'not-stored')
  t.false(client.calls.includes('send'))
})
