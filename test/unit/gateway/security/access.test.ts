// S01, S02, S04, S14, S28: who may do what, over every operation there is.

import { readFileSync } from 'node:fs'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import test from 'ava'
import { parse } from 'yaml'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService } from '../../../../gateway/grpc/service-definition.ts'
import { controlPlane, dataPlane } from '../../../../gateway/http/routes.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { keysFileOf, secretOf, wholeGateway } from '../../../support/whole-gateway.ts'

const required = { auth: { mode: 'required' } }
type Item = Readonly<Record<string, { operationId: string; security?: readonly object[] }>>
const document = parse(readFileSync('openapi/gateway.yaml', 'utf8')) as {
  paths: Readonly<Record<string, Item>>
}
const filled: Readonly<Record<string, string>> = {
  topic: 'orders',
  group: 'billing',
  broker: 'broker-a',
  queueId: '0',
  name: 'internal',
}
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => method !== 'parameters')
    .map(([method, { operationId, security }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? 'x'),
      isOpen: JSON.stringify(security) === '[{}]',
    })),
)

test('S01: without a credential no operation of the document is served but documents', async (t) => {
  const { ask } = await wholeGateway(t, required, { apiKeys: keysFileOf({}) })
  t.true(operations.length > 40)
  for (const { id, method, path, isOpen } of operations) {
    const { status } = await ask(method, path, { ...(method !== 'GET' && { body: {} }) })
    // The documents themselves are no part of this gateway.
    if (isOpen) t.true(status === 200 || status === 404 || status === 401, id)
    else t.is(status, 401, id)
    const wrong = await ask(method, path, { token: secretOf('00000009') })
    if (!isOpen) t.is(wrong.status, 401, id)
  }
})

test('S01: without a credential no method of the gRPC service is served', async (t) => {
  const { grpc } = await wholeGateway(t, required, { apiKeys: keysFileOf({}) })
  const client = new Client(`127.0.0.1:${grpc}`, credentials.createInsecure())
  t.teardown(() => client.close())
  const codeOf = (value: unknown): unknown =>
    (value as { status?: { code?: number } })?.status?.code
  for (const [name, method] of Object.entries(messagingService)) {
    const { path, requestStream, responseStream } = method
    const read = (bytes: Buffer): unknown => method.responseDeserialize(bytes)
    const answer = await new Promise<unknown>((resolve) => {
      const write = (): Buffer => Buffer.alloc(0)
      if (requestStream || responseStream) {
        const call = requestStream
          ? client.makeBidiStreamRequest(path, write, read)
          : client.makeServerStreamRequest(path, write, read, {})
        call.on('data', resolve)
        call.on('error', resolve)
        call.on('end', () => resolve('end'))
        if ('write' in call) (call as { write(value: object): void }).write({})
      } else {
        const metadata = new Metadata()
        client.makeUnaryRequest(path, write, read, {}, metadata, (error, value) =>
          resolve(error ?? value),
        )
      }
    })
    const code = codeOf(answer) ?? (answer as { code?: number }).code
    t.true(code === v2.Code.UNAUTHORIZED || code === 16, `${name}: ${JSON.stringify(answer)}`)
  }
})

test('S01: without a credential a socket is closed with 4401, or refused', async (t) => {
  const { socket } = await wholeGateway(t, required, { apiKeys: keysFileOf({}) })
  for (const frame of [{ op: 'hello' }, { op: 'hello', token: 'x' }]) {
    const open = socket(['rocketway.v1.json'])
    const code = await new Promise((resolve) => {
      open.on('open', () => open.send(JSON.stringify(frame)))
      open.on('close', resolve)
    })
    t.is(code, 4401)
  }
  const events = socket(['cloudevents.json'], '/v1/ws?topic=orders')
  const refused = await new Promise((resolve) =>
    events.on('unexpected-response', (_, answer) => resolve(answer.statusCode)),
  )
  t.is(refused, 401)
})

