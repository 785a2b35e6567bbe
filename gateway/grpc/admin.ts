// apache.rocketmq.v2.Admin, as far as a cluster can answer it, for administrators. Apache's proxy
// does not serve it; the meaning of the fields is that of REST here.
//
// Not served: ChangeLogLevel and GetProxyRuntimeStats, which are of one node (the management port
// has figures), and DeleteSubscription: a subscription is its consumer's.

import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { MqError } from '../../src/base/errors.ts'
import type { Admin, SearchInput } from '../core/admin-views.ts'
import type { Call, Delivered } from '../core/core.ts'
import {
  clientInfo,
  clientSubscriptions,
  queueTimeSpan,
  routeText,
  subscriptionInfo,
} from './admin-views.ts'
import { type Answer, type Caller, unary } from './calls.ts'
import { groupName, sendInputOf, topicName } from './convert.ts'
import { messageBytes } from './delivery-frame.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { okStatus } from './status.ts'
import { msOf } from './time.ts'

const found = 32

const typeNumbers = {
  normal: v2.MessageType.NORMAL,
  fifo: v2.MessageType.FIFO,
  delay: v2.MessageType.DELAY,
  transaction: v2.MessageType.TRANSACTION,
  mixed: v2.MessageType.MESSAGE_TYPE_UNSPECIFIED,
  unspecified: v2.MessageType.NORMAL,
} as const

/** The implementation of `adminService`. */
export function adminImplementation(front: Front, admin: Admin) {
  const served = <Request, Response extends Answer>(
    rpc: string,
    run: (request: Request, call: Call) => Promise<Response>,
  ) => {
    const answer = unary(front, rpc, (request: Request, { call }: Caller) => {
      if (!call.identity.isAdmin) {
        throw new MqError('permission-denied', 'this is for administrators')
      }
      return run(request, call)
    })
    return (
      call: ServerUnaryCall<Request, Response | Answer>,
      reply: sendUnaryData<Response | Answer>,
    ): void => {
      void answer(call).then((response) => reply(null, response))
    }
  }
  return {
    DescribeTopicStatus: served(
      'DescribeTopicStatus',
      async ({ topic }: v2.DescribeTopicStatusRequest, call) => {
        const { type } = await front.core.topic(topicName(topic), call)
        return { status: okStatus, topicMessageType: typeNumbers[type] }
      },
    ),
    DescribeGroupAccumulation: served(
      'DescribeGroupAccumulation',
      (request: v2.DescribeGroupAccumulationRequest, call) => accumulation(request, admin, call),
    ),
    ListConsumerConnection: served(
      'ListConsumerConnection',
      async ({ group }: v2.ListConsumerConnectionRequest, call) => {
        const clients = await admin.clients(groupName(group), call)
        const model = v2.MessageModel.CLUSTERING
        return { status: okStatus, clientInfo: clients.map((one) => clientInfo(one, model)) }
      },
    ),
    ListSubscription: served(
      'ListSubscription',
      async (request: v2.ListSubscriptionRequest, call) => {
        const views = await admin.subscriptions(askedOf(request), call)
        return { status: okStatus, subscriptionInfo: views.map(subscriptionInfo) }
      },
    ),
    DescribeSubscription: served(
      'DescribeSubscription',
      async (request: v2.DescribeSubscriptionRequest, call) => {
        const views = await admin.subscriptions(askedOf(request), call)
        return { status: okStatus, clientSubscriptionInfo: views.flatMap(clientSubscriptions) }
      },
    ),
    GetTopicRoute: served('GetTopicRoute', async ({ topic }: v2.GetTopicRouteRequest, call) => {
      const route = await admin.route(topicName(topic), call)
      return { status: okStatus, topicRouteData: routeText(route) }
    }),
    QueryTimeSpan: served(
      'QueryTimeSpan',
      async ({ group, topics }: v2.QueryTimeSpanRequest, call) => {
        const spans = await admin.timeSpans(groupName(group), topics.map(topicName), call)
        return { status: okStatus, queueTimeSpanList: spans.map(queueTimeSpan) }
      },
    ),
    ResetGroupOffset: served(
      'ResetGroupOffset',
      async ({ group, topic, resetTimestamp }: v2.ResetGroupOffsetRequest, call) => {
        const at = msOf(resetTimestamp)
        if (at === undefined) throw new MqError('invalid-argument', 'the time is missing')
        const names = { group: groupName(group), topic: topicName(topic) }
        await admin.seek({ ...names, to: { at }, dryRun: false }, call)
        return { status: okStatus }
      },
    ),
    QueryMessage: served('QueryMessage', (request: v2.ListMessageRequest, call) =>
      queryMessage(request, admin, call),
    ),
    PrintThreadStackTrace: served(
      'PrintThreadStackTrace',
      async ({ group, clientId }: v2.PrintThreadStackTraceRequest, call) => {
        const asked = { group: groupName(group), clientId, stacks: true }
        const { stacks } = await admin.runningInfo(asked, call)
        return { status: okStatus, threadStackTrace: stacks ?? '' }
      },
    ),
    VerifyMessage: served('VerifyMessage', async (request: v2.VerifyMessageRequest, call) => {
      const { clientId, messageId } = request
      const names = { group: groupName(request.group), topic: topicName(request.topic) }
      const result = await admin.verify({ ...names, clientId, messageId }, call)
      return { status: verified[result] }
    }),
    AdminSendMessage: served('AdminSendMessage', (request: v2.AdminSendMessageRequest, call) =>
      send(request, front, call),
    ),
    GetConsumerRunningInfo: served(
      'GetConsumerRunningInfo',
      async ({ group, clientId }: v2.GetConsumerRunningInfoRequest, call) => {
        const asked = { group: groupName(group), clientId, stacks: false }
        const { properties } = await admin.runningInfo(asked, call)
        const consumerRunningInfo = { properties: Object.fromEntries(properties) }
        return { status: okStatus, consumerRunningInfo }
      },
    ),
  }
}

