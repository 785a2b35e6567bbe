import test from 'ava'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { settle } from '../../../support/fake-clock.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const { OK, MESSAGE_NOT_FOUND, MULTIPLE_RESULTS } = v2.Code
const orders = { name: 'orders' }
const billing = { name: 'billing' }

const message = (id: string, more: v2.SystemProperties.Fields = {}): v2.Message.Fields => ({
  topic: orders,
  body: Buffer.from(`body of ${id}`),
  userProperties: { shop: 'north', 'content-type': 'text/plain' },
  systemProperties: { messageId: id, tag: 'paid', keys: ['k1', 'k2'], ...more },
})

const receiving: v2.ReceiveMessageRequest.Fields = {
  group: billing,
  messageQueue: { topic: orders, id: 0, broker: { name: 'broker-a' } },
  batchSize: 32,
  invisibleDuration: { seconds: 30 },
  longPollingTimeout: { seconds: 5 },
}

test('what one client sends another receives and acknowledges', async (t) => {
  const { client, core } = await grpcFront(t)

  const sent = await client.unary(rpc.SendMessage, { messages: [message('01A')] })
  t.is(sent.status?.code, OK)
  t.is(sent.entries[0]?.messageId, '01A')

  const frames = await client.receive(receiving).frames
  t.deepEqual(
    frames.map((frame) => frame.content),
    ['status', 'message', 'deliveryTimestamp'],
  )
  t.is(frames[0]?.status?.code, OK)
  const received = frames[1]?.message
  t.is(Buffer.from(received?.body ?? []).toString(), 'body of 01A')
  t.deepEqual({ ...received?.userProperties }, { shop: 'north', 'content-type': 'text/plain' })
  t.like(received?.systemProperties, { messageId: '01A', tag: 'paid', deliveryAttempt: 1 })

  const receiptHandle = received?.systemProperties?.receiptHandle ?? ''
  const acked = await client.unary(rpc.AckMessage, {
    group: billing,
    topic: orders,
    entries: [{ messageId: '01A', receiptHandle }],
  })
  t.is(acked.status?.code, OK)
  t.like(acked.entries[0], { messageId: '01A', receiptHandle })
  t.is(core.heldBy('billing', 'orders'), 0)
})

test('a batch has an entry for each message, the bad ones with a status of their own', async (t) => {
  const { client, core } = await grpcFront(t)
  const wrongDigest = { type: v2.DigestType.MD5, checksum: '00' }
  const messages = [message('a'), message('b', { bodyDigest: wrongDigest }), message('c')]

  const sent = await client.unary(rpc.SendMessage, { messages })

  t.is(sent.status?.code, MULTIPLE_RESULTS)
  t.deepEqual(
    sent.entries.map((entry) => [entry.status?.code, entry.messageId]),
    [
      [OK, 'a'],
      [v2.Code.MESSAGE_CORRUPTED, ''],
      [OK, 'c'],
    ],
  )
  t.is(core.inputs('send').length, 2)
})

test('a receive without messages says so when its time is over', async (t) => {
  const { client, clock, core } = await grpcFront(t)
  const { frames } = client.receive(receiving)
  await untilCalled(() => core.inputs('receive').length === 1)
  await clock.advance(5000)

  const [status, time] = await frames
  t.is(status?.status?.code, MESSAGE_NOT_FOUND)
  t.is(time?.content, 'deliveryTimestamp')
})

test('a receive that waits is woken by a message', async (t) => {
  const { client, core } = await grpcFront(t)
  const { frames } = client.receive(receiving)
  await untilCalled(() => core.inputs('receive').length === 1)
  core.store('orders', 'late')

  const seen = await frames
  t.is(Buffer.from(seen[1]?.message?.body ?? []).toString(), 'late')
})

test('a receive works on a node that never saw the client, and for a push consumer', async (t) => {
  const { client, core } = await grpcFront(t)
  core.store('orders', 'one')

  await client.receive({ ...receiving, invisibleDuration: null, autoRenew: true }).frames

  t.like(core.inputs('receive')[0], {
    group: 'billing',
    invisibleMs: 900_000,
    queue: { broker: 'broker-a', queueId: -1 },
    from: 'latest',
  })
})

test('a caller that leaves ends its wait', async (t) => {
  const { client, core } = await grpcFront(t)
  const { frames, cancel } = client.receive(receiving)
  await untilCalled(() => core.inputs('receive').length === 1)
  cancel()

  await t.throwsAsync(frames, { message: /CANCELLED/ })
  await untilCalled(() => core.calls.at(-1)?.call.signal.aborted === true)
  t.pass()
})

