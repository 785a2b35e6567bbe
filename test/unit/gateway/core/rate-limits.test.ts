// S26: rates by credential, tenant and address.

import test from 'ava'
import type { Call } from '../../../../gateway/core/core.ts'
import { limitRates, type RateLimits } from '../../../../gateway/core/rate-limits.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { MemoryState } from '../../../../src/base/memory-state.ts'
import { noMetrics } from '../../../../src/base/metrics.ts'
import { settle } from '../../../support/fake-clock.ts'
import { asking, call, gatewayCore, message, someone } from '../../../support/gateway-core.ts'

const nothing = { perKey: {}, perTenant: {}, perAddress: {} }

function limited(limits: Partial<RateLimits>) {
  const fixture = gatewayCore()
  const { clock, core } = fixture
  fixture.client.addTopic('shop%orders')
  const state = new MemoryState(clock)
  const all = { ...nothing, ...limits }
  const parts = {
    limits: () => all,
    refusalsPerSecond: () => 100,
    state,
    clock,
    metrics: noMetrics,
  }
  const node = () => limitRates(core, parts)
  const failureOf = async (run: Promise<unknown>): Promise<string | undefined> =>
    run.then(
      () => undefined,
      (error: unknown) => (error instanceof MqError ? error.failure : String(error)),
    )
  return { ...fixture, parts, node, rated: node(), failureOf }
}

const of = (subject: string, given: Partial<Call> = {}): Call =>
  call({ identity: { ...someone('shop'), subject }, ...given })

test('without a limit nothing is counted, and limits may be set while it runs', async (t) => {
  const { core, clock, client } = gatewayCore()
  client.addTopic('shop%orders')
  let limits: RateLimits = nothing
  let counted = 0
  const increase = async () => ++counted
  const parts = {
    limits: () => limits,
    refusalsPerSecond: () => 100,
    state: { increase },
    clock,
    metrics: noMetrics,
  }
  const rated = limitRates(core, parts)
  await rated.send(message('a'), of('a'))
  t.is(counted, 0)
  limits = { ...nothing, perKey: { sendsPerSecond: 1 } }
  await rated.send(message('a'), of('a'))
  t.is(counted, 1)
})

test('S26: a credential sends as much as it may in a second, and others are not concerned', async (t) => {
  const { rated, failureOf, clock, client } = limited({ perKey: { sendsPerSecond: 3 } })
  const send = (subject: string) => failureOf(rated.send(message('a'), of(subject)))
  const first = [await send('a'), await send('a'), await send('a'), await send('a')]
  t.deepEqual(first, [undefined, undefined, undefined, 'rate-limited'])
  t.is(await send('b'), undefined)
  t.is(client.stored('shop%orders').length, 4)
  await clock.advance(1000)
  t.is(await send('a'), undefined)
})

test('S26: a refusal says when to come back, and that nothing was stored', async (t) => {
  const { rated, clock } = limited({ perKey: { sendsPerSecond: 1 } })
  await clock.advance(1000 - (clock.now() % 1000) + 250)
  await rated.send(message('a'), of('a'))
  const error = await t.throwsAsync<MqError>(rated.send(message('a'), of('a')))
  t.like(error?.detail, { retryAfterMs: 750, outcome: 'not-stored' })
})

test('S26: a batch counts as its messages; one beyond a second is refused as too large', async (t) => {
  const { rated, failureOf } = limited({ perKey: { sendsPerSecond: 5 } })
  const batch = (count: number) =>
    failureOf(
      rated.sendBatch(
        Array.from({ length: count }, () => message('a')),
        of('a'),
      ),
    )
  t.is(await batch(6), 'batch-too-large')
  t.is(await batch(4), undefined)
  t.is(await batch(2), 'rate-limited')
})

test('S26: bytes, receives, reads and pulls have rates of their own', async (t) => {
  const { rated, failureOf } = limited({
    perTenant: { sendBytesPerSecond: 10, receivesPerSecond: 2 },
  })
  t.is(await failureOf(rated.send(message('x'.repeat(8)), of('a'))), undefined)
  t.is(await failureOf(rated.send(message('x'.repeat(8)), of('b'))), 'rate-limited')
  t.is(await failureOf(rated.send(message('x'.repeat(11)), of('b'))), 'message-too-large')
  const reading = { topic: 'orders', from: 'earliest', max: 1, waitMs: 0 } as const
  t.is(await failureOf(rated.receive(asking(), of('a'))), undefined)
  t.is(await failureOf(rated.read(reading, of('b'))), undefined)
  t.is(await failureOf(rated.receive(asking(), of('a'))), 'rate-limited')
})

