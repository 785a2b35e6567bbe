// S23, S26, S28: what one caller does, others neither feel nor learn.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { startFront } from '../../../support/websocket-front.ts'
import { keysFileOf, secretOf, wholeGateway } from '../../../support/whole-gateway.ts'

const required = { auth: { mode: 'required' } }
const messages = '/v1/topics/orders/messages'

test('S26: of a tenant at a hundred times its rate the cluster sees the rate, and another is served in full', async (t) => {
  const apiKeys = keysFileOf({ '00000001': { namespace: 'a' }, '00000002': { namespace: 'b' } })
  const limits = { perTenant: { sendsPerSecond: 10 }, refusalsPerSecond: 1_000_000 }
  const { ask, client } = await wholeGateway(t, { ...required, limits }, { apiKeys })
  client.addTopic('a%orders')
  client.addTopic('b%orders')
  const send = async (id: string) =>
    (await ask('POST', messages, { token: secretOf(id), body: 'x' })).status
  const before = client.calls.length
  const flooding: number[] = []
  const flood = Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 50; i++) flooding.push(await send('00000001'))
    }),
  )
  const quiet: number[] = []
  for (let i = 0; i < 10; i++) quiet.push(await send('00000002'))
  t.deepEqual(new Set(quiet), new Set([201]))
  await flood
  t.is(flooding.filter((status) => status === 201).length, 10)
  t.is(flooding.filter((status) => status === 429).length, 990)
  t.is(client.stored('a%orders').length, 10)
  // What is refused costs the cluster nothing: neither a send nor a look at a route.
  const calls = client.calls.slice(before)
  t.is(calls.filter((one) => one === 'send').length, 20)
  t.true(calls.length <= 20 + 2 * 3, calls.join(' '))
})

test('S26: a tenant that goes on asking waits for its refusals; another does not', async (t) => {
  const apiKeys = keysFileOf({ '00000001': { namespace: 'a' }, '00000002': { namespace: 'b' } })
  const limits = { perTenant: { sendsPerSecond: 10 }, refusalsPerSecond: 50 }
  const { ask, client, clock } = await wholeGateway(t, { ...required, limits }, { apiKeys })
  client.addTopic('a%orders')
  client.addTopic('b%orders')
  const send = async (id: string) =>
    (await ask('POST', messages, { token: secretOf(id), body: 'x' })).status
  const flooding: number[] = []
  const flood = Array.from({ length: 40 }, async () => flooding.push(await send('00000001')))
  // Ten within the rate, six refusals of a tenth of a second.
  while (flooding.length < 16) await new Promise(setImmediate)
  for (let i = 0; i < 10; i++) t.is(await send('00000002'), 201)
  t.is(flooding.length, 16)
  await clock.advance(500)
  await Promise.all(flood)
  t.is(flooding.filter((status) => status === 429).length, 30)
})

// Times differ from run to run, steps do not: these count them.
const crypto = createRequire(import.meta.url)('node:crypto') as Record<string, unknown>

/** Runs with the functions of node:crypto counted; answers what each was called with. */
function counted(names: readonly string[], run: () => void): Record<string, number[]> {
  const real = Object.fromEntries(names.map((name) => [name, crypto[name]]))
  const sizes: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) {
    crypto[name] = (...given: unknown[]) => {
      sizes[name]?.push(...given.map((one) => (one as { length?: number }).length ?? 0))
      return (real[name] as (...all: unknown[]) => unknown)(...given)
    }
  }
  syncBuiltinESMExports()
  try {
    run()
  } finally {
    Object.assign(crypto, real)
    syncBuiltinESMExports()
  }
  return sizes
}

