// Every credential of the HTTP front as a request carries it.

import { hash } from 'node:crypto'
import { request as secureRequest } from 'node:https'
import test, { type ExecutionContext } from 'ava'
import { authority, type Certificate } from '../../../support/certificates.ts'
import { httpGateway, post } from '../../../support/http-gateway.ts'
import { startIssuer } from '../../../support/token-issuer.ts'

const app = 'https://app.example.com'
const keyOf = (id: string): string => `rwk_${id}_${'k'.repeat(43)}`
const entry = (id: string, more: object) => ({
  id,
  sha256: hash('sha256', keyOf(id), 'hex'),
  subject: `s-${id}`,
  ...more,
})
const keysFile = JSON.stringify({
  keys: [
    entry('00000001', { namespace: 'shop', namespaces: ['shop', 'bank'] }),
    entry('00000002', { sourceIps: ['10.0.0.0/8'] }),
    entry('00000003', { sourceIps: ['127.0.0.0/8'] }),
    entry('00000004', { roles: ['reader', 'operator'] }),
  ],
  certificates: [{ name: 'CN=billing', subject: 'billing', roles: ['reader'] }],
  roles: {
    reader: [
      { resource: 'Topic:orders', actions: ['Sub'], decision: 'Allow' },
      { resource: 'Group:*', actions: ['Sub'], decision: 'Allow' },
    ],
    operator: [{ resource: 'Cluster:*', actions: ['Get'], decision: 'Allow' }],
  },
})
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('a token of an issuer is a credential as a key is, within its rights', async (t) => {
  const issuer = await startIssuer(t, { nowMs: () => fixture.clock.now(), topicsClaim: 'topics' })
  const fixture = await httpGateway(t, { auth: true, keysFile, issuers: [issuer.config] })
  const send = async (topic: string, token: string) =>
    (await post(`${fixture.url}/v1/topics/${topic}/messages`, 'a', bearer(token))).status
  const token = await issuer.sign({ topics: ['orders'] })
  t.is(await send('orders', token), 201)
  t.is(await send('orders', token), 201)
  t.is(await send('bills', token), 403)
  t.is(await send('orders', `${token}x`), 401)
  t.is(issuer.asked(), 1)
  await fixture.clock.advance(700_000)
  const late = await post(`${fixture.url}/v1/topics/orders/messages`, 'a', bearer(token))
  t.like(await late.json(), { type: '/problems/token-expired' })
  issuer.serve('failure')
  await issuer.rotate()
  t.is(await send('orders', await issuer.sign({ topics: ['orders'] })), 503)
})

test('a stream is opened by a ticket, once, from the page that asked for it', async (t) => {
  const { url, apiKey } = await httpGateway(t, { auth: true })
  const ask = async (headers: Record<string, string>, body?: object) => {
    const answer = await post(`${url}/v1/tickets`, body, { ...bearer(apiKey), ...headers })
    t.is(answer.status, 201)
    return ((await answer.json()) as { ticket: string }).ticket
  }
  const open = async (ticket: string, headers: Record<string, string> = {}) => {
    const stream = await fetch(`${url}/v1/topics/orders/events?ticket=${ticket}`, { headers })
    await stream.body?.cancel()
    return stream.status
  }
  const own = await ask({ Origin: app })
  t.is(await open(own, { Origin: app }), 200)
  t.is(await open(own, { Origin: app }), 401)
  t.is(await open(await ask({ Origin: app })), 401)
  t.is(await open(await ask({}, { origin: app }), { Origin: app }), 200)
  t.is(await open(await ask({})), 200)
  t.is((await post(`${url}/v1/tickets`)).status, 401)
  t.is((await post(`${url}/v1/tickets`, { origin: 'x' }, bearer(apiKey))).status, 400)
})

test('S20: credentials in addresses are refused but for tickets of streams', async (t) => {
  const { url, apiKey } = await httpGateway(t, { auth: true })
  for (const query of ['token', 'access_token', 'ticket']) {
    const answer = await fetch(`${url}/v1/topics?${query}=x`, { headers: bearer(apiKey) })
    t.is(answer.status, 400, query)
  }
})

test('a credential of several namespaces chooses one, and no other', async (t) => {
  const { url, client } = await httpGateway(t, { auth: true, keysFile })
  for (const name of ['shop%orders', 'bank%orders', 'other%orders']) client.addTopic(name)
  const headers = bearer(keyOf('00000001'))
  const send = async (namespace?: string) =>
    (
      await post(`${url}/v1/topics/orders/messages`, 'a', {
        ...headers,
        ...(namespace !== undefined && { 'Mq-Namespace': namespace }),
      })
    ).status
  t.deepEqual(
    [await send(), await send('bank'), await send('other'), await send(''), await send('a%b')],
    [201, 201, 403, 403, 403],
  )
  t.is(client.stored('shop%orders').length, 1)
  t.is(client.stored('bank%orders').length, 1)
  const stream = async (namespace: string) => {
    const at = `${url}/v1/topics/orders/events?namespace=${namespace}`
    const answer = await fetch(at, { headers })
    await answer.body?.cancel()
    return answer.status
  }
  t.is(await stream('bank'), 200)
  t.is(await stream('other'), 403)
})

