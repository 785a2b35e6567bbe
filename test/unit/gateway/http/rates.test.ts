// S26, S03: rates over HTTP, and whose address counts.

import { hash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
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

const head = (length: number, more = ''): string =>
  `POST /v1/topics/orders/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${more}\r\n`

async function opened(port: number): Promise<{ socket: Socket; read(): string }> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  return { socket, read: () => text }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate)
}

/** What can happen without time has happened. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 200; i++) await new Promise(setImmediate)
}

test('S26: who has used up the rate is refused before anything of the body has come', async (t) => {
  const { url, port } = await httpGateway(t, { rates: { perKey: { sendsPerSecond: 1 } } })
  for (const status of [201, 429]) {
    t.is((await post(`${url}/v1/topics/orders/messages`, 'a')).status, status)
  }
  const asking = await opened(port)
  asking.socket.write(head(1000, 'Expect: 100-continue\r\n'))
  await until(() => asking.read().includes('"outcome":"not-stored"'))
  t.regex(asking.read(), /^HTTP\/1\.1 429 .*\r\nRetry-After: 1\r\n/s)

  const { socket, read } = await opened(port)
  const refusals = (): number => read().split('HTTP/1.1 429 ').length - 1
  socket.write(head(1000))
  await until(() => refusals() === 1)
  // What nobody asked for is dropped, and the connection is good for another request.
  socket.write(`${'x'.repeat(1000)}${head(1)}x`)
  await until(() => refusals() === 2)
  t.is(refusals(), 2)
  for (const one of [asking.socket, socket]) one.destroy()
})

test('S26: a connection whose refusal waits is not read from, and goes on afterwards', async (t) => {
  const { url, port, clock } = await httpGateway(t, {
    rates: { perKey: { sendsPerSecond: 1 } },
    refusalsPerSecond: 10,
  })
  for (const status of [201, 429, 429]) {
    t.is((await post(`${url}/v1/topics/orders/messages`, 'a')).status, status)
  }
  const { socket, read } = await opened(port)
  const statuses = () => [...read().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  const size = 12 * 1024 * 1024
  socket.write(head(size))
  socket.write('x'.repeat(size))
  await settled()
  t.deepEqual(statuses(), [])
  t.true(socket.writableLength > 0)
  await clock.advance(100)
  await until(() => statuses().length === 1)
  await until(() => socket.writableLength === 0)
  t.deepEqual(statuses(), ['429'])
  socket.destroy()
})

test('S26: requests that came together wait one after the other, and are served when it is time', async (t) => {
  const { port, clock } = await httpGateway(t, {
    rates: { perKey: { sendsPerSecond: 1 } },
    refusalsPerSecond: 5,
  })
  const { socket, read } = await opened(port)
  const statuses = () => [...read().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  for (const status of ['201', '429']) {
    socket.write(`${head(1)}x`)
    await until(() => statuses().at(-1) === status)
  }
  socket.write(`${head(1)}x`.repeat(8))
  await settled()
  t.is(statuses().length, 2)
  while (statuses().length < 10) await clock.advance(100)
  // After 100 ms and five times 200 ms the next second has come, with one for the next.
  const refused = new Array(6).fill('429')
  t.deepEqual(statuses().slice(2), [...refused, '201', '429'])
  socket.destroy()
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
