// S05, S06, S12, S15: what is signed cannot be made or changed, names stay names, and no address
// that a caller writes is ever called.

import test, { type ExecutionContext } from 'ava'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { openToken, sealToken } from '../../../../gateway/core/token.ts'
import { seeded } from '../../../support/gateway-core.ts'
import { keysFileOf, secretOf, wholeGateway } from '../../../support/whole-gateway.ts'

const required = { auth: { mode: 'required' } }
const token = secretOf('00000001')
const receive = '/v1/groups/billing/topics/orders/messages:receive'

async function received(t: ExecutionContext) {
  const apiKeys = keysFileOf({
    '00000001': {},
    '00000002': { namespace: 'other' },
  })
  const gateway = await wholeGateway(t, required, { apiKeys })
  const { ask } = gateway
  await ask('POST', '/v1/topics/orders/messages', { token, body: 'a' })
  const { text } = await ask('POST', receive, { token, body: {} })
  const handle: string = JSON.parse(text).messages[0].handle
  const ack = async (given: string, as = token, group = 'billing') => {
    const answer = await ask('POST', `/v1/groups/${group}/messages:ack`, {
      token: as,
      body: { handles: [given] },
    })
    return answer.status
  }
  return { ...gateway, handle, ack }
}

test('S05: a handle is good for its tenant, its group and its message alone', async (t) => {
  const { handle, ack, ask, client } = await received(t)
  client.addTopic('other%orders')
  t.is(await ack(handle, secretOf('00000002')), 400)
  t.is(await ack(handle, token, 'shipping'), 400)
  t.is(await ack(handle.slice(0, -1)), 400)
  t.is(await ack(handle.slice(0, -8)), 400)
  t.is(await ack(handle.replace(/^mqh1\.[^.]+/, 'mqh1.k000000')), 400)
  t.is(await ack(handle.replace('mqh1', 'mqc1')), 400)
  // Which part was wrong is not said.
  const wrong = await ask('POST', '/v1/groups/billing/messages:ack', {
    token,
    body: { handles: ['x'] },
    headers: { 'X-Request-Id': 'r' },
  })
  const forged = await ask('POST', '/v1/groups/billing/messages:ack', {
    token,
    body: { handles: [handle.slice(0, -1)] },
    headers: { 'X-Request-Id': 'r' },
  })
  t.is(wrong.text, forged.text)
  t.is(await ack(handle), 200)
})

test('S05: a handle that names a broker nobody knows is refused, and nobody is called', async (t) => {
  const keys = KeyRing.generate(seeded(2))
  const { handle, ask, client } = await received(t)
  const ring = KeyRing.parse(keys)
  const payload = Buffer.from(openToken('mqh1', handle, ring) ?? '')
  const at = payload.indexOf('broker-a')
  payload.write('10.0.0.1', at)
  const moved = sealToken('mqh1', payload, ring)
  const before = client.calls.length
  const answer = await ask('POST', '/v1/groups/billing/messages:ack', {
    token,
    body: { handles: [moved] },
  })
  t.is(answer.status, 400)
  t.false(client.calls.slice(before).includes('ack'))
})

test('S06: page tokens, cursors, recall, transaction and reply handles take no change', async (t) => {
  const keys = KeyRing.parse(KeyRing.generate(seeded(2)))
  const random = seeded(21)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  const char = (): string => alphabet[random.below(alphabet.length)] ?? ''
  for (const prefix of ['mqp1', 'mqa1', 'mqx1', 'mqq1', 'mqr1']) {
    const whole = sealToken(prefix, Buffer.from('["orders","broker-a",1,2]'), keys)
    for (let i = 0; i < 2000; i++) {
      const at = random.below(whole.length)
      const mutated = [
        () => whole.slice(0, at) + char() + whole.slice(at + 1),
        () => whole.slice(0, at) + whole.slice(at + 1),
        () => whole.slice(0, at) + char() + whole.slice(at),
      ][random.below(3)]?.()
      if (mutated === undefined || mutated === whole) continue
      t.is(openToken(prefix, mutated, keys), undefined)
    }
    // A token of one kind is none of another.
    t.is(openToken('mqz1', whole, keys), undefined)
  }
})

