// Delayed messages and recalls through a real broker.

import test from 'ava'
import { createCore } from '../../../../gateway/core/create-core.ts'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { defaultLimits } from '../../../../gateway/core/ports.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { MemoryState } from '../../../../src/base/memory-state.ts'
import { noMetrics } from '../../../../src/base/metrics.ts'
import { cluster } from '../../../support/cluster.ts'
import { call, message, seeded, someone } from '../../../support/gateway-core.ts'

async function delaying(t: Parameters<typeof cluster>[0]) {
  const { client, clock } = await cluster(t)
  const core = createCore({
    client,
    clock,
    random: seeded(1),
    log: silentLog,
    metrics: noMetrics,
    keys: KeyRing.parse(KeyRing.generate(seeded(7))),
    state: new MemoryState(clock),
    limits: defaultLimits,
  })
  t.teardown(() => core.stop())
  await core.createTopic({ name: 'orders', type: 'delay', queues: 1 }, call())
  const send = (body: string, delayMs: number) =>
    core.send(message(body, { deliverAt: clock.now() + delayMs }), call())
  const count = () => client.maxOffset({ topic: 'orders', broker: 'broker-a', queueId: 0 })
  return { core, clock, send, count }
}

test('a delayed message is delivered at its time, and not when it was taken back', async (t) => {
  const { core, clock, send, count } = await delaying(t)
  const kept = await send('kept', 5000)
  const gone = await send('gone', 5000)
  t.true(kept.recallHandle?.startsWith('mqr1.'))
  const input = { topic: 'orders', handle: gone.recallHandle ?? '' }
  t.deepEqual(await core.recall(input, call()), { messageId: gone.messageId })
  await clock.advance(4000)
  t.is(await count(), 0)
  await clock.advance(3000)
  t.is(await count(), 1)
  await t.throwsAsync(core.recall(input, call()), { message: 'the message is due already' })
})

test('a recall handle is for its own topic, and nobody can make one', async (t) => {
  const { core, send } = await delaying(t)
  const { recallHandle = '' } = await send('a', 5000)
  await core.createTopic({ name: 'other', type: 'delay', queues: 1 }, call())
  const payload = Buffer.from('v1 orders broker-a 1800000000000 x').toString('base64url')
  const bad = [
    { topic: 'other', handle: recallHandle },
    { topic: 'orders', handle: `${recallHandle.slice(0, -1)}!` },
    { topic: 'orders', handle: payload },
    { topic: 'orders', handle: '' },
  ]
  for (const input of bad) {
    await t.throwsAsync(core.recall(input, call()), { message: 'the recall handle is not valid' })
  }
  const tenant = call({ identity: someone('tenant') })
  await t.throwsAsync(core.recall({ topic: 'orders', handle: recallHandle }, tenant))
})
