import { createHash } from 'node:crypto'
import test from 'ava'
import type { MessageType } from '../../../../gateway/core/core.ts'
import { filterOf, groupName, sendInputOf, topicName } from '../../../../gateway/grpc/convert.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'

const message = (
  system: v2.SystemProperties.Fields = {},
  more: v2.Message.Fields = {},
): v2.Message.Fields => ({
  topic: { name: 'orders' },
  body: Buffer.from('x'),
  systemProperties: { messageId: '01A', ...system },
  ...more,
})

test('a sent message keeps everything that the core knows', (t) => {
  const input = sendInputOf(
    message(
      {
        tag: 'paid',
        keys: ['a', 'b'],
        bornTimestamp: { seconds: 1_700_000_000, nanos: 5_999_999 },
        bodyEncoding: v2.Encoding.GZIP,
        traceContext: '00-1-2-01',
        messageGroup: 'order-7',
      },
      { userProperties: { shop: 'north', 'content-type': 'text/plain' } },
    ),
  )
  t.deepEqual(input, {
    topic: 'orders',
    body: Buffer.from('x'),
    messageId: '01A',
    type: 'fifo',
    tag: 'paid',
    keys: ['a', 'b'],
    contentType: 'text/plain',
    properties: new Map([['shop', 'north']]),
    orderingKey: 'order-7',
    deliverAt: undefined,
    checkAfterMs: undefined,
    bornAt: 1_700_000_000_005,
    traceContext: '00-1-2-01',
    bodyEncoding: 'gzip',
  })
})

const types: Record<string, { system: v2.SystemProperties.Fields; type: MessageType }> = {
  'nothing else': { system: {}, type: 'normal' },
  'a group': { system: { messageGroup: 'g' }, type: 'fifo' },
  'a delivery time': { system: { deliveryTimestamp: { seconds: 9 } }, type: 'delay' },
  'a false claim to be FIFO': { system: { messageType: v2.MessageType.FIFO }, type: 'normal' },
  'the claim to be transactional': {
    system: { messageType: v2.MessageType.TRANSACTION },
    type: 'transaction',
  },
}

for (const [given, { system, type }] of Object.entries(types)) {
  test(`a message with ${given} is ${type}`, (t) => {
    t.is(sendInputOf(message(system)).type, type)
  })
}

const md5 = createHash('md5').update('x').digest('hex')
const sha1 = createHash('sha1').update('x').digest('hex')

test('a body that fits its checksum is taken, in either case of letters', (t) => {
  for (const bodyDigest of [
    { type: v2.DigestType.MD5, checksum: md5 },
    { type: v2.DigestType.SHA1, checksum: sha1.toUpperCase() },
    { type: v2.DigestType.CRC32, checksum: 'written differently by everybody' },
  ]) {
    t.notThrows(() => sendInputOf(message({ bodyDigest })))
  }
})

const refusals: Record<string, { given: v2.Message.Fields; failure: string }> = {
  'no topic': { given: message({}, { topic: null }), failure: 'illegal-topic' },
  'no system properties': {
    given: { topic: { name: 'orders' }, body: Buffer.from('x') },
    failure: 'illegal-message-id',
  },
  'a blank id': { given: message({ messageId: ' ' }), failure: 'illegal-message-id' },
  'a wrong checksum': {
    given: message({ bodyDigest: { type: v2.DigestType.SHA1, checksum: md5 } }),
    failure: 'message-corrupted',
  },
  'a lite topic': { given: message({ liteTopic: 'l' }), failure: 'not-implemented' },
  'a priority': { given: message({ priority: 0 }), failure: 'not-implemented' },
}

for (const [what, { given, failure }] of Object.entries(refusals)) {
  test(`a message with ${what} is ${failure}`, (t) => {
    t.like(
      t.throws(() => sendInputOf(given)),
      { name: 'MqError', failure },
    )
  })
}

test('an absent, empty or star tag filter is every message', (t) => {
  for (const filter of [undefined, null, {}, { expression: '*' }, { type: v2.FilterType.TAG }]) {
    t.is(filterOf(filter), undefined)
  }
})

test('a filter without a type is one of tags', (t) => {
  t.deepEqual(filterOf({ expression: 'a || b' }), { type: 'tag', expression: 'a || b' })
  const sql = { type: v2.FilterType.SQL, expression: 'price > 3' }
  t.deepEqual(filterOf(sql), { type: 'sql', expression: 'price > 3' })
})

test('a name that is missing is refused as a topic or as a group', (t) => {
  t.like(
    t.throws(() => topicName({ resourceNamespace: 'ns' })),
    { failure: 'illegal-topic' },
  )
  t.like(
    t.throws(() => groupName(undefined)),
    { failure: 'illegal-group' },
  )
})