test('S06: what nobody has signed opens nothing, at any operation', async (t) => {
  const { ask } = await received(t)
  const wrong = 'mqx1.k.AAAA.AAAAAAAAAAAAAAAAAAAAAA'
  const status = async (method: string, path: string, body?: unknown) =>
    (await ask(method, path, { token, ...(body !== undefined && { body }) })).status
  t.is(await status('GET', `/v1/topics?pageToken=${wrong}`), 400)
  t.is(await status('DELETE', `/v1/topics/orders/scheduled/${wrong}`), 400)
  t.is(await status('POST', `/v1/transactions/${wrong}:commit`), 400)
  t.is(await status('POST', `/v1/transactions/${wrong}:rollback`), 400)
  t.is(await status('POST', `/v1/replies/${wrong}`, 'a'), 400)
  t.is(await status('POST', '/v1/topics/orders/messages:read', { cursor: wrong }), 400)
  t.is(await status('GET', `/v1/topics/orders/events?cursor=${wrong}`), 400)
})

test('S12: a name that is no name is refused wherever it is written', async (t) => {
  const { ask, client } = await received(t)
  const before = client.calls.length
  const names = [
    ...[
      '..',
      '.',
      'a..b',
      'a/b',
      'a\\b',
      'a b',
      'a\r\nX: y',
      'a\u0000',
      '\u2025',
      'ａ',
      'a;b',
      'a?b',
    ],
    ...['%2e%2e', '%252e%252e%252f', '../../etc/passwd', 'x'.repeat(128)],
  ]
  for (const name of names) {
    const at = encodeURIComponent(name)
    const results = [
      await ask('POST', `/v1/topics/${at}/messages`, { token, body: 'a' }),
      await ask('GET', `/v1/topics/${at}`, { token }),
      await ask('POST', '/v1/topics', { token, body: { name } }),
      await ask('POST', `/v1/groups/${at}/topics/orders/messages:receive`, { token, body: {} }),
      await ask('GET', `/v1/groups/${at}/lag`, { token }),
    ]
    for (const { status, headers } of results) {
      t.true([400, 403, 404, 405].includes(status), `${name}: ${status}`)
      t.is(headers.get('x'), null)
    }
  }
  t.deepEqual(
    client.calls.slice(before).filter((one) => one === 'send' || one === 'createTopic'),
    [],
  )
})

test('S12: tags, keys and properties with control characters are refused', async (t) => {
  const { ask, client } = await received(t)
  const count = client.stored('orders').length
  const envelope = { 'content-type': 'application/vnd.rocketway.message+json' }
  const body = { text: 'a' }
  for (const wrong of [
    { tag: 'a\nb' },
    { tag: 'a|b' },
    { keys: ['a b'] },
    { keys: ['a\u0001'] },
    { properties: { 'a\u0001b': 'x' } },
    { properties: { a: 'x\u0002y' } },
    { properties: { UNIQ_KEY: 'x' } },
    { orderingKey: '\u0000' },
    { traceparent: 'a\r\nb' },
  ]) {
    const answer = await ask('POST', '/v1/topics/orders/messages', {
      token,
      body: { body, ...wrong },
      headers: envelope,
    })
    t.is(answer.status, 400, JSON.stringify(wrong))
  }
  t.is(client.stored('orders').length, count)
})

test('S15: an address in an id, a name or a property is never called', async (t) => {
  const { ask } = await received(t)
  // Of 169.254.169.254:80 and 127.0.0.1:22, as RocketMQ writes message ids.
  for (const id of ['A9FEA9FE000000500000000000000000', '7F000001000000160000000000000000']) {
    const { status } = await ask('GET', `/v1/topics/orders/messages/${id}`, { token })
    t.is(status, 404)
  }
  for (const broker of ['169.254.169.254:80', 'http://127.0.0.1', '..']) {
    const at = encodeURIComponent(broker)
    const { status } = await ask('GET', `/v1/brokers/${at}/config`, { token })
    t.true(status === 403 || status === 404, broker)
    const page = await ask('GET', `/v1/topics/orders/queues/${at}/0/messages`, { token })
    t.is(page.status, 404, broker)
  }
})