// S02: what each operation needs. An operation that is not here fails the test.

const roles = {
  reader: [
    { resource: 'Topic:*', actions: ['Sub'], decision: 'Allow' },
    { resource: 'Group:*', actions: ['Sub'], decision: 'Allow' },
  ],
  writer: [{ resource: 'Topic:*', actions: ['Pub'], decision: 'Allow' }],
  keeper: [
    { resource: 'Topic:*', actions: ['Create', 'Update', 'Delete', 'Get'], decision: 'Allow' },
    { resource: 'Group:*', actions: ['Update', 'Delete', 'Get'], decision: 'Allow' },
  ],
  operator: [{ resource: 'Cluster:*', actions: ['Get', 'Update'], decision: 'Allow' }],
}
const keyOf = {
  nobody: '00000001',
  reader: '00000002',
  writer: '00000003',
  keeper: '00000004',
  operator: '00000005',
  admin: '00000006',
} as const
type Role = keyof typeof keyOf
const all: readonly Role[] = ['nobody', 'reader', 'writer', 'keeper', 'operator', 'admin']
const admin: Role = 'admin'

/** Who is let through; `body` gets far enough to find out. */
type Need = { readonly may: readonly Role[]; readonly body?: unknown; readonly path?: string }
const handle = { handles: ['x'] }
const items = { items: [{ handle: 'x' }] }
const needs: Readonly<Record<string, Need>> = {
  listTopics: { may: all },
  createTopic: { may: ['keeper', admin], body: { name: 'new' } },
  getTopic: { may: ['reader', 'writer', 'keeper', admin] },
  changeTopic: { may: ['keeper', admin], body: { queues: 2 } },
  deleteTopic: { may: ['keeper', admin], path: '/v1/topics/gone' },
  listQueues: { may: ['reader', 'keeper', admin] },
  browseQueue: { may: ['reader', 'keeper', admin] },
  searchMessages: { may: ['reader', 'keeper', admin], path: '/v1/topics/orders/messages?key=a' },
  sendMessage: { may: ['writer', admin], body: 'a' },
  getMessage: { may: ['reader', 'keeper', admin] },
  requestReply: {
    may: ['writer', admin],
    body: 'a',
    path: '/v1/topics/orders/requests?timeout=1ms',
  },
  sendBatch: { may: ['writer', admin], body: { messages: [{ body: { text: 'a' } }] } },
  readMessages: { may: ['reader', admin], body: {} },
  streamMessages: { may: ['reader', admin] },
  streamGroup: { may: ['reader', admin] },
  receiveMessages: { may: ['reader', admin], body: {} },
  ackMessages: { may: ['reader', admin], body: handle },
  nackMessages: { may: ['reader', admin], body: items },
  extendMessages: { may: ['reader', admin], body: { items: [{ handle: 'x', invisible: '10s' }] } },
  deadLetterMessages: { may: ['reader', admin], body: items },
  receiveChecks: { may: ['writer', admin], body: {} },
  // These are decided by what is signed: whoever has a handle may use it, nobody can make one.
  recallMessage: { may: ['writer', admin] },
  sendReply: { may: all, body: 'a' },
  commitTransaction: { may: all },
  rollbackTransaction: { may: all },
  listGroups: { may: all },
  getGroup: { may: ['reader', 'keeper', admin] },
  getLag: { may: ['reader', 'keeper', admin] },
  getInFlight: { may: ['reader', 'keeper', admin] },
  listClients: { may: ['reader', 'keeper', admin] },
  seekGroup: { may: ['keeper', admin], body: { to: 'earliest' } },
  listDeadLetters: { may: ['reader', admin] },
  resendDeadLetters: {
    may: ['reader', admin],
    body: { items: [{ broker: 'broker-a', queueId: 0, queueOffset: '0' }] },
  },
  purgeDeadLetters: { may: ['keeper', admin], body: { confirm: 'billing' } },
  getCluster: { may: ['operator', admin] },
  listBrokers: { may: ['operator', admin] },
  listReplicas: { may: ['operator', admin] },
  getBrokerConfig: { may: ['operator', admin] },
  changeBrokerConfig: { may: ['operator', admin], body: { traceOn: true } },
  createTicket: { may: all },
  listAudit: { may: [admin] },
  listApiKeys: { may: [admin] },
  createApiKey: { may: [admin], body: { subject: 'new' } },
  getApiKey: { may: [admin] },
  revokeApiKey: { may: [admin] },
  listUsers: { may: [admin] },
  createUser: { may: [admin], body: { username: 'new', password: 'secret' } },
  getUser: { may: [admin] },
  changeUser: { may: [admin], body: { userStatus: 'disable' } },
  deleteUser: { may: [admin] },
  listAcls: { may: [admin] },
  putAcl: {
    may: [admin],
    body: {
      username: 'root',
      policies: [{ resource: 'Topic:a', actions: ['Pub'], decision: 'Allow' }],
    },
  },
  getAcl: { may: [admin] },
  deleteAcl: { may: [admin] },
}

