// S26, S03: rates over HTTP, and whose address counts.

import { hash } from 'node:crypto'
import test from 'ava'
import { clientAddress } from '../../../../gateway/identity/client-address.ts'
import { httpGateway, post } from '../../../support/http-gateway.ts'

test('S26: answers say where the caller stands, and when to come back', async (t) => {
  const { url } = await httpGateway(t, { rates: { perKey: { sendsPerSecond: 2 } } })
  const send = () => post(`${url}/v1/topics/orders/messages`, 'a')
  const first = await send()
  t.is(first.headers.get('ratelimit-policy'), '"perKey-sends";q=2;w=1')
  t.is(first.headers.get('ratelimit'), '"perKey-sends";r=1;t=1')
  t.is((await send()).headers.get('ratelimit'), '"perKey-sends";r=0;t=1')
  const refused = await send()
  t.is(refused.status, 429)
  t.is(refused.headers.get('retry-after'), '1')
  t.is(refused.headers.get('ratelimit'), '"perKey-sends";r=0;t=1')
  t.like(await refused.json(), {
    type: '/problems/rate-limited',
    retryable: true,
    outcome: 'not-stored',
  })
  t.is((await fetch(`${url}/v1/topics`)).headers.get('ratelimit'), null)
})

test('S03: an address that a header claims is believed of listed proxies only', (t) => {
  const claimed = '6.6.6.6, 10.0.0.7'
  t.is(clientAddress('127.0.0.1', claimed, []), '127.0.0.1')
  t.is(clientAddress('127.0.0.1', claimed, ['10.0.0.0/8']), '127.0.0.1')
  t.is(clientAddress('127.0.0.1', claimed, ['127.0.0.0/8']), '10.0.0.7')
  t.is(clientAddress('127.0.0.1', claimed, ['127.0.0.0/8', '10.0.0.0/8']), '6.6.6.6')
  t.is(clientAddress('127.0.0.1', 'x, 10.0.0.7', ['127.0.0.0/8', '10.0.0.0/8']), '10.0.0.7')
  t.is(clientAddress('127.0.0.1', 'x', ['127.0.0.0/8']), '127.0.0.1')
  t.is(clientAddress('::ffff:127.0.0.1', '6.6.6.6', ['127.0.0.1']), '6.6.6.6')
  t.is(clientAddress('127.0.0.1', undefined, ['127.0.0.0/8']), '127.0.0.1')
})

test('S03: what a caller claims of itself changes neither who nor where it is', async (t) => {
  const key = `rwk_00000001_${'k'.repeat(43)}`
  const owner = { id: '00000001', sha256: hash('sha256', key, 'hex'), subject: 'bob' }
  const lines: string[] = []
  const fixture = await httpGateway(t, {
    auth: true,
    keysFile: JSON.stringify({ keys: [{ ...owner, sourceIps: ['127.0.0.1'] }] }),
    auditSink: { append: (line) => void lines.push(line) },
  })
  const headers = {
    authorization: `Bearer ${key}`,
    'rpc-remote-address': '6.6.6.6',
    'x-mq-authorization-ak': 'admin',
    'x-mq-channel-id': 'admin',
    'X-Forwarded-For': '6.6.6.6',
    'X-Real-IP': '6.6.6.6',
    Forwarded: 'for=6.6.6.6',
    'X-Forwarded-User': 'admin',
  }
  const made = await post(`${fixture.url}/v1/topics`, { name: 'new' }, headers)
  t.is(made.status, 201)
  t.like(JSON.parse(lines[0] ?? ''), { subject: 'bob', source: '127.0.0.1' })
  await post(`${fixture.url}/v1/topics/orders/messages`, 'a', headers)
  t.is(fixture.client.stored('orders')[0]?.properties.get('__BORNHOST'), '127.0.0.1')
  t.is((await fetch(`${fixture.url}/v1/audit`, { headers })).status, 403)
})

test('S08: whoever goes on guessing is not listened to for a while, also with the right key', async (t) => {
  const { url, apiKey, clock } = await httpGateway(t, { auth: true, failuresPerMinute: 5 })
  const list = async (token?: string) =>
    (
      await fetch(`${url}/v1/topics`, {
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      })
    ).status
  for (let i = 0; i < 10; i++) t.is(await list(), 401)
  for (let i = 0; i < 5; i++) t.is(await list(`rwk_${i}`), 401)
  t.is(await list(apiKey), 429)
  await clock.advance(60_000)
  t.is(await list(apiKey), 200)
})
