import test from 'ava'
import { Writer } from 'protobufjs/minimal.js'
import type { Received } from '../../../../gateway/core/core.ts'
import { writeDelivery } from '../../../../gateway/grpc/delivery-frame.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { delivered } from '../../../support/fake-core.ts'

const received = (given: Partial<Received> = {}): Received => ({
  ...delivered(),
  handle: 'mqh1.x',
  attempt: 1,
  invisibleUntil: 0,
  ...given,
})

const read = (message: Received, topic: v2.Resource.Fields = { name: 'orders' }) =>
  v2.ReceiveMessageResponse.decode(writeDelivery(Writer.create(), message, topic).finish()).message

// Java's digest of the one letter, as DigestUtils prints it.
const md5OfX = '9DD4E461268C8034F5C8564E155C67A6'

test('a delivered message has what every official client reads', (t) => {
  const message = received({
    messageId: '01A',
    tag: 'paid',
    keys: ['a', 'b'],
    properties: new Map([
      ['shop', 'nörth'],
      ['__proto__', 'x'],
    ]),
    contentType: 'text/plain',
    body: Buffer.from('x'),
    type: 'fifo',
    bornAt: 1_700_000_000_005,
    storedAt: 1_700_000_000_006,
    queueId: 3,
    queueOffset: 2 ** 40,
    orderingKey: 'order-7',
    traceparent: '00-1-2-01',
    attempt: 2,
  })
  const seen = read(message, { resourceNamespace: 'ns', name: 'orders' })
  t.like(seen, {
    topic: { resourceNamespace: 'ns', name: 'orders' },
    body: Buffer.from('x'),
    systemProperties: {
      messageId: '01A',
      tag: 'paid',
      keys: ['a', 'b'],
      receiptHandle: 'mqh1.x',
      deliveryAttempt: 2,
      queueId: 3,
      queueOffset: 2 ** 40,
      messageGroup: 'order-7',
      traceContext: '00-1-2-01',
      messageType: v2.MessageType.FIFO,
      bodyEncoding: v2.Encoding.IDENTITY,
      bodyDigest: { type: v2.DigestType.MD5, checksum: md5OfX },
      bornTimestamp: { seconds: 1_700_000_000, nanos: 5_000_000 },
      storeTimestamp: { seconds: 1_700_000_000, nanos: 6_000_000 },
      bornHost: '127.0.0.1:1',
      storeHost: '127.0.0.1:10911',
    },
  })
  t.deepEqual(Object.entries(seen?.userProperties ?? {}), [
    ['shop', 'nörth'],
    ['__proto__', 'x'],
    ['content-type', 'text/plain'],
  ])
})

test('what a message has not is absent, not empty', (t) => {
  const seen = read(received({ contentType: undefined }))
  const absent = ['tag', 'messageGroup', 'traceContext', 'deliveryTimestamp'] as const
  for (const name of absent) t.is(seen?.systemProperties?.[name], null, name)
  t.deepEqual(seen?.systemProperties?.keys, [])
  t.deepEqual(Object.keys(seen?.userProperties ?? {}), [])
})

test('a packed body keeps its form, and a delayed message its time', (t) => {
  const seen = read(received({ bodyEncoding: 'gzip', type: 'delay', deliverAt: 1_700_000_000_999 }))
  t.is(seen?.systemProperties?.bodyEncoding, v2.Encoding.GZIP)
  t.is(seen?.systemProperties?.messageType, v2.MessageType.DELAY)
  t.like(seen?.systemProperties?.deliveryTimestamp, { seconds: 1_700_000_000, nanos: 999_000_000 })
})
