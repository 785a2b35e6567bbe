// Transactions, offsets and pulls over the wire, with the real core behind.

import test, { type ExecutionContext } from 'ava'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { gatewayCore } from '../../../support/gateway-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const { Code } = v2
const orders = { name: 'orders' }
const queue = { topic: orders, id: 0, broker: { name: 'broker-a' } }

async function front(t: ExecutionContext) {
  const made = gatewayCore()
  made.client.addTopic('payments', 1, { 'message.type': 'TRANSACTION' })
  return { mq: made.client, ...(await grpcFront(t, { core: made.core, clock: made.clock })) }
}

const half = (topic: v2.Resource.Fields): v2.Message.Fields => ({
  topic,
  body: Buffer.from('pay'),
  systemProperties: { messageId: '01A', messageType: v2.MessageType.TRANSACTION },
})

test('a half is sent and ended by its id', async (t) => {
  const { client, mq } = await front(t)
  const sent = await client.unary(rpc.SendMessage, { messages: [half({ name: 'payments' })] })
  t.is(sent.status?.code, Code.OK)
  const end = {
    topic: { name: 'payments' },
    messageId: '01A',
    transactionId: sent.entries[0]?.transactionId ?? '',
    resolution: v2.TransactionResolution.COMMIT,
  }
  t.is((await client.unary(rpc.EndTransaction, end)).status?.code, Code.OK)
  t.is(mq.ends[0]?.resolution, 'commit')

  const forged = await client.unary(rpc.EndTransaction, { ...end, transactionId: 'x' })
  t.is(forged.status?.code, Code.INVALID_TRANSACTION_ID)
  const missing = await client.unary(rpc.EndTransaction, { ...end, transactionId: '' })
  t.is(missing.status?.code, Code.INVALID_TRANSACTION_ID)
})

test('a producer of the topic is asked over its stream, and of no other topic', async (t) => {
  const { client, mq } = await front(t)
  await client.unary(rpc.SendMessage, { messages: [half({ name: 'payments' })] })
  const stream = client.telemetry()
  stream.say({
    clientType: v2.ClientType.PRODUCER,
    publishing: { topics: [{ name: 'payments' }, orders, { name: 'nowhere' }] },
  })
  await stream.next()
  while (mq.watched.size === 0) await new Promise(setImmediate)
  t.deepEqual([...mq.watched.keys()], ['payments'])

  const [message] = mq.stored('payments')
  if (!message) return t.fail('nothing was stored')
  const place = { broker: 'broker-a', queueOffset: 0, position: 0, messageId: '01A' }
  const next = stream.next()
  for (const ask of mq.watched.get('payments') ?? []) {
    ask({ ...place, message, producerGroup: 'payments' })
  }
  const asked = (await next).recoverOrphanedTransactionCommand
  t.is(asked?.message?.systemProperties?.messageId, '01A')
  t.is(asked?.message?.topic?.name, 'payments')
  t.truthy(asked?.message?.systemProperties?.bodyDigest?.checksum)
  const end = {
    topic: { name: 'payments' },
    transactionId: asked?.transactionId ?? '',
    resolution: v2.TransactionResolution.ROLLBACK,
    source: v2.TransactionSource.SOURCE_SERVER_CHECK,
  }
  t.is((await client.unary(rpc.EndTransaction, end)).status?.code, Code.OK)
  t.like(mq.ends[0], { answersCheck: true, resolution: 'rollback' })

  stream.end()
  await stream.ended
  t.is(mq.watched.size, 0)
})

test('an unknown resolution leaves the transaction open', async (t) => {
  const { client, mq } = await front(t)
  const sent = await client.unary(rpc.SendMessage, { messages: [half({ name: 'payments' })] })
  const transactionId = sent.entries[0]?.transactionId ?? ''
  const answer = await client.unary(rpc.EndTransaction, {
    topic: { name: 'payments' },
    transactionId,
  })
  t.is(answer.status?.code, Code.OK)
  t.deepEqual(mq.ends, [])
})

