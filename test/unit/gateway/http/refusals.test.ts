import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { httpGateway, post } from '../../../support/http-gateway.ts'

type Ask = { readonly path: string; readonly init?: RequestInit; readonly problem: string }

const json = { 'Content-Type': 'application/json' }
const ask = (path: string, problem: string, body?: string | Uint8Array, headers = {}): Ask => ({
  path,
  problem,
  init: { method: 'POST', ...(body !== undefined && { body }), headers: { ...json, ...headers } },
})
const messages = '/v1/topics/orders/messages'
const receive = '/v1/groups/billing/topics/orders/messages:receive'
const group = '/v1/groups/billing/messages'
const envelope = { 'Content-Type': 'application/vnd.rocketway.message+json' }
const deep = (depth: number) => `{"body":{"json":${'['.repeat(depth)}${']'.repeat(depth)}}}`

const refused: Record<string, Ask> = {
  'no body': ask(messages, '400 message-body-empty'),
  'too large a body': ask(messages, '413 message-too-large', Buffer.alloc(4 * 1024 * 1024 + 1)),
  'a gzip bomb': ask(messages, '413 decompression-limit', gzipSync(Buffer.alloc(5e6)), {
    'Content-Encoding': 'gzip',
  }),
  'gzip that is none': ask(messages, '400 malformed-body', 'x', { 'Content-Encoding': 'gzip' }),
  'an unknown encoding': ask(messages, '415 unsupported-media-type', 'x', {
    'Content-Encoding': 'br',
  }),
  'an unknown topic': ask('/v1/topics/nothing/messages', '404 topic-not-found', 'x'),
  'an over-long topic': ask(`/v1/topics/${'a'.repeat(128)}/messages`, '400 illegal-topic', 'x'),
  'an encoded slash in the topic': ask('/v1/topics/a%2Fb/messages', '400 illegal-topic', 'x'),
  'a doubly encoded topic': ask('/v1/topics/%252e%252e/messages', '404 topic-not-found', 'x'),
  'a broken escape in the path': ask('/v1/topics/%zz/messages', '400 invalid-argument', 'x'),
  'a verb in the topic': ask('/v1/topics/a:batch/messages', '400 illegal-topic', 'x'),
  'a reserved property': ask(messages, '400 illegal-property', 'x', { 'Mq-Property-WAIT': 'x' }),
  'a broken escape in a property': ask(messages, '400 illegal-property', 'x', {
    'Mq-Property-a': '%zz',
  }),
  'a misspelt header': ask(messages, '400 invalid-argument', 'x', { 'Mq-Tga': 'x' }),
  'a delay without unit': ask(messages, '400 illegal-delivery-time', 'x', { 'Mq-Delay': '30' }),
  'a time that is none': ask(messages, '400 invalid-argument', 'x', { 'Mq-Deliver-At': 'soon' }),
  'delay and time': ask(messages, '400 invalid-argument', 'x', {
    'Mq-Delay': '1s',
    'Mq-Deliver-At': '2030-01-01T00:00:00Z',
  }),
  'a long idempotency key': ask(messages, '400 invalid-argument', 'x', {
    'Idempotency-Key': 'k'.repeat(256),
  }),
  'an envelope that is no JSON': ask(messages, '400 malformed-body', '{', envelope),
  'an envelope that is a list': ask(messages, '400 malformed-body', '[]', envelope),
  'an envelope with a misspelt member': ask(
    messages,
    '400 malformed-body',
    '{"body":{"text":"a"},"tga":"x"}',
    envelope,
  ),
  'an envelope nested 65 deep': ask(messages, '400 malformed-body', deep(63), envelope),
  'an envelope nested a million deep': ask(messages, '400 malformed-body', deep(1e6), envelope),
  'invalid UTF-8': ask(messages, '400 malformed-body', Buffer.from([0x7b, 0xff, 0x7d]), envelope),
  'an empty batch': ask(`${messages}:batch`, '400 malformed-body', '{"messages":[]}'),
  'a batch as text': ask(`${messages}:batch`, '415 unsupported-media-type', '{}', {
    'Content-Type': 'text/plain',
  }),
  'a wait that is a number': ask(receive, '400 illegal-polling-time', '{"wait":20}'),
  'a wait too long': ask(receive, '400 illegal-polling-time', '{"wait":"21s"}'),
  'an invisible time too short': ask(receive, '400 illegal-invisible-time', '{"invisible":"9s"}'),
  'a max that is text': ask(receive, '400 malformed-body', '{"max":"1"}'),
  'a max too large': ask(receive, '400 invalid-argument', '{"max":33}'),
  'a filter without type': ask(receive, '400 malformed-body', '{"filter":{"expression":"a"}}'),
  'an unknown member': ask(receive, '400 malformed-body', '{"maximum":1}'),
  'the prototype as a member': ask(receive, '400 malformed-body', '{"__proto__":{"max":1}}'),
  'raw and many': ask(receive, '406 not-acceptable', '{"max":2}', {
    Accept: 'application/octet-stream',
  }),
  'an unknown form of the answer': ask(receive, '406 not-acceptable', '{}', { Accept: 'text/xml' }),
  'a group with a slash': ask(
    '/v1/groups/a%2Fb/topics/orders/messages:receive',
    '400 illegal-group',
    '{}',
  ),
  'no handles': ask(`${group}:ack`, '400 malformed-body', '{"handles":[]}'),
  'a handle that is a number': ask(`${group}:ack`, '400 malformed-body', '{"handles":[1]}'),
  'a forged handle': ask(
    `${group}:ack`,
    '400 invalid-receipt-handle',
    '{"handles":["mqh1.a.b.c"]}',
  ),
  "Apache's plain receipt": ask(
    `${group}:ack`,
    '400 invalid-receipt-handle',
    '{"handles":["0 1795453818814 60000 1 0 broker-a 0 0 828"]}',
  ),
  'an extend without a time': ask(
    `${group}:extend`,
    '400 illegal-invisible-time',
    '{"items":[{"handle":"x"}]}',
  ),
  'a foreign origin': ask(messages, '403 origin-not-allowed', 'x', {
    Origin: 'https://evil.example',
  }),
  'a sandboxed origin': ask(messages, '403 origin-not-allowed', 'x', { Origin: 'null' }),
  'a token in the address': ask(`${messages}?token=x`, '400 invalid-argument', 'x'),
  'a namespace that is none': ask(messages, '403 permission-denied', 'x', {
    'Mq-Namespace': 'a b',
  }),
  'no such path': ask('/v1/nothing', '404 not-found', 'x'),
  'another method': {
    path: '/v1/topics',
    problem: '405 method-not-allowed',
    init: { method: 'PUT' },
  },
  'a GET that would take messages': { path: receive, problem: '405 method-not-allowed' },
  'no such problem page': { path: '/problems/constructor', problem: '404 not-found' },
}

