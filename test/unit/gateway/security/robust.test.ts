// S21, S22, S25, S27: what is large, deep, slow or broken costs its sender, and nobody else.

import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { settle } from '../../../support/fake-clock.ts'
import { wholeGateway } from '../../../support/whole-gateway.ts'

const messages = '/v1/topics/orders/messages'
const receive = '/v1/groups/billing/topics/orders/messages:receive'
const envelope = { 'content-type': 'application/vnd.rocketway.message+json' }

test('S21: bodies that are too large, too deep or no text are refused, and harm nothing', async (t) => {
  const { ask, client } = await wholeGateway(t, {
    http: { listen: '127.0.0.1:0', bodyBytesMax: 4096 },
  })
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, 'x']))
  const cases: [unknown, number][] = [
    [{ body: { text: 'x'.repeat(5000) } }, 413],
    [{ body: { text: 'x' }, properties: many }, 413],
    [
      { body: { text: 'x' }, properties: Object.fromEntries(Object.entries(many).slice(0, 200)) },
      431,
    ],
    [`{"body":{"json":${'['.repeat(70)}${']'.repeat(70)}}}`, 400],
    ['{"body":{"text":"x"},"__proto__":{"tag":"x"}}', 400],
    ['{"body":{"text":"x"},"constructor":{"prototype":{}}}', 400],
    ['{"body":{"text":"x"},"body":{"text":"y"}}', 201],
    ['{"body":{"json":1e999}}', 201],
    ['{"body":{"json":123456789012345678901234567890}}', 201],
  ]
  for (const [body, status] of cases) {
    const answer = await ask('POST', messages, { body, headers: envelope })
    t.is(answer.status, status, `${JSON.stringify(body).slice(0, 60)} ${answer.text.slice(0, 200)}`)
  }
  t.false('tag' in Object.prototype)
  t.true(client.stored('orders').length <= 3)
})

test('S21: a bomb is not unpacked beyond what a body may be', async (t) => {
  const { url } = await wholeGateway(t)
  // 64 MiB of nothing in 64 KiB.
  const body = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  const before = process.memoryUsage().arrayBuffers
  const answer = await fetch(url + messages, {
    method: 'POST',
    body,
    headers: { 'content-encoding': 'gzip' },
  })
  t.is(answer.status, 413)
  t.like(await answer.json(), { type: '/problems/decompression-limit', outcome: undefined })
  t.true(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024)
})

/** What the gateway says to bytes until it ends the connection. */
async function raw(url: string, bytes: string): Promise<string> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  let said = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text
  })
  socket.on('error', () => {})
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return said
}

const head = 'POST /v1/topics/orders/messages HTTP/1.1\r\nHost: localhost\r\n'

test('S22: a request that two readers would read in two ways is none', async (t) => {
  const { url, client } = await wholeGateway(t)
  const smuggled = 'GET /v1/audit HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const requests = {
    'a length and chunks': `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\na${smuggled}`,
    'chunks twice': `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a length with a sign': `${head}Content-Length: +1\r\n\r\na${smuggled}`,
    'a folded header': `${head}X: a\r\n b\r\nContent-Length: 1\r\n\r\na`,
    'a space before a colon': `${head}Content-Length : 1\r\n\r\na${smuggled}`,
    'a bare carriage return': `${head}X: a\rContent-Length: 50\r\n\r\n`,
    'no host': 'GET /v1/topics HTTP/1.1\r\n\r\n',
    'a chunk that is no number': `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
  }
  for (const [what, bytes] of Object.entries(requests)) {
    const said = await raw(url, bytes)
    t.regex(said, /^HTTP\/1\.1 4/, what)
    t.is(said.match(/HTTP\/1\.1/g)?.length, 1, `${what}: ${said}`)
  }
  t.is(client.stored('orders').length, 0)
})

test('S25: a filter that is deep, long or of the wrong kind is refused at once', async (t) => {
  const { ask } = await wholeGateway(t)
  const filters = {
    'not closed': '('.repeat(4000),
    deep: `${'('.repeat(2000)}a = 1${')'.repeat(2000)}`,
    'many nots': `${'NOT '.repeat(1000)}a = 1`,
    long: `a = '${'x'.repeat(5000)}'`,
    'no sense': 'a BETWEEN',
    'a prototype': '__proto__ = constructor(',
  }
  for (const [what, expression] of Object.entries(filters)) {
    const body = { filter: { type: 'sql', expression } }
    const { status, text } = await ask('POST', receive, { body })
    // A broker judges what is only odd: what is wrong for sure does not get there.
    t.true(status === 400 || status === 200, `${what}: ${status} ${text}`)
  }
  const tags = { type: 'tag', expression: `${'a||'.repeat(5000)}a` }
  t.is((await ask('POST', receive, { body: { filter: tags } })).status, 400)
})

test('S27: who waits and goes away holds nothing, and what came for them is visible again', async (t) => {
  const { url, client, clock, ask } = await wholeGateway(t)
  const gone = new AbortController()
  const waits = Array.from({ length: 200 }, () =>
    fetch(url + receive, {
      method: 'POST',
      body: '{"max":1,"wait":"20s"}',
      headers: { 'content-type': 'application/json' },
      signal: gone.signal,
    }).then(
      () => 'answered',
      () => 'gone',
    ),
  )
  while (client.held < 200) await new Promise((resolve) => setTimeout(resolve, 5))
  gone.abort()
  t.deepEqual([...new Set(await Promise.all(waits))], ['gone'])
  while (client.held > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.is((await ask('POST', messages, { body: 'a' })).status, 201)
  await settle()
  await clock.advance(1000)
  const { text } = await ask('POST', receive, { body: {} })
  t.is(JSON.parse(text).messages.length, 1)
})
