// Bad input against the real processes: a clear error, and everything else goes on.

import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'

const word = (n: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n >>> 0)
  return bytes
}
const frame = (header: string, type = 0) =>
  Buffer.concat([
    word(4 + Buffer.byteLength(header)),
    word((type << 24) | Buffer.byteLength(header)),
    Buffer.from(header),
  ])
const header = (code: number, extFields: object) =>
  JSON.stringify({ code, extFields, flag: 0, language: 'JAVA', opaque: 7, version: 513 })

/** Frames after which the peer can only be cut off. */
const undecodable = {
  'a frame of 16 MiB and a byte': Buffer.concat([word(16 * 1024 * 1024 - 3), word(4)]),
  'a frame of 2 GiB': Buffer.concat([word(2 ** 31 - 1), word(4)]),
  'a negative length': Buffer.concat([word(-5), word(4)]),
  'a header longer than its frame': Buffer.concat([word(8), word(2000), Buffer.alloc(4)]),
  'an unknown serialization': frame('{}', 9),
  'a header that is no JSON': frame('{"code":'),
  'a header that is no object': frame('[1]'),
  'a prototype among the header fields': frame(
    '{"code":30,"extFields":{"__proto__":{"topic":"x"},"queueId":"0"},"flag":0,"opaque":7}',
  ),
  'a TLS handshake': Buffer.from('160301020001000200', 'hex'),
}

test.serial('bad input is refused clearly and harms nobody else', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-bad-'))
  const up = await startRocketway(t, ['up', '--data', join(home, 'data'), '--ports', '0'])
  const client = connectClient(t, up.listen['namesrv'] ?? '')
  const goesOn = async (after: string) => {
    const properties = new Map<string, string>()
    const sent = await client.send({ topic: 'fine', body: Buffer.from(after), properties })
    t.is(sent.status, 'SEND_OK', after)
  }
  await goesOn('a fresh start')

  for (const port of ['broker', 'namesrv']) {
    for (const [what, bytes] of Object.entries(undecodable)) {
      t.is(await answerTo(up.listen[port], bytes), '', `${port}: ${what} ends the connection`)
    }
    await goesOn(`garbage for the ${port}`)
  }

  const answers: Record<string, [Buffer, RegExp]> = {
    'an unknown request': [frame(header(9999, {})), /"code":3\b.* request type 9999 not supported/],
    'a missing field': [frame(header(30, { topic: 'fine' })), /"code":29\b.*queueId/],
    'a field that is no number': [
      frame(header(30, { topic: 'fine', queueId: 'x' })),
      /"code":29\b.*queueId/,
    ],
    'a path as topic': [frame(header(17, newTopic('../evil'))), /"code":29\b/],
    'a topic name of 128 letters': [frame(header(17, newTopic('t'.repeat(128)))), /"code":29\b/],
  }
  for (const [what, [bytes, expected]] of Object.entries(answers)) {
    t.regex(await answerTo(up.listen['broker'], bytes), expected, what)
  }
  await goesOn('refused requests')

  await refusedOverHttp(t, `http://${up.listen['http']}/v1`)
  await goesOn('bad HTTP')
  t.is(up.process.exitCode, null, 'the process lives')
})

const newTopic = (topic: string) => ({
  topic,
  defaultTopic: 'TBW102',
  readQueueNums: '4',
  writeQueueNums: '4',
  perm: '6',
  topicFilterType: 'SINGLE_TAG',
  order: 'false',
})

/** What comes back until the peer closes, or its first frame's header. */
async function answerTo(address: string | undefined, bytes: Buffer): Promise<string> {
  const [host = '', port] = address?.split(':') ?? []
  const socket = connect({ host, port: Number(port) })
  let received = Buffer.alloc(0)
  socket.on('error', () => {})
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 8 && received.length >= 4 + received.readUInt32BE(0)) resolve()
    })
  })
  socket.write(bytes)
  await Promise.race([answered, once(socket, 'close')])
  socket.destroy()
  return received.length < 8 ? '' : received.subarray(8).toString()
}

async function refusedOverHttp(t: Parameters<typeof connectClient>[0], api: string): Promise<void> {
  const json = { 'content-type': 'application/json' }
  const receive = { max: 1, wait: '0s', invisible: '30s' }
  const cases: [string, string, Record<string, string>, string, number, string][] = [
    ['bad JSON', 'topics/fine/messages:batch', json, '{"messages":', 400, 'malformed-body'],
    ['an illegal topic', 'topics/a%2Fb/messages', json, '{}', 400, 'illegal-topic'],
    ['a long topic', `topics/${'t'.repeat(128)}/messages`, json, '{}', 400, 'illegal-topic'],
    [
      'a large message',
      'topics/fine/messages',
      {},
      'x'.repeat(4_194_305),
      413,
      'message-too-large',
    ],
    [
      'a forged handle',
      'groups/g/messages:ack',
      json,
      '{"handles":["mqh1.k1.AAAA.BBBB"]}',
      400,
      'invalid-receipt-handle',
    ],
    [
      'an unknown topic',
      'groups/g/topics/nowhere/messages:receive',
      json,
      JSON.stringify(receive),
      404,
      'topic-not-found',
    ],
    [
      'a long group',
      `groups/${'g'.repeat(256)}/topics/fine/messages:receive`,
      json,
      JSON.stringify(receive),
      400,
      'illegal-group',
    ],
    [
      'too many',
      'groups/g/topics/fine/messages:receive',
      json,
      JSON.stringify({ ...receive, max: 33 }),
      400,
      'invalid-argument',
    ],
  ]
  for (const [what, path, headers, body, status, name] of cases) {
    const response = await fetch(`${api}/${path}`, { method: 'POST', headers, body })
    const problem = (await response.json()) as { type: string; status: number }
    t.is(response.status, status, `${what}: ${JSON.stringify(problem)}`)
    t.is(problem.type, `/problems/${name}`, what)
    t.is(response.headers.get('content-type'), 'application/problem+json', what)
  }
}
