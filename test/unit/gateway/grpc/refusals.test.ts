// What callers may do wrong, over a socket and with the real core behind.

import { createHmac } from 'node:crypto'
import { status as grpcStatus } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { noIdentity } from '../../../../gateway/grpc/credentials.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../../../gateway/identity/authenticator.ts'
import { gatewayCore } from '../../../support/gateway-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'
import { keysFileOf } from '../../../support/whole-gateway.ts'

const { Code } = v2
const orders = { name: 'orders' }
const endpoints = { addresses: [{ host: '127.0.0.1', port: 8081 }] }
const billing = { name: 'billing' }

const message = (more: v2.SystemProperties.Fields = {}, topic = orders): v2.Message.Fields => ({
  topic,
  body: Buffer.from('x'),
  systemProperties: { messageId: '01A', ...more },
})

async function front(t: ExecutionContext) {
  const { core, clock } = gatewayCore()
  return grpcFront(t, { core, clock })
}

const sends: Record<string, { messages: v2.Message.Fields[]; code: v2.Code }> = {
  'no message': { messages: [], code: Code.MESSAGE_CORRUPTED },
  'messages of two topics': {
    messages: [message(), message({}, { name: 'others' })],
    code: Code.MESSAGE_CORRUPTED,
  },
  'an unknown topic': {
    messages: [message({}, { name: 'nowhere' })],
    code: Code.TOPIC_NOT_FOUND,
  },
  'an illegal topic': { messages: [message({}, { name: 'a/b' })], code: Code.ILLEGAL_TOPIC },
  'an over-long topic': {
    messages: [message({}, { name: 'a'.repeat(128) })],
    code: Code.ILLEGAL_TOPIC,
  },
  'no body': { messages: [{ ...message(), body: null }], code: Code.MESSAGE_BODY_EMPTY },
  'a body that is too large': {
    messages: [{ ...message(), body: Buffer.alloc(4 * 1024 * 1024 + 1) }],
    code: Code.MESSAGE_BODY_TOO_LARGE,
  },
  'a reserved property': {
    messages: [{ ...message(), userProperties: { UNIQ_KEY: 'x' } }],
    code: Code.ILLEGAL_MESSAGE_PROPERTY_KEY,
  },
  'too many properties': {
    messages: [
      {
        ...message(),
        userProperties: Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`p${i}`, 'x'])),
      },
    ],
    code: Code.MESSAGE_PROPERTIES_TOO_LARGE,
  },
  'a tag with a bar': { messages: [message({ tag: 'a|b' })], code: Code.ILLEGAL_MESSAGE_TAG },
  'a blank group': {
    messages: [message({ messageGroup: ' ' })],
    code: Code.ILLEGAL_MESSAGE_GROUP,
  },
  'a delivery time too far away': {
    messages: [message({ deliveryTimestamp: { seconds: 9_000_000_000 } })],
    code: Code.ILLEGAL_DELIVERY_TIME,
  },
}

for (const [what, { messages, code }] of Object.entries(sends)) {
  test(`a send of ${what} is answered by its code`, async (t) => {
    const { client } = await front(t)
    const answer = await client.unary(rpc.SendMessage, { messages })
    t.is(answer.status?.code, code)
  })
}

test('a request larger than any message may be is exhausted, and the connection lives', async (t) => {
  const { client } = await front(t)
  const large = { ...message(), body: Buffer.alloc(6 * 1024 * 1024) }
  const error = await t.throwsAsync(client.unary(rpc.SendMessage, { messages: [large] }))
  t.like(error, { code: grpcStatus.RESOURCE_EXHAUSTED })
  const answer = await client.unary(rpc.Heartbeat, { clientType: v2.ClientType.PRODUCER })
  t.is(answer.status?.code, Code.OK)
})

const headers: Record<string, Record<string, string>> = {
  large: { 'x-large': 'x'.repeat(100_000) },
  many: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'x'])),
}

for (const [what, given] of Object.entries(headers)) {
  test(`metadata that is too ${what} is refused, and the connection lives`, async (t) => {
    const { client } = await front(t)
    const beat = { clientType: v2.ClientType.PRODUCER }
    await t.throwsAsync(client.unary(rpc.Heartbeat, beat, { headers: given }))
    t.is((await client.unary(rpc.Heartbeat, beat)).status?.code, Code.OK)
  })
}

test('a route to an unknown topic is not found', async (t) => {
  const { client } = await front(t)
  const endpoints = { addresses: [{ host: '127.0.0.1', port: 8081 }] }
  const answer = await client.unary(rpc.QueryRoute, { topic: { name: 'nowhere' }, endpoints })
  t.is(answer.status?.code, Code.TOPIC_NOT_FOUND)
})

const receives: Record<string, { given: v2.ReceiveMessageRequest.Fields; code: v2.Code }> = {
  'an unknown topic': {
    given: { messageQueue: { topic: { name: 'nowhere' } } },
    code: Code.TOPIC_NOT_FOUND,
  },
  'an illegal group': {
    given: { group: { name: 'a b' } },
    code: Code.ILLEGAL_CONSUMER_GROUP,
  },
  'no group': { given: { group: null }, code: Code.ILLEGAL_CONSUMER_GROUP },
  'no batch size': { given: { batchSize: 0 }, code: Code.BAD_REQUEST },
  'a short invisible time': {
    given: { invisibleDuration: { seconds: 1 } },
    code: Code.ILLEGAL_INVISIBLE_TIME,
  },
  'a negative wait': {
    given: { longPollingTimeout: { seconds: -1 } },
    code: Code.ILLEGAL_POLLING_TIME,
  },
}