test('S26: an address is counted whoever comes from it, whatever its port', async (t) => {
  const { rated, failureOf } = limited({ perAddress: { sendsPerSecond: 1 } })
  const from = (subject: string, remote: string) =>
    failureOf(rated.send(message('a'), of(subject, { remote })))
  t.is(await from('a', '10.0.0.1:1000'), undefined)
  t.is(await from('b', '10.0.0.1:2000'), 'rate-limited')
  t.is(await from('b', '::1:2000'), undefined)
})

test('S26: nodes that share their state allow the rate between them', async (t) => {
  const { rated, node, failureOf } = limited({ perKey: { sendsPerSecond: 2 } })
  const other = node()
  t.is(await failureOf(rated.send(message('a'), of('a'))), undefined)
  t.is(await failureOf(other.send(message('a'), of('a'))), undefined)
  t.is(await failureOf(other.send(message('a'), of('a'))), 'rate-limited')
})

test('S26: what cannot be counted is not served', async (t) => {
  const { core, parts, failureOf, client } = limited({ perKey: { sendsPerSecond: 2 } })
  const increase = async () => {
    throw new MqError('state-unavailable')
  }
  const rated = limitRates(core, { ...parts, state: { increase } })
  t.is(await failureOf(rated.send(message('a'), of('a'))), 'state-unavailable')
  t.is(client.stored('shop%orders').length, 0)
})

test('S26: a credential waits as often as it may at the same time', async (t) => {
  const { rated, failureOf, clock } = limited({ perKey: { waiterCountMax: 1 } })
  const wait = () => failureOf(rated.receive(asking({ waitMs: 5000 }), of('a')))
  const first = wait()
  await settle()
  t.is(await wait(), 'too-many-waiters')
  t.is(await failureOf(rated.receive(asking(), of('a'))), undefined)
  await clock.advance(6000)
  t.is(await first, undefined)
  const again = wait()
  await settle()
  await clock.advance(6000)
  t.is(await again, undefined)
})

test('the caller is told what is left', async (t) => {
  const { rated } = limited({ perKey: { sendsPerSecond: 3 } })
  const told: unknown[] = []
  const rates = { tell: (state: object) => void told.push(state) }
  await rated.send(message('a'), of('a', { rates }))
  t.like(told[0], { name: 'perKey-sends', limit: 3, remaining: 2 })
})

test('S26: a rate that is used up is known without being counted, until its second is over', async (t) => {
  const { core, parts, clock } = limited({ perTenant: { sendsPerSecond: 1 } })
  let counted = 0
  const increase: typeof parts.state.increase = (...given) => {
    counted += 1
    return parts.state.increase(...given)
  }
  const rated = limitRates(core, { ...parts, state: { increase } })
  t.is(rated.usedUp('sends', of('a')), undefined)
  await rated.send(message('a'), of('a'))
  t.is(rated.usedUp('sends', of('a')), undefined)
  await t.throwsAsync(rated.send(message('a'), of('a')))
  t.is(counted, 2)
  await clock.advance(250)
  const told: unknown[] = []
  const rates = { tell: (state: object) => void told.push(state) }
  const error = t.throws<MqError>(() => rated.usedUp('sends', of('b', { rates })))
  t.is(error?.failure, 'rate-limited')
  t.like(error?.detail, { retryAfterMs: 750, outcome: 'not-stored' })
  t.like(told[0], { name: 'perTenant-sends', limit: 1, remaining: 0 })
  t.is(rated.usedUp('receives', of('a')), undefined)
  t.is(rated.usedUp('sends', of('a', { identity: someone('bank') })), undefined)
  await clock.advance(750)
  t.is(rated.usedUp('sends', of('a')), undefined)
  t.is(counted, 2)
})

test('S26: who goes on asking is told later, and when the second is over by then', async (t) => {
  const { rated, failureOf, clock } = limited({ perKey: { sendsPerSecond: 1 } })
  await rated.send(message('a'), of('a'))
  const told: (string | undefined)[] = []
  for (let i = 0; i < 30; i++) {
    void failureOf(rated.send(message('a'), of('a'))).then((one) => void told.push(one))
  }
  await settle()
  t.is(told.length, 11)
  const last = rated.usedUp('sends', of('a'))
  await clock.advance(200)
  t.deepEqual(told, new Array(30).fill('rate-limited'))
  const error = await t.throwsAsync<MqError>(last ?? Promise.resolve())
  t.is(error?.detail['retryAfterMs'], 800)
})