test('S02: each operation lets those through whom the table names, and nobody else', async (t) => {
  const served = [...dataPlane, ...controlPlane].map(({ id }) => id)
  t.deepEqual(Object.keys(needs).toSorted(), served.toSorted(), 'an operation without an entry')
  const entries = Object.fromEntries(
    all.map((role) => [keyOf[role], role === admin ? { admin: true } : { roles: [role] }]),
  )
  const { ask, client, clock } = await wholeGateway(t, required, {
    apiKeys: keysFileOf(entries, { roles }),
  })
  // Some wait a little, by the test's clock.
  const ticking = setInterval(() => void clock.advance(100), 20)
  t.teardown(() => clearInterval(ticking))
  client.request = async () => {
    throw new MqError('reply-timeout')
  }
  for (const { id, method, path, isOpen } of operations.filter(({ isOpen }) => !isOpen)) {
    t.false(isOpen)
    const { may = [], body, path: own = path } = needs[id] ?? {}
    for (const role of all) {
      client.addTopic('gone')
      const headers = { 'If-Match': '*' }
      const asked = { token: secretOf(keyOf[role]), headers, ...(body !== undefined && { body }) }
      const { status, text } = await ask(method, own, asked)
      const isLetIn = status !== 403 && status !== 401
      t.is(isLetIn, may.includes(role), `${id} as ${role}: ${status} ${text}`)
    }
  }
})

test('S04: what is allowed for one of several things opens none of the others', async (t) => {
  const apiKeys = keysFileOf(
    { '00000001': { roles: ['some'] } },
    {
      roles: {
        some: [
          { resource: 'Topic:orders', actions: ['Pub', 'Sub'], decision: 'Allow' },
          { resource: 'Group:billing', actions: ['Sub'], decision: 'Allow' },
        ],
      },
    },
  )
  const { socket, ask, client } = await wholeGateway(t, required, { apiKeys })
  client.addTopic('bills')
  const token = secretOf('00000001')
  const open = socket(['rocketway.v1.json'])
  const frames: { op: string; id?: number; problem?: { type: string } }[] = []
  await new Promise<void>((resolve) => {
    const asked = [
      { op: 'sub', id: 1, sid: 'a', topic: 'orders', credit: 1, from: { at: 'earliest' } },
      { op: 'sub', id: 2, sid: 'b', topic: 'bills', credit: 1, from: { at: 'earliest' } },
      { op: 'sub', id: 3, sid: 'c', topic: 'orders', group: 'other', credit: 1 },
      { op: 'pub', id: 4, topic: 'bills', body: { text: 'a' } },
      { op: 'pub', id: 5, topic: 'orders', body: { text: 'a' } },
    ]
    open.on('open', () => {
      open.send(JSON.stringify({ op: 'hello', token }))
      for (const frame of asked) open.send(JSON.stringify(frame))
    })
    open.on('message', (data) => {
      frames.push(JSON.parse(String(data)))
      const refused = frames.filter(({ problem }) => problem?.type.endsWith('permission-denied'))
      if (refused.length === 3 && frames.some(({ op }) => op === 'msg')) resolve()
    })
  })
  t.is(client.stored('bills').length, 0)
  t.is(client.stored('orders').length, 1)

  const received = await ask('POST', '/v1/groups/billing/topics/orders/messages:receive', {
    token,
    body: {},
  })
  const own = JSON.parse(received.text).messages[0].handle
  const mixed = await ask('POST', '/v1/groups/billing/messages:ack', {
    token,
    body: { handles: [own, `${own}x`, 'x'] },
  })
  t.is(mixed.status, 207)
  t.like(JSON.parse(mixed.text), { acked: 1, results: [{ index: 1 }, { index: 2 }] })
})

