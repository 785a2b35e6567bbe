// S16 to S20: what a page that somebody happens to visit can do.

import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import { keysFileOf, secretOf, wholeGateway } from '../../../support/whole-gateway.ts'

const evil = 'https://evil.example'

test('S16: a foreign page opens no socket and no stream, and nothing is fetched for it', async (t) => {
  const { socket, ask, client } = await wholeGateway(t)
  await ask('POST', '/v1/topics/orders/messages', { body: 'a' })
  const before = client.calls.length
  for (const protocol of ['rocketway.v1.json', 'rocketway.v1.bin', 'cloudevents.json']) {
    const open = socket([protocol], '/v1/ws?topic=orders', { origin: evil })
    const status = await new Promise((resolve) =>
      open.on('unexpected-response', (_, answer) => resolve(answer.statusCode)),
    )
    t.is(status, 403, protocol)
  }
  for (const path of ['/v1/groups/billing/topics/orders/events', '/v1/topics/orders/events']) {
    t.is((await ask('GET', path, { headers: { Origin: evil } })).status, 403)
  }
  t.deepEqual(client.calls.slice(before), [])
})

test('S17: a foreign page changes nothing and reads nothing, not even with a credential', async (t) => {
  const apiKeys = keysFileOf({ '00000001': { admin: true } })
  const { ask, client } = await wholeGateway(t, { auth: { mode: 'required' } }, { apiKeys })
  const token = secretOf('00000001')
  const before = client.calls.length
  for (const Origin of [evil, 'null', 'http://localhost:1']) {
    for (const [method, path] of [
      ['POST', '/v1/topics/orders/messages'],
      ['POST', '/v1/topics'],
      ['POST', '/v1/tickets'],
      ['GET', '/v1/audit'],
    ] as const) {
      const headers = { Origin, 'content-type': 'text/plain' }
      const asked = { token, headers, ...(method === 'POST' && { body: '{"name":"x"}' }) }
      const answer = await ask(method, path, asked)
      t.is(answer.status, 403, `${Origin} ${path}`)
      t.is(answer.headers.get('access-control-allow-origin'), null)
    }
  }
  t.deepEqual(client.calls.slice(before), [])
})

test('S17: answers for a listed page are for it alone, and never with cookies', async (t) => {
  const app = 'https://app.example.com'
  const { ask } = await wholeGateway(t, { cors: { origins: [app] } })
  const { headers } = await ask('GET', '/v1/topics', { headers: { Origin: app } })
  t.is(headers.get('access-control-allow-origin'), app)
  t.is(headers.get('access-control-allow-credentials'), null)
  t.regex(headers.get('vary') ?? '', /Origin/)
})

test('S18: the console has no script but its files, no frame, no cookie', async (t) => {
  const page = { contentType: 'text/html;charset=utf-8', body: Buffer.from('<p>') }
  const { ask } = await wholeGateway(t, {}, { pages: new Map([['/', page]]) })
  for (const path of ['/', '/problems/internal']) {
    const { headers } = await ask('GET', path)
    const policy = headers.get('content-security-policy') ?? ''
    t.regex(policy, /default-src 'none'/)
    t.regex(policy, /frame-ancestors 'none'/)
    t.notRegex(policy, /unsafe/)
    t.is(headers.get('x-content-type-options'), 'nosniff')
    t.is(headers.get('set-cookie'), null)
  }
  for (const name of readdirSync('gateway/console').filter((one) => /\.(html|js)$/.test(one))) {
    const text = readFileSync(`gateway/console/${name}`, 'utf8')
    t.notRegex(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\son\w+="/, name)
    if (name.endsWith('.html')) t.notRegex(text, /<script(?![^>]*\ssrc=)|style="/, name)
  }
})

test('S18: what people stored is answered as data: JSON, never a page', async (t) => {
  const { ask } = await wholeGateway(t)
  const nasty = '<script>alert(1)</script>'
  await ask('POST', '/v1/topics/orders/messages', {
    body: nasty,
    headers: { 'content-type': 'text/html' },
  })
  const json = await ask('POST', '/v1/groups/billing/topics/orders/messages:receive', {
    body: {},
  })
  t.is(json.headers.get('content-type'), 'application/json')
  t.is(json.headers.get('x-content-type-options'), 'nosniff')
  const { handle } = JSON.parse(json.text).messages[0]
  await ask('POST', '/v1/groups/billing/messages:nack', { body: { items: [{ handle }] } })
  const raw = await ask('POST', '/v1/groups/billing/topics/orders/messages:receive', {
    body: {},
    headers: { accept: 'application/octet-stream' },
  })
  // Whoever asks for it raw gets the type it was stored with, and a browser shows none of it.
  t.is(raw.text, nasty)
  t.is(raw.headers.get('content-disposition'), 'attachment')
  t.regex(raw.headers.get('content-security-policy') ?? '', /sandbox/)
})

test('S19: no GET changes anything', async (t) => {
  const document = parse(readFileSync('openapi/gateway.yaml', 'utf8')) as {
    paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  }
  const { ask, client } = await wholeGateway(t)
  await ask('POST', '/v1/topics/orders/messages', { body: 'a' })
  const before = client.calls.length
  const stored = client.stored('orders').length
  const filled: Record<string, string> = { topic: 'orders', group: 'billing', broker: 'broker-a' }
  const paths = Object.entries(document.paths).flatMap(([path, item]) =>
    'get' in item ? [path] : [],
  )
  t.true(paths.length > 15)
  for (const path of paths.filter((one) => !one.startsWith('/v1/groups/{group}/topics'))) {
    const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? '0')
    await ask('GET', at)
    await ask('HEAD', at)
  }
  t.is(client.stored('orders').length, stored)
  const changing = ['send', 'sendBatch', 'createTopic', 'ack', 'changeInvisible', 'recall', 'pop']
  const changed = client.calls.slice(before).filter((one) => changing.includes(one))
  t.deepEqual(changed, [])
})