const plain = (messageId: string): v2.Message.Fields => ({
  topic: orders,
  body: Buffer.from(messageId),
  systemProperties: { messageId },
})

test('a pull answers status, messages and where to go on', async (t) => {
  const { client } = await front(t)
  for (const id of ['01A', '01B']) await client.unary(rpc.SendMessage, { messages: [plain(id)] })
  const pull = async (offset: number) =>
    (
      await client.raw(
        rpc.PullMessage.path,
        rpc.PullMessage.requestSerialize({
          group: { name: 'billing' },
          messageQueue: queue,
          offset,
          batchSize: 10,
          longPollingTimeout: { seconds: 0 },
        }),
      )
    ).map((bytes) => rpc.PullMessage.responseDeserialize(bytes))
  const frames = await pull(1)
  t.deepEqual(
    frames.map(({ content }) => content),
    ['status', 'message', 'nextOffset'],
  )
  t.is(frames[1]?.message?.systemProperties?.queueOffset, 1)
  t.is(frames[2]?.nextOffset, 2)
  const [none] = await pull(2)
  t.is(none?.status?.code, Code.MESSAGE_NOT_FOUND)
  const [outside] = await pull(9)
  t.is(outside?.status?.code, Code.ILLEGAL_OFFSET)
})

test('offsets of queues and groups', async (t) => {
  const { client } = await front(t)
  await client.unary(rpc.SendMessage, { messages: [plain('01A')] })
  const group = { name: 'billing' }
  const none = await client.unary(rpc.GetOffset, { group, messageQueue: queue })
  t.is(none.status?.code, Code.OFFSET_NOT_FOUND)
  await client.unary(rpc.UpdateOffset, { group, messageQueue: queue, offset: 1 })
  t.is((await client.unary(rpc.GetOffset, { group, messageQueue: queue })).offset, 1)
  const { BEGINNING, END, TIMESTAMP } = v2.QueryOffsetPolicy
  const ask = (more: v2.QueryOffsetRequest.Fields) =>
    client.unary(rpc.QueryOffset, { messageQueue: queue, ...more })
  t.is((await ask({ queryOffsetPolicy: BEGINNING })).offset, 0)
  t.is((await ask({ queryOffsetPolicy: END })).offset, 1)
  const timestamp = { seconds: 1 }
  t.is((await ask({ queryOffsetPolicy: TIMESTAMP, timestamp })).offset, 0)
  t.is((await ask({ queryOffsetPolicy: TIMESTAMP })).status?.code, Code.BAD_REQUEST)
  const elsewhere = { ...queue, broker: { name: '127.0.0.1:1' } }
  const refused = await client.unary(rpc.GetOffset, { group, messageQueue: elsewhere })
  t.is(refused.status?.code, Code.BAD_REQUEST)
})

test('a message is forwarded to the dead letters of its group', async (t) => {
  const { client, mq } = await front(t)
  await client.unary(rpc.SendMessage, { messages: [plain('01A')] })
  const group = { name: 'billing' }
  const receive = async () =>
    client.receive({
      group,
      messageQueue: queue,
      batchSize: 1,
      invisibleDuration: { seconds: 30 },
      longPollingTimeout: { seconds: 0 },
    }).frames
  // A new group begins at the newest message.
  await receive()
  await client.unary(rpc.SendMessage, { messages: [plain('01B')] })
  const message = (await receive()).find(({ content }) => content === 'message')?.message
  const receiptHandle = message?.systemProperties?.receiptHandle ?? ''
  const forward = { group, topic: orders, receiptHandle, messageId: '01B' }
  const answer = await client.unary(rpc.ForwardMessageToDeadLetterQueue, forward)
  t.is(answer.status?.code, Code.OK)
  t.is(mq.deadLetters.length, 1)
  const forged = { ...forward, receiptHandle: 'x' }
  const refused = await client.unary(rpc.ForwardMessageToDeadLetterQueue, forged)
  t.is(refused.status?.code, Code.INVALID_RECEIPT_HANDLE)
})
