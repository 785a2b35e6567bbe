// What the operator of a gateway sees and sets: access log, packed answers.

import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { scrubbed } from '../../../../gateway/http/access-log.ts'
import { encodingOf } from '../../../../gateway/http/compression.ts'
import { httpGateway, post, receiveUrl } from '../../../support/http-gateway.ts'

type Line = readonly [event: string, fields: Readonly<Record<string, unknown>>]

test('S20: the access log has a line for each request, and nothing that opens a door', async (t) => {
  const lines: Line[] = []
  const note = (event: string, fields = {}) => void lines.push([event, fields])
  const log = { debug() {}, info: note, warn: note, error: note, child: () => log }
  const { url, apiKey } = await httpGateway(t, { auth: true, log, config: { accessLog: true } })
  const authorization = `Bearer ${apiKey}`
  await fetch(`${url}/v1/topics?q=a`, { headers: { authorization, 'X-Request-Id': 'r-1' } })
  const ticket = 'mqt1.k.secret.mac'
  await fetch(`${url}/v1/topics/orders/events?ticket=${ticket}&tag=a`)
  await fetch(`${url}/v1/topics?token=${apiKey}`)
  const access = lines.filter(([event]) => event === 'access').map(([, fields]) => fields)
  t.like(access[0], {
    method: 'GET',
    url: '/v1/topics?q=a',
    status: 200,
    operation: 'listTopics',
    subject: 'admin',
    source: '127.0.0.1',
    requestId: 'r-1',
  })
  t.is(access[1]?.['url'], '/v1/topics/orders/events?ticket=***&tag=a')
  t.is(access[1]?.['status'], 401)
  t.is(access.length, 3)
  t.notRegex(JSON.stringify(lines), new RegExp(`${apiKey}|secret\\.mac`))
})

test('S20: a line stays a line, and no longer than one', (t) => {
  t.is(scrubbed('/a?Ticket=x&b=1'), '/a?Ticket=***&b=1')
  t.is(scrubbed('/a?access_token=x#y'), '/a?access_token=***#y')
  t.is(scrubbed(`/${'x'.repeat(5000)}`).length, 1024)
})

/** As node says it, which unpacks nothing. */
function ask(url: string, accept: string, body: object) {
  return new Promise<{ encoding: unknown; vary: unknown; bytes: Buffer }>((resolve, reject) => {
    const headers = { 'accept-encoding': accept, 'content-type': 'application/json' }
    const asked = request(url, { method: 'POST', headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          encoding: answer.headers['content-encoding'],
          vary: answer.headers['vary'],
          bytes: Buffer.concat(chunks),
        }),
      )
    })
    asked.on('error', reject)
    asked.end(JSON.stringify(body))
  })
}

test('an answer of some size is packed for who takes it, and the messages are theirs', async (t) => {
  const { url } = await httpGateway(t)
  const text = 'much the same '.repeat(500)
  for (let i = 0; i < 2; i++) await post(`${url}/v1/topics/orders/messages`, text)
  const packed = await ask(receiveUrl(url), 'br, gzip;q=0.5', { max: 1 })
  t.is(packed.encoding, 'gzip')
  t.is(packed.vary, 'Accept-Encoding')
  t.true(packed.bytes.length < 2000)
  const { messages } = JSON.parse(gunzipSync(packed.bytes).toString())
  t.deepEqual(messages[0].body, { json: text })
  const plain = await ask(receiveUrl(url), 'identity', { max: 1 })
  t.is(plain.encoding, undefined)
  t.deepEqual(JSON.parse(plain.bytes.toString()).messages[0].body, { json: text })
  const small = await ask(receiveUrl(url), 'gzip', { max: 1 })
  t.is(small.encoding, undefined)
})

test('a stream is never packed', async (t) => {
  const { url } = await httpGateway(t)
  await post(`${url}/v1/topics/orders/messages`, 'x'.repeat(5000))
  const stream = await fetch(`${url}/v1/topics/orders/events?from=earliest`, {
    headers: { 'accept-encoding': 'gzip' },
  })
  t.is(stream.headers.get('content-encoding'), null)
  await stream.body?.cancel()
})

test('an encoding is taken where it is named and not refused', (t) => {
  t.is(encodingOf(undefined), undefined)
  t.is(encodingOf('deflate, br'), undefined)
  t.is(encodingOf('GZIP'), 'gzip')
  t.is(encodingOf('gzip;q=0'), undefined)
  t.is(encodingOf('gzip; q=0.0, br'), undefined)
  t.is(encodingOf('gzip;q=0.001'), 'gzip')
})
