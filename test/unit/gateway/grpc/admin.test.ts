// The service for administrators, over the real core and a cluster in memory.

import { status as grpcStatus } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { createAdmin } from '../../../../gateway/core/admin.ts'
import { createCore } from '../../../../gateway/core/create-core.ts'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { defaultLimits } from '../../../../gateway/core/ports.ts'
import { type GrpcIdentity, noIdentity } from '../../../../gateway/grpc/credentials.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { adminService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { MemoryState } from '../../../../src/base/memory-state.ts'
import { noMetrics } from '../../../../src/base/metrics.ts'
import type { GroupMember } from '../../../../src/client/types.ts'
import { seeded } from '../../../support/gateway-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'
import { mqCluster } from '../../../support/mq-cluster.ts'

const { Code } = v2
const orders = { name: 'orders' }
const billing = { name: 'billing' }

async function front(t: ExecutionContext, identity?: GrpcIdentity) {
  const { cluster, client: mq } = await mqCluster(t)
  const { clock } = cluster
  const topic = { name: 'orders', readQueues: 1, writeQueues: 1, perm: 6, order: false }
  const attributes = new Map([['message.type', 'FIFO']])
  await cluster.during(mq.createTopic({ ...topic, attributes }))
  const ports = {
    client: mq,
    clock,
    random: seeded(1),
    log: silentLog,
    metrics: noMetrics,
    keys: KeyRing.parse(KeyRing.generate(seeded(7))),
    state: new MemoryState(clock),
    limits: defaultLimits,
  }
  const core = createCore(ports)
  t.teardown(() => core.stop())
  const admin = createAdmin(ports, core)
  const parts = { core, clock, admin, ...(identity && { identity }) }
  const { client } = await grpcFront(t, parts)
  /** Until the call is answered, whatever it waits for. */
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let isDone = false
    const done = call.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    while (!isDone) {
      await cluster.clock.advance(1)
      await new Promise(setImmediate)
    }
    return done
  }
  const member = (given: Partial<GroupMember> = {}): GroupMember => ({
    group: 'billing',
    clientId: 'c',
    version: '5.2.1',
    isPush: true,
    since: 7,
    subscriptions: [{ topic: 'orders' }],
    verify: async () => ({ result: 'failed', spentMs: 3 }),
    stackTrace: async () => 'main',
    ...given,
  })
  return { mq, client, clock, during, member }
}

const send = { topic: orders, body: Buffer.from('seven'), key: 'k7', tag: 'paid' }
const fifo = { systemProperties: { messageGroup: 'g', messageType: v2.MessageType.FIFO } }

test('a topic is described by its type', async (t) => {
  const { client, during } = await front(t)
  const answer = await during(client.unary(rpc.DescribeTopicStatus, { topic: orders }))
  t.is(answer.status?.code, Code.OK)
  t.is(answer.topicMessageType, v2.MessageType.FIFO)
  const missing = await during(client.unary(rpc.DescribeTopicStatus, { topic: { name: 'no' } }))
  t.is(missing.status?.code, Code.TOPIC_NOT_FOUND)
})

test('what an administrator sends is found by its key and by its id', async (t) => {
  const { client, during } = await front(t)
  const sent = await during(client.unary(rpc.AdminSendMessage, { ...send, ...fifo }))
  t.is(sent.status?.code, Code.OK)
  for (const by of [{ messageKey: 'k7' }, { messageId: sent.messageId }]) {
    const found = await during(client.unary(rpc.QueryMessage, { topic: orders, ...by }))
    t.is(found.status?.code, Code.OK)
    const [message] = found.messages
    t.is(Buffer.from(message?.body ?? []).toString(), 'seven')
    t.is(message?.systemProperties?.tag, 'paid')
    t.is(message?.systemProperties?.messageId, sent.messageId)
  }
})

test('connections, stacks and trials of a consumer', async (t) => {
  const { mq, client, during, member } = await front(t)
  mq.joinGroup(member())
  const { messageId } = await during(client.unary(rpc.AdminSendMessage, { ...send, ...fifo }))
  const listed = await during(client.unary(rpc.ListConsumerConnection, { group: billing }))
  t.like(listed.clientInfo[0], { clientId: 'c' })
  const asked = { group: billing, clientId: 'c' }
  const stacks = await during(client.unary(rpc.PrintThreadStackTrace, asked))
  t.is(stacks.threadStackTrace, 'main')
  const info = await during(client.unary(rpc.GetConsumerRunningInfo, asked))
  t.is(info.consumerRunningInfo?.properties?.['PROP_CONSUME_TYPE'], 'CONSUME_PASSIVELY')
  const trial = { ...asked, topic: orders, messageId }
  const verified = await during(client.unary(rpc.VerifyMessage, trial))
  t.is(verified.status?.code, Code.FAILED_TO_CONSUME_MESSAGE)
})

test('a group lags, and goes on from a time', async (t) => {
  const { mq, client, during, member } = await front(t)
  mq.joinGroup(member())
  for (let n = 0; n < 3; n++) {
    await during(client.unary(rpc.AdminSendMessage, { ...send, ...fifo }))
  }
  const queue = { topic: 'orders', broker: 'a', queueId: 0 }
  await during(mq.updateConsumerOffset('billing', queue, 2))
  const lag = await during(client.unary(rpc.DescribeGroupAccumulation, { group: billing }))
  t.is(lag.accumulation?.accumulation, 1)
  t.is(lag.topicAccumulation['orders']?.accumulation, 1)
  const reset = { group: billing, topic: orders, resetTimestamp: { seconds: 0 } }
  const answer = await during(client.unary(rpc.ResetGroupOffset, reset))
  t.is(answer.status?.code, Code.OK)
  const after = await during(client.unary(rpc.DescribeGroupAccumulation, { group: billing }))
  t.is(after.accumulation?.accumulation, 3)
})