for (const [what, { given, code }] of Object.entries(receives)) {
  test(`a receive with ${what} has its code first and the time last`, async (t) => {
    const { client } = await front(t)
    const { frames } = client.receive({
      group: billing,
      messageQueue: { topic: orders },
      batchSize: 1,
      invisibleDuration: { seconds: 30 },
      longPollingTimeout: { seconds: 0 },
      ...given,
    })
    const [first, last] = await frames
    t.is(first?.status?.code, code)
    t.is(last?.content, 'deliveryTimestamp')
  })
}

test('no more receives wait than allowed', async (t) => {
  const { core, clock } = gatewayCore()
  const { client } = await grpcFront(t, { core, clock, config: { pollCountMax: 0 } })
  const [first] = await client.receive({ group: billing, batchSize: 1 }).frames
  t.is(first?.status?.code, Code.TOO_MANY_REQUESTS)
})

test('acknowledgements of forged handles fail one by one', async (t) => {
  const { client } = await front(t)
  const answer = await client.unary(rpc.AckMessage, {
    group: billing,
    topic: orders,
    entries: [
      { messageId: 'a', receiptHandle: '0 1795453818814 60000 1 0 broker-c 0 0 828' },
      { messageId: 'b', receiptHandle: '' },
    ],
  })
  t.is(answer.status?.code, Code.INVALID_RECEIPT_HANDLE)
  t.deepEqual(
    answer.entries.map(({ messageId, status }) => [messageId, status?.code]),
    [
      ['a', Code.INVALID_RECEIPT_HANDLE],
      ['b', Code.INVALID_RECEIPT_HANDLE],
    ],
  )
})

test('an acknowledgement of nothing is a bad request', async (t) => {
  const { client } = await front(t)
  const answer = await client.unary(rpc.AckMessage, { group: billing, topic: orders })
  t.is(answer.status?.code, Code.BAD_REQUEST)
})

test('every call asks for a client id', async (t) => {
  const { client } = await front(t)
  const headers = { 'x-mq-client-id': '' }
  const codes = [
    await client.unary(rpc.Heartbeat, {}, { headers }),
    await client.unary(rpc.SendMessage, { messages: [message()] }, { headers }),
    await client.unary(rpc.NotifyClientTermination, {}, { headers }),
    (await client.receive({}, { headers }).frames)[0],
  ].map((answer) => answer?.status?.code)
  t.deepEqual(codes, new Array(4).fill(Code.CLIENT_ID_REQUIRED))
})

test('with credentials required every call without them is unauthorized', async (t) => {
  const { core, clock } = gatewayCore()
  const identity = { ...noIdentity, required: true }
  const { client } = await grpcFront(t, { core, clock, identity })
  const codes = [
    await client.unary(rpc.QueryRoute, {}),
    await client.unary(rpc.AckMessage, {}),
    await client.unary(rpc.ChangeInvisibleDuration, {}),
    await client.unary(rpc.EndTransaction, {}),
    (await client.receive({}).frames)[0],
  ].map((answer) => answer?.status?.code)
  t.deepEqual(codes, new Array(5).fill(Code.UNAUTHORIZED))
})

test('lite topics are refused in the way that clients know', async (t) => {
  const { client } = await front(t)
  const answer = await client.unary(rpc.SyncLiteSubscription, {})
  t.is(answer.status?.code, Code.NOT_IMPLEMENTED)
})

test('there is no reflection', async (t) => {
  const { client } = await front(t)
  for (const version of ['v1', 'v1alpha']) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`
    const error = await t.throwsAsync(client.raw(path, Buffer.alloc(0)))
    t.like(error, { code: grpcStatus.UNIMPLEMENTED })
  }
})

test('who calls is seen from the credential, whatever the metadata say', async (t) => {
  const signingSecret = 'a secret of the shop'
  const keys = ApiKeys.parse(keysFileOf({ k: { namespace: 'shop', signingSecret } }))
  const { client, core } = await grpcFront(t, {
    identity: createAuthenticator(keys, { now: () => 0 }),
  })
  const signature = createHmac('sha1', signingSecret).update('now').digest('hex')
  await client.unary(
    rpc.QueryRoute,
    { topic: { name: 'orders', resourceNamespace: 'other' }, endpoints },
    {
      headers: {
        authorization: `MQv2-HMAC-SHA1 Credential=k, SignedHeaders=x, Signature=${signature}`,
        'x-mq-date-time': 'now',
        'x-mq-namespace': 'other',
        'x-mq-authorization-ak': 'admin',
        'rpc-remote-address': '10.0.0.1:1',
      },
    },
  )
  const { call } = core.calls[0] ?? {}
  t.deepEqual(call?.identity, { subject: 's-k', namespace: 'shop', isAdmin: false })
  t.regex(call?.remote ?? '', /^127\.0\.0\.1:/)
})

test('a call that does not exist is unimplemented', async (t) => {
  const { client } = await front(t)
  const path = '/apache.rocketmq.v2.Admin/ChangeLogLevel'
  const error = await t.throwsAsync(client.raw(path, Buffer.alloc(0)))
  t.like(error, { code: grpcStatus.UNIMPLEMENTED })
})
