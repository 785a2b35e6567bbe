import test from 'ava'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { MqError } from '../../../../src/base/errors.ts'
import {
  asking,
  type CoreFixture,
  call,
  gatewayCore,
  message,
  seeded,
  someone,
} from '../../../support/gateway-core.ts'

const group = 'billing'
const failureOf = (result: unknown) => (result as MqError | undefined)?.failure

async function received(fixture: CoreFixture, count = 1): Promise<string[]> {
  const { core } = fixture
  for (let i = 0; i < count; i++) await core.send(message(`m${i}`), call())
  const { messages } = await core.receive(asking(), call())
  return messages.map(({ handle }) => handle)
}

test('an acknowledged message does not come back, and a second ack is no mistake', async (t) => {
  const fixture = gatewayCore()
  const handles = await received(fixture, 3)
  t.deepEqual(await fixture.core.ack({ group, handles }, call()), [undefined, undefined, undefined])
  t.deepEqual(await fixture.core.ack({ group, handles }, call()), [undefined, undefined, undefined])
  await fixture.clock.advance(60_000)
  t.deepEqual((await fixture.core.receive(asking(), call())).messages, [])
})

test('a handle is expired after its time, superseded after an extend', async (t) => {
  const fixture = gatewayCore()
  const { core, clock } = fixture
  const [handle = ''] = await received(fixture)
  const [extended] = await core.extend({ group, items: [{ handle, invisibleMs: 60_000 }] }, call())
  t.deepEqual((await core.ack({ group, handles: [handle] }, call())).map(failureOf), [
    'receipt-handle-superseded',
  ])
  const newer = (extended as { handle: string }).handle
  await clock.advance(61_000)
  t.deepEqual((await core.ack({ group, handles: [newer] }, call())).map(failureOf), [
    'receipt-handle-expired',
  ])
})

test('more than a minute after its time a handle is refused without asking a broker', async (t) => {
  const fixture = gatewayCore()
  const [handle = ''] = await received(fixture)
  await fixture.clock.advance(30_000 + 60_002)
  const asked = fixture.client.calls.length
  const results = await fixture.core.ack({ group, handles: [handle] }, call())
  t.deepEqual(results.map(failureOf), ['receipt-handle-expired'])
  t.is(fixture.client.calls.length, asked)
})

test('nack makes a message visible at once, or after its delay', async (t) => {
  const fixture = gatewayCore()
  const { core, clock } = fixture
  const again = async () => (await core.receive(asking(), call())).messages
  const [first = ''] = await received(fixture)
  await core.nack({ group, items: [{ handle: first }] }, call())
  const [second] = await again()
  t.is(second?.attempt, 2)
  await core.nack({ group, items: [{ handle: second?.handle ?? '', delayMs: 90_000 }] }, call())
  await clock.advance(89_000)
  t.deepEqual(await again(), [])
  await clock.advance(1000)
  t.is((await again())[0]?.attempt, 3)
})

test('each handle has a result of its own', async (t) => {
  const fixture = gatewayCore()
  const [good = '', other = ''] = await received(fixture, 2)
  const handles = [good, 'mqh1.a.b.c', `${other}A`, other]
  const results = await fixture.core.ack({ group, handles }, call())
  t.deepEqual(results.map(failureOf), [
    undefined,
    'invalid-receipt-handle',
    'invalid-receipt-handle',
    undefined,
  ])
})

test('a handle of another group or namespace is invalid, and no broker hears of it', async (t) => {
  const fixture = gatewayCore()
  const [handle = ''] = await received(fixture)
  const asked = fixture.client.calls.length
  const items = [{ handle, invisibleMs: 30_000 }]
  const foreign = [
    await fixture.core.ack({ group: 'shipping', handles: [handle] }, call()),
    await fixture.core.ack({ group, handles: [handle] }, call({ identity: someone('shop') })),
    await fixture.core.extend({ group: 'shipping', items }, call()),
    await fixture.core.nack({ group: 'shipping', items: [{ handle }] }, call()),
  ]
  for (const results of foreign) t.deepEqual(results.map(failureOf), ['invalid-receipt-handle'])
  t.is(fixture.client.calls.length, asked)
})