test('S28: a wrong key takes the steps of the right one, whatever is wrong with it', async (t) => {
  const { ApiKeys } = await import('../../../../gateway/identity/api-keys.ts')
  const keys = ApiKeys.parse(keysFileOf({ '00000001': { namespace: 'a' } }))
  const right = secretOf('00000001')
  const last = `${right.slice(0, -1)}x`
  const first = right.replace('_k', '_x')
  const unknown = secretOf('00000002')
  const steps = (key: string) =>
    counted(['hash', 'timingSafeEqual'], () => {
      t.is(keys.find(key, 0) !== undefined, key === right)
    })
  const ofRight = steps(right)
  t.deepEqual(ofRight['timingSafeEqual'], [32, 32])
  for (const wrong of [last, first, unknown]) t.deepEqual(steps(wrong), ofRight, wrong)
})

test('S28: a forged token is compared whole, wherever it is wrong', async (t) => {
  const { KeyRing } = await import('../../../../gateway/core/key-ring.ts')
  const { openToken, sealToken } = await import('../../../../gateway/core/token.ts')
  const { seeded } = await import('../../../support/gateway-core.ts')
  const keys = KeyRing.parse(KeyRing.generate(seeded(1)))
  const token = sealToken('mqh1', Buffer.from('payload'), keys)
  const at = token.lastIndexOf('.') + 1
  const changed = (index: number) =>
    `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
  const steps = (given: string) =>
    counted(['createHmac', 'timingSafeEqual'], () => {
      t.is(openToken('mqh1', given, keys) !== undefined, given === token)
    })
  const ofRight = steps(token)
  t.deepEqual(ofRight['timingSafeEqual'], [22, 22])
  for (const index of [at, at + 10, token.length - 1]) {
    t.deepEqual(steps(changed(index)), ofRight, `at ${index}`)
  }
})

test('S28: for what another tenant has the cluster is asked what it is asked for what nobody has', async (t) => {
  const apiKeys = keysFileOf({ '00000001': { namespace: 'a' }, '00000002': { namespace: 'b' } })
  const { ask, client } = await wholeGateway(t, required, { apiKeys })
  client.addTopic('b%secret')
  client.addGroup('b%secret')
  const token = secretOf('00000001')
  const probes = [
    ['GET', '/v1/topics/NAME'],
    ['POST', '/v1/topics/NAME/messages:read', {}],
    ['POST', '/v1/topics/NAME/messages', 'a'],
    ['GET', '/v1/groups/NAME'],
    ['POST', '/v1/groups/NAME/topics/NAME/messages:receive', {}],
  ] as const
  for (const [method, path, body] of probes) {
    const asked = async (name: string) => {
      const from = client.calls.length
      const { status } = await ask(method, path.replaceAll('NAME', name), {
        token,
        ...(body !== undefined && { body }),
      })
      t.is(status, 404, `${method} ${path}`)
      return client.calls.slice(from)
    }
    const forOthers = await asked('secret')
    t.true(forOthers.length > 0)
    t.deepEqual(forOthers, await asked('absent'), `${method} ${path}`)
  }
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('S23: subscribing and leaving, on and on, leaves nothing in the process', async (t) => {
  const { connect, clock, core } = await startFront(t, { config: { opsPerSecond: 1_000_000 } })
  const client = await connect().hello()
  const sub = { op: 'sub', sid: 's', topic: 'orders', credit: 100 }
  const churn = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const way = i % 2 === 0 ? { from: { at: 'latest' } } : { group: 'billing' }
      client.say({ ...sub, ...way, id: 1 }, { op: 'unsub', id: 2, sid: 's' })
      for (let frame = await client.next(); frame['id'] !== 2; ) frame = await client.next()
    }
    core.calls.length = 0
  }
  const heapUsed = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  await churn(1000)
  const timers = clock.pending
  const before = heapUsed()
  await churn(20_000)
  t.is(clock.pending, timers)
  const grown = heapUsed() - before
  t.log(`${Math.round(grown / 1024)} KiB after 20,000 subscriptions`)
  // A hundred bytes that each left behind would be two million.
  t.true(grown < 1_000_000, `${grown} bytes`)
})