for (const [title, { path, init, problem }] of Object.entries(refused)) {
  test(`${title}: ${problem}`, async (t) => {
    const { url, client } = await httpGateway(t)
    const response = await fetch(`${url}${path}`, init)
    const body = (await response.json()) as Record<string, unknown>
    const [status, name] = problem.split(' ')
    t.is(`${response.status} ${body['type']}`, `${status} /problems/${name}`)
    t.is(body['status'], Number(status))
    t.is(response.headers.get('content-type'), 'application/problem+json')
    t.is(body['instance'], `urn:request:${response.headers.get('x-request-id')}`)
    t.is(client.stored('orders').length, 0)
    // The next request is served as if nothing had been.
    t.is((await post(`${url}${messages}`, 'a')).status, 201)
  })
}

/** What the server writes back for bytes that are no proper request. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

const host = 'Host: 127.0.0.1\r\n'
const broken: Record<string, [string, RegExp]> = {
  'no HTTP at all': ['hello\r\n\r\n', /^HTTP\/1.1 400 /],
  'two lengths': [
    `POST ${messages} HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
    /^HTTP\/1.1 400 /,
  ],
  'a length and chunks': [
    `POST ${messages} HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1.1 400 /,
  ],
  'headers without end': [
    `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1.1 431 /,
  ],
  'a name that was re-pointed to this machine': [
    'GET /v1/topics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    /^HTTP\/1.1 403 [\s\S]*origin-not-allowed/,
  ],
  'a body announced larger than allowed': [
    `POST ${messages} HTTP/1.1\r\n${host}Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n`,
    /^HTTP\/1.1 413 [\s\S]*message-too-large/,
  ],
}

for (const [title, [bytes, expected]] of Object.entries(broken)) {
  test(`${title} is refused with a problem, and the connection ends`, async (t) => {
    const { url, port } = await httpGateway(t)
    const answer = await raw(port, bytes)
    t.regex(answer, expected)
    t.regex(answer, /application\/problem\+json/)
    t.is((await post(`${url}${messages}`, 'a')).status, 201)
  })
}