test('a handle whose broker is in no route is never followed', async (t) => {
  const fixture = gatewayCore()
  const [handle = ''] = await received(fixture)
  const elsewhere = gatewayCore({ brokers: ['broker-z'], keys: fixture.keys })
  const results = await elsewhere.core.ack({ group, handles: [handle] }, call())
  t.deepEqual(results.map(failureOf), ['invalid-receipt-handle'])
  t.false(elsewhere.client.calls.includes('ack'))
})

test('a broker that cannot be reached fails the handle with an error that may be retried', async (t) => {
  const fixture = gatewayCore()
  const [handle = ''] = await received(fixture)
  fixture.client.down.add('broker-a')
  const [error] = await fixture.core.ack({ group, handles: [handle] }, call())
  t.is(failureOf(error), 'broker-unavailable')
  fixture.client.down.clear()
  t.deepEqual(await fixture.core.ack({ group, handles: [handle] }, call()), [undefined])
})

test('times out of range are refused handle by handle; gRPC may shorten to nothing', async (t) => {
  const fixture = gatewayCore()
  const { core } = fixture
  const [handle = ''] = await received(fixture)
  const extend = async (invisibleMs: number, mayShorten?: boolean) =>
    (await core.extend({ group, mayShorten, items: [{ handle, invisibleMs }] }, call())).map(
      failureOf,
    )
  t.deepEqual(await extend(9_999), ['illegal-invisible-time'])
  t.deepEqual(await extend(43_200_001), ['illegal-invisible-time'])
  t.deepEqual(await extend(43_200_001, true), ['illegal-invisible-time'])
  t.deepEqual(await extend(0, true), [undefined])
  t.deepEqual(await extend(30_000), ['receipt-handle-superseded'])
})

test('no handles and too many handles are refused as a whole', async (t) => {
  const { core } = gatewayCore()
  for (const handles of [[], Array.from({ length: 257 }, () => 'x')]) {
    const error = await t.throwsAsync<MqError>(core.ack({ group, handles }, call()))
    t.is(error?.failure, 'invalid-argument')
  }
})

test('any node with the same keys takes the handle; one with others does not', async (t) => {
  const one = gatewayCore()
  const two = gatewayCore({ beside: one })
  const [handle = ''] = await received(one)
  t.deepEqual(await two.core.ack({ group, handles: [handle] }, call()), [undefined])
  const stranger = gatewayCore({ keys: KeyRing.parse(KeyRing.generate(seeded(99))) })
  const refused = await stranger.core.ack({ group, handles: [handle] }, call())
  t.deepEqual(refused.map(failureOf), ['invalid-receipt-handle'])
})

test('handles of one broker go in one request, and each has its own result where one is refused', async (t) => {
  const fixture = gatewayCore({ brokers: ['broker-a', 'broker-b'] })
  const { core, client, clock } = fixture
  const handles = await received(fixture, 6)
  const [moved = ''] = handles
  await core.extend({ group, items: [{ handle: moved, invisibleMs: 60_000 }] }, call())
  const asked = client.calls.length
  const results = await core.ack({ group, handles: handles.slice(1) }, call())
  t.deepEqual(results.map(failureOf), Array(5).fill(undefined))
  t.is(client.calls.slice(asked).filter((name) => name === 'ackBatch').length, 2)
  const again = await core.ack({ group, handles }, call())
  t.deepEqual(again.map(failureOf), ['receipt-handle-superseded', ...Array(5).fill(undefined)])
  await clock.advance(61_000)
  t.is((await core.receive(asking(), call())).messages.length, 1)
})

test('a broker that knows no batches is asked for each', async (t) => {
  const fixture = gatewayCore()
  const { core, client, clock } = fixture
  const handles = await received(fixture, 3)
  client.ackBatch = () => Promise.reject(new MqError('not-implemented'))
  t.deepEqual(await core.ack({ group, handles }, call()), [undefined, undefined, undefined])
  await clock.advance(60_000)
  t.deepEqual((await core.receive(asking(), call())).messages, [])
})