test('S14: topics of the system are not written by anybody, and read by administrators only', async (t) => {
  const apiKeys = keysFileOf({ '00000001': {}, '00000002': { admin: true } })
  const { ask, client } = await wholeGateway(t, required, { apiKeys })
  const names = [
    'RMQ_SYS_TRANS_HALF_TOPIC',
    'rmq_sys_x',
    'SCHEDULE_TOPIC_XXXX',
    '%RETRY%billing',
    '%DLQ%billing',
    'TBW102',
    'DefaultCluster_REPLY_TOPIC',
  ]
  for (const name of names) {
    client.addTopic(name)
    const at = `/v1/topics/${encodeURIComponent(name)}`
    for (const id of ['00000001', '00000002']) {
      t.is(
        (await ask('POST', `${at}/messages`, { token: secretOf(id), body: 'a' })).status,
        403,
        name,
      )
      t.is((await ask('POST', '/v1/topics', { token: secretOf(id), body: { name } })).status, 403)
    }
    const read = { body: {}, token: secretOf('00000001') }
    t.is((await ask('POST', `${at}/messages:read`, read)).status, 403, name)
    t.is((await ask('GET', `${at}/events`, { token: secretOf('00000001') })).status, 403, name)
  }
})

test('S28: what is of another tenant is as what is not there', async (t) => {
  const apiKeys = keysFileOf({ '00000001': { namespace: 'a' }, '00000002': { namespace: 'b' } })
  const { ask, client } = await wholeGateway(t, required, { apiKeys })
  client.addTopic('b%secret')
  client.addGroup('b%secret')
  const token = secretOf('00000001')
  const probes = [
    ['GET', '/v1/topics/NAME'],
    ['GET', '/v1/topics/NAME/messages?key=k'],
    ['GET', '/v1/topics/NAME/messages/0A'],
    ['POST', '/v1/topics/NAME/messages:read', {}],
    ['POST', '/v1/topics/NAME/messages', 'a'],
    ['GET', '/v1/groups/NAME'],
    ['GET', '/v1/groups/NAME/lag'],
  ] as const
  const answer = async (path: string, method: string, name: string, body: unknown) => {
    const asked = { token, headers: { 'X-Request-Id': 'r' }, ...(body !== undefined && { body }) }
    const { status, text } = await ask(method, path.replace('NAME', name), asked)
    return `${status} ${text.replaceAll(name, 'NAME')}`
  }
  for (const [method, path, body] of probes) {
    const there = await answer(path, method, 'secret', body)
    t.is(there, await answer(path, method, 'absent', body), `${method} ${path}`)
    t.regex(there, /^404 /)
  }
  for (const name of ['b%25secret', 'a%25x%25secret']) {
    t.is((await ask('GET', `/v1/topics/${name}`, { token })).status, 403)
  }
  const listed = await ask('GET', '/v1/topics', { token })
  t.deepEqual(JSON.parse(listed.text), { items: [] })
  const crossed = { token, headers: { 'Mq-Namespace': 'b' } }
  t.is((await ask('GET', '/v1/topics', crossed)).status, 403)
})
