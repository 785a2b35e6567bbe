import { gzipSync } from 'node:zlib'
import test from 'ava'
import { messageMembers, sendOutputJson, timeText } from '../../../../gateway/core/message-json.ts'
import { delivered } from '../../../support/fake-core.ts'

const parsed = (members: string): Record<string, unknown> => JSON.parse(`{${members}}`)
const bodyOf = (contentType: string | undefined, body: string | Uint8Array): unknown =>
  parsed(messageMembers(delivered({ contentType, body: Buffer.from(body) })))['body']

const bodies: Record<string, [string | undefined, string | Uint8Array, unknown]> = {
  'JSON that parses is json': ['application/json', '{"id":7}', { json: { id: 7 } }],
  'a JSON suffix type is json': ['application/ld+json; x=1', '[1]', { json: [1] }],
  'JSON that does not parse is text': ['application/json', '{"id":', { text: '{"id":' }],
  'text is text': ['text/plain;charset=utf-8', 'grüß\u0000', { text: 'grüß\u0000' }],
  'text that is not UTF-8 is base64': ['text/plain', Uint8Array.of(0xff), { base64: '/w==' }],
  'any other type is base64': ['image/png', 'a', { base64: 'YQ==' }],
  'an unknown type that reads as text is text': [undefined, 'hello\n', { text: 'hello\n' }],
  'an unknown type with control characters is base64': [undefined, 'a\u0001', { base64: 'YQE=' }],
  'JSON over several lines stays one line': [
    'application/json',
    '{\r\n "a": "x"\n}',
    { json: { a: 'x' } },
  ],
}

for (const [title, [contentType, body, expected]] of Object.entries(bodies)) {
  test(`body form: ${title}`, (t) => {
    t.deepEqual(bodyOf(contentType, body), expected)
  })
}

test('a number in a JSON body keeps all its digits', (t) => {
  const body = Buffer.from('{"n":12345678901234567890,\n"m":1.10}')
  const text = messageMembers(delivered({ contentType: 'application/json', body }))
  t.true(text.endsWith('"body":{"json":{"n":12345678901234567890, "m":1.10}}'))
})

test('a body that was stored compressed is delivered unpacked, a bomb or garbage as it is', (t) => {
  const contentType = 'text/plain'
  const packed = (body: Uint8Array) =>
    parsed(messageMembers(delivered({ contentType, body, bodyEncoding: 'gzip' })))
  t.deepEqual(packed(gzipSync('hello'))['body'], { text: 'hello' })
  const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024))
  t.like(packed(bomb), { bodyEncoding: 'gzip', body: { base64: bomb.toString('base64') } })
  t.like(packed(Buffer.from('no')), { bodyEncoding: 'gzip', body: { base64: 'bm8=' } })
})

test('base64 can be asked for', (t) => {
  const message = delivered({ contentType: 'text/plain', body: Buffer.from('a') })
  t.deepEqual(parsed(messageMembers(message, 'base64'))['body'], { base64: 'YQ==' })
})

test('what a message does not have is left out, offsets are text, times are RFC 3339', (t) => {
  const message = delivered({ bornAt: 1_700_000_000_005, storedAt: 1_700_000_000_999 })
  t.deepEqual(parsed(messageMembers(message)), {
    messageId: 'id-0',
    topic: 'orders',
    keys: [],
    properties: {},
    contentType: 'text/plain',
    bornAt: '2023-11-14T22:13:20.005Z',
    storedAt: '2023-11-14T22:13:20.999Z',
    broker: 'broker-a',
    queueId: 0,
    queueOffset: '0',
    body: { text: '' },
  })
})

test('names and values cannot break out of the JSON text', (t) => {
  const nasty = '"},\n</script>\u2028'
  const message = delivered({
    tag: nasty,
    keys: [nasty],
    properties: new Map([['__proto__', nasty]]),
    orderingKey: nasty,
    contentType: `text/plain;${nasty}`,
  })
  const seen = parsed(messageMembers(message))
  t.like(seen, { tag: nasty, keys: [nasty], orderingKey: nasty })
  t.deepEqual(Object.entries(seen['properties'] as object), [['__proto__', nasty]])
})

test('a send result has its offset as text and says replayed only when it was', (t) => {
  const output = {
    messageId: 'm',
    topic: 't',
    broker: 'b',
    queueId: 1,
    queueOffset: 12,
    storedAt: 0,
    durability: 'local' as const,
    replayed: false,
  }
  t.like(sendOutputJson(output), { queueOffset: '12', storedAt: '1970-01-01T00:00:00.000Z' })
  t.false('replayed' in sendOutputJson(output))
  t.like(sendOutputJson({ ...output, replayed: true }), { replayed: true })
})

test('times within and across seconds are the same as the long way', (t) => {
  for (const ms of [0, 999, 1000, 1001, 999, 1_700_000_000_123]) {
    t.is(timeText(ms), new Date(ms).toISOString())
  }
})