const askedOf = ({ topic, group }: v2.ListSubscriptionRequest) => ({
  topic: topic ? topicName(topic) : undefined,
  group: group ? groupName(group) : undefined,
})

const verified: Record<Awaited<ReturnType<Admin['verify']>>, v2.Status.Fields> = {
  consumed: okStatus,
  failed: { code: v2.Code.FAILED_TO_CONSUME_MESSAGE, message: 'the consumer failed' },
  corrupted: { code: v2.Code.MESSAGE_CORRUPTED, message: 'the consumer found it corrupted' },
}

async function accumulation(
  { group, topics }: v2.DescribeGroupAccumulationRequest,
  admin: Admin,
  call: Call,
): Promise<v2.DescribeGroupAccumulationResponse.Fields> {
  const names = new Set(topics.map(topicName))
  const rows = (await admin.progress(groupName(group), call)).filter(
    ({ topic }) => names.size === 0 || names.has(topic),
  )
  const sum = (of: typeof rows): v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields => {
    const total = (count: (row: (typeof rows)[number]) => number) =>
      of.reduce((so, row) => so + Math.max(0, count(row)), 0)
    return {
      inflightMessages: total((row) => row.readOffset - row.committedOffset),
      readyMessages: total((row) => row.maxOffset - row.readOffset),
      accumulation: total((row) => row.maxOffset - row.committedOffset),
      lastConsumeTimestamp: Math.max(0, ...of.map((row) => row.lastConsumedAt)),
    }
  }
  const all = [...new Set(rows.map(({ topic }) => topic))]
  const topicAccumulation = Object.fromEntries(
    all.map((topic) => [topic, sum(rows.filter((row) => row.topic === topic))]),
  )
  return { status: okStatus, accumulation: sum(rows), topicAccumulation }
}

async function queryMessage(
  request: v2.ListMessageRequest,
  admin: Admin,
  call: Call,
): Promise<v2.ListMessageResponse.Fields> {
  const topic = topicName(request.topic)
  const messages = request.messageId
    ? [await admin.messageById(topic, request.messageId, call)]
    : (await admin.search(searchOf(request, topic), call)).messages
  return { status: okStatus, messages: messages.map(messageOf) }
}

const searchOf = (request: v2.ListMessageRequest, topic: string): SearchInput => ({
  topic,
  key: request.messageKey || undefined,
  from: msOf(request.beginTimestamp) ?? 0,
  to: msOf(request.endTimestamp) ?? Number.MAX_SAFE_INTEGER,
  max: Math.min(Math.max(request.maxMessageNums, 1), found),
})

const messageOf = (message: Delivered): v2.Message => v2.Message.decode(messageBytes(message))

async function send(
  request: v2.AdminSendMessageRequest,
  { core, clock }: Front,
  call: Call,
): Promise<v2.AdminSendMessageResponse.Fields> {
  const { topic, body, tag, key, userProperties } = request
  const systemProperties = {
    ...request.systemProperties,
    messageId: request.systemProperties?.messageId || call.requestId,
    bornTimestamp: { seconds: Math.floor(clock.now() / 1000) },
    ...(tag && { tag }),
    ...(key && { keys: [key] }),
  }
  const message = { topic: topic ?? null, body, userProperties, systemProperties }
  const { messageId } = await core.send(sendInputOf(message), call)
  return { status: okStatus, messageId }
}