test('it is for administrators', async (t) => {
  const identity = { subject: 'shop', namespace: '', isAdmin: false }
  const identify = () => identity
  const { client, during } = await front(t, { ...noIdentity, required: true, identify })
  const headers = { authorization: 'Bearer shop' }
  const asked = client.unary(rpc.DescribeTopicStatus, { topic: orders }, { headers })
  const answer = await during(asked)
  t.is(answer.status?.code, Code.FORBIDDEN)
})

test('subscriptions of a group and of a topic, of each member, and whether they agree', async (t) => {
  const { mq, client, during, member } = await front(t)
  const paid = { type: 'TAG', expression: 'paid' } as const
  mq.joinGroup(member({ subscriptions: [{ topic: 'orders', filter: paid }] }))
  mq.joinGroup(member({ clientId: 'd', subscriptions: [{ topic: 'orders', filter: paid }] }))
  const info = { group: billing, topic: orders, online: true, subscriptionConsistency: true }
  const expression = { type: v2.FilterType.TAG, expression: 'paid' }
  for (const asked of [{ group: billing }, { topic: orders }, { group: billing, topic: orders }]) {
    const listed = await during(client.unary(rpc.ListSubscription, asked))
    t.is(listed.status?.code, Code.OK)
    t.is(listed.subscriptionInfo.length, 1)
    t.like(listed.subscriptionInfo[0], { ...info, expression })
  }
  const others = await during(
    client.unary(rpc.ListSubscription, { group: billing, topic: { name: 'others' } }),
  )
  t.is(others.subscriptionInfo.length, 0)

  mq.joinGroup(member({ clientId: 'e' }))
  const asked = { group: billing }
  const listed = await during(client.unary(rpc.ListSubscription, asked))
  t.false(listed.subscriptionInfo[0]?.subscriptionConsistency)
  const described = await during(client.unary(rpc.DescribeSubscription, asked))
  t.deepEqual(
    described.clientSubscriptionInfo
      .map((one) => [one.clientInfo?.clientId, one.subscriptionInfo?.expression?.expression])
      .toSorted(),
    [
      ['c', 'paid'],
      ['d', 'paid'],
      ['e', '*'],
    ],
  )
  const nothing = await during(client.unary(rpc.ListSubscription, {}))
  t.is(nothing.status?.code, Code.BAD_REQUEST)
})

test('from when to when a topic has messages, and how late a group is', async (t) => {
  const { mq, client, clock, during, member } = await front(t)
  mq.joinGroup(member())
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    times.push(clock.now())
    await during(client.unary(rpc.AdminSendMessage, { ...send, ...fifo }))
    await clock.advance(1000)
  }
  const queue = { topic: 'orders', broker: 'a', queueId: 0 }
  await during(mq.updateConsumerOffset('billing', queue, 1))
  const asked = { group: billing, topics: [orders] }
  const { status, queueTimeSpanList } = await during(client.unary(rpc.QueryTimeSpan, asked))
  t.is(status?.code, Code.OK)
  const [span] = queueTimeSpanList
  t.like(span?.messageQueue, { topic: orders, id: 0, broker: { name: 'a' } })
  const near = (value: unknown, time: number | undefined) => Math.abs(Number(value) - Number(time))
  t.true(near(span?.minTimestamp, times[0]) < 500)
  t.true(near(span?.consumeTimestamp, times[0]) < 500)
  t.true(near(span?.maxTimestamp, times[2]) < 500)
  t.true(Number(span?.delayTimeMs) > 1000)
  const none = await during(client.unary(rpc.QueryTimeSpan, { group: billing }))
  t.is(none.status?.code, Code.BAD_REQUEST)
})

test('a route is what name servers say of it', async (t) => {
  const { client, during } = await front(t)
  const answer = await during(client.unary(rpc.GetTopicRoute, { topic: orders }))
  t.is(answer.status?.code, Code.OK)
  const route = JSON.parse(answer.topicRouteData)
  const [broker] = route.brokerDatas
  t.is(broker.brokerName, 'a')
  t.regex(broker.brokerAddrs['0'], /^[^:]+:\d+$/)
  t.like(route.queueDatas[0], { brokerName: 'a', perm: 6, readQueueNums: 1, writeQueueNums: 1 })
  const missing = await during(client.unary(rpc.GetTopicRoute, { topic: { name: 'no' } }))
  t.is(missing.status?.code, Code.TOPIC_NOT_FOUND)
})

test('what is not of a cluster is not there', async (t) => {
  const { client, during } = await front(t)
  for (const name of ['ChangeLogLevel', 'GetProxyRuntimeStats', 'DeleteSubscription']) {
    const call = client.raw(`/apache.rocketmq.v2.Admin/${name}`, Buffer.alloc(0))
    t.like(await t.throwsAsync(during(call)), { code: grpcStatus.UNIMPLEMENTED }, name)
  }
})