test('S09: an address of a key narrows it and grants nothing', async (t) => {
  const { url } = await httpGateway(t, { auth: true, keysFile })
  const list = async (token: string) =>
    (await fetch(`${url}/v1/topics`, { headers: bearer(token) })).status
  t.is(await list(keyOf('00000002')), 401)
  t.is(await list(keyOf('00000003')), 200)
  t.is(await list(keyOf('00000003').replace('kk', 'kl')), 401)
  t.is((await fetch(`${url}/v1/topics`)).status, 401)
})

test('S02: roles hold for what administrators do, too', async (t) => {
  const { url, client } = await httpGateway(t, { auth: true, keysFile })
  client.addTopic('bills')
  const headers = bearer(keyOf('00000004'))
  const json = { ...headers, 'content-type': 'application/json' }
  const status = async (method: string, path: string, body?: object) =>
    (
      await fetch(`${url}${path}`, {
        method,
        headers: { ...json, 'If-Match': '*' },
        ...(body && { body: JSON.stringify(body) }),
      })
    ).status
  t.is(await status('GET', '/v1/topics/orders'), 200)
  t.is(await status('GET', '/v1/topics/bills'), 403)
  t.is(await status('GET', '/v1/topics/bills/messages'), 403)
  t.is(await status('POST', '/v1/topics', { name: 'new' }), 403)
  t.is(await status('PATCH', '/v1/topics/orders', { queues: 2 }), 403)
  t.is(await status('DELETE', '/v1/topics/orders'), 403)
  t.is(await status('POST', '/v1/groups/g/topics/orders:seek', { to: 'earliest' }), 403)
  t.is(await status('POST', '/v1/groups/g/dlq/messages:purge', { confirm: 'g' }), 403)
  t.is(await status('GET', '/v1/audit'), 403)
  // Its other role may look at the cluster: what the client in memory cannot answer is not refused.
  t.not(await status('GET', '/v1/brokers'), 403)
})

type Asking = { readonly ca: string; readonly client?: Certificate }

function ask(url: string, { ca, client }: Asking): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { ca, agent: false as const, ...(client ?? {}) }
    secureRequest(`${url}/v1/topics/orders`, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

async function secured(t: ExecutionContext, clients: 'request' | 'require') {
  const own = authority()
  const listeners = new Set<(next: Certificate) => void>()
  const certificate = {
    current: own.issue('localhost'),
    onChange(run: (next: Certificate) => void) {
      listeners.add(run)
      return () => void listeners.delete(run)
    },
  }
  const tls = { certificate, clients, clientCa: own.cert }
  const gateway = await httpGateway(t, { auth: true, keysFile, tls })
  const renew = (next: Certificate): void => {
    for (const run of listeners) run(next)
  }
  return { ...gateway, own, renew }
}

test('S30: a client certificate that the keys file knows is a credential, others are none', async (t) => {
  const { url, own } = await secured(t, 'request')
  const ca = own.cert
  t.is(await ask(url, { ca, client: own.issue('billing') }), 200)
  t.is(await ask(url, { ca, client: own.issue('shipping') }), 401)
  t.is(await ask(url, { ca, client: authority().issue('billing') }), 401)
  t.is(await ask(url, { ca }), 401)
})

test('S30: where certificates are required nobody comes in without one, or in plain text', async (t) => {
  const { url, own } = await secured(t, 'require')
  const ca = own.cert
  t.is(await ask(url, { ca, client: own.issue('billing') }), 200)
  await t.throwsAsync(ask(url, { ca }))
  await t.throwsAsync(ask(url, { ca, client: authority().issue('billing') }))
  await t.throwsAsync(fetch(url.replace('https', 'http')))
})

test('S30: a renewed certificate is used from the next handshake on', async (t) => {
  const { url, own, renew } = await secured(t, 'request')
  const client = own.issue('billing')
  t.is(await ask(url, { ca: own.cert, client }), 200)
  const next = authority()
  renew(next.issue('localhost'))
  await t.throwsAsync(ask(url, { ca: own.cert, client }))
  t.is(await ask(url, { ca: next.cert, client }), 200)
})

test('S08: a key is not in what the gateway answers or logs', async (t) => {
  const lines: string[] = []
  const note = (event: string, fields?: object) =>
    void lines.push(`${event} ${JSON.stringify(fields)}`)
  const log = { debug: note, info: note, warn: note, error: note, child: () => log }
  const { url, apiKey } = await httpGateway(t, { auth: true, log })
  const secret = apiKey.split('_')[2] ?? ''
  const paths = ['topics', 'groups', 'audit', 'brokers', 'cluster', 'nothing', `topics/${secret}`]
  for (const path of paths) {
    for (const authorization of [`Bearer ${apiKey}`, `Basic ${apiKey}`, `Bearer x${apiKey}`]) {
      const answer = await fetch(`${url}/v1/${path}`, { headers: { authorization } })
      const text = await answer.text()
      if (!path.includes(secret)) t.false(text.includes(secret), path)
    }
  }
  t.false(lines.join('\n').includes(apiKey))
})