test('what a client that left did not get is given back', async (t) => {
  const { client, core } = await grpcFront(t)
  core.store('orders', 'one')
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const receive = core.receive.bind(core)
  core.receive = async (input, call) => {
    const output = await receive(input, call)
    await held
    return output
  }
  const { frames, cancel } = client.receive(receiving)
  await untilCalled(() => core.heldBy('billing', 'orders') === 1)
  cancel()
  await t.throwsAsync(frames)
  await untilCalled(() => core.calls.some(({ call }) => call.signal.aborted))
  release()

  await untilCalled(() => core.heldBy('billing', 'orders') === 0)
  t.is(core.inputs('nack').length, 1)
})

test('a changed invisible time answers the handle that replaces the old one', async (t) => {
  const { client, core } = await grpcFront(t)
  core.store('orders', 'one')
  const frames = await client.receive(receiving).frames
  const receiptHandle = frames[1]?.message?.systemProperties?.receiptHandle ?? ''

  const changed = await client.unary(rpc.ChangeInvisibleDuration, {
    group: billing,
    topic: orders,
    receiptHandle,
    invisibleDuration: { seconds: 2 },
  })

  t.is(changed.status?.code, OK)
  t.not(changed.receiptHandle, receiptHandle)
  t.like(core.inputs('extend')[0], { mayShorten: true, items: [{ invisibleMs: 2000 }] })
})

test('a refused change gives the handle back that it was asked with', async (t) => {
  const { client } = await grpcFront(t)
  const changed = await client.unary(rpc.ChangeInvisibleDuration, {
    group: billing,
    topic: orders,
    receiptHandle: 'forged',
    invisibleDuration: { seconds: 30 },
  })
  t.is(changed.status?.code, v2.Code.INVALID_RECEIPT_HANDLE)
  t.is(changed.receiptHandle, 'forged')
})

test('a stopping front ends waits with an empty OK, and its telemetry streams', async (t) => {
  const { client, core, stop } = await grpcFront(t)
  const telemetry = client.telemetry()
  telemetry.say({ clientType: v2.ClientType.PRODUCER, publishing: {} })
  await telemetry.next()
  const { frames } = client.receive(receiving)
  await untilCalled(() => core.inputs('receive').length === 1)

  const stopped = stop()
  const seen = await frames
  t.deepEqual(
    seen.map((frame) => frame.content),
    ['status', 'deliveryTimestamp'],
  )
  t.is(seen[0]?.status?.code, OK)
  t.is((await telemetry.ended).length, 1)
  await stopped
})

test('a stopped front leaves no timer behind', async (t) => {
  const { clock, client, stop } = await grpcFront(t)
  await client.unary(rpc.Heartbeat, { clientType: v2.ClientType.PRODUCER })
  await stop()
  t.is(clock.pending, 0)
})

test('heartbeats and terminations are answered from the request alone', async (t) => {
  const { client } = await grpcFront(t)
  const consumer = { clientType: v2.ClientType.SIMPLE_CONSUMER, group: billing }
  t.is((await client.unary(rpc.Heartbeat, consumer)).status?.code, OK)
  t.is((await client.unary(rpc.Heartbeat, { clientType: v2.ClientType.PRODUCER })).status?.code, OK)
  t.is((await client.unary(rpc.Heartbeat, {})).status?.code, v2.Code.UNRECOGNIZED_CLIENT_TYPE)
  const unnamed = { clientType: v2.ClientType.PUSH_CONSUMER }
  t.is((await client.unary(rpc.Heartbeat, unnamed)).status?.code, v2.Code.ILLEGAL_CONSUMER_GROUP)
  t.is((await client.unary(rpc.NotifyClientTermination, { group: { name: '' } })).status?.code, OK)
})

/** Sockets have no fake time: turns of the event loop pass until `holds`. */
async function untilCalled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !holds(); turn++) await settle()
}

test('a recall takes back the message of its handle', async (t) => {
  const { client, core } = await grpcFront(t)
  const answer = await client.unary(rpc.RecallMessage, { topic: orders, recallHandle: 'h1' })
  t.is(answer.status?.code, OK)
  t.is(answer.messageId, 'h1')
  t.deepEqual(core.calls.at(-1)?.input, { topic: 'orders', handle: 'h1' })
})
