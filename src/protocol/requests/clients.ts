// Who is connected: what clients say of themselves, and what a broker asks of them.
// Broker-to-client requests without a known topic or group are open: the client decides.

import { bool, i32, i64, maybe, named, orElse, text } from '../field.ts'
import { namesInClientCheck, namesInHeartbeat } from '../names-in-body.ts'
import { request } from '../request.ts'

/** The body is HeartbeatData; rights are checked by the groups in it. */
export const heartBeat = request({
  code: 34,
  name: 'HEART_BEAT',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInHeartbeat, mayNameNone: true },
  source: 'HeartbeatRequestHeader',
  header: {},
  reply: {
    supportsHeartbeatV2: named('IS_SUPPORT_HEART_BEAT_V2', maybe(bool)),
    subscriptionChanged: named('IS_SUB_CHANGE', maybe(bool)),
    /** Ours: how long the broker remembers idempotency ids; absent or 0 when it does not. */
    rwDedupWindowMs: maybe(i64),
  },
})

export const unregisterClient = request({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  servedBy: 'broker',
  access: { group: 'Sub', mayNameNone: true },
  source: 'UnregisterClientRequestHeader',
  header: { clientID: text, producerGroup: maybe(text), consumerGroup: maybe(text) },
})

/** The body has one subscription, whose expression is compiled on trial. */
export const checkClientConfig = request({
  code: 46,
  name: 'CHECK_CLIENT_CONFIG',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInClientCheck },
  source: 'CheckClientRequestBody',
  header: {},
})

export const getConsumerListByGroup = request({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  servedBy: 'broker',
  access: { group: ['Sub', 'Get'] },
  source: 'GetConsumerListByGroupRequestHeader',
  header: { consumerGroup: text },
})

/** One-way: rebalance now. */
export const notifyConsumerIdsChanged = request({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  servedBy: 'client',
  access: 'open',
  source: 'NotifyConsumerIdsChangedRequestHeader',
  header: { consumerGroup: text },
})

export const getConsumerConnectionList = request({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'GetConsumerConnectionListRequestHeader',
  header: { consumerGroup: text },
})

export const getProducerConnectionList = request({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'GetProducerConnectionListRequestHeader',
  header: { producerGroup: text },
})

export const getAllProducerInfo = request({
  code: 328,
  name: 'GET_ALL_PRODUCER_INFO',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'GetAllProducerInfoRequestHeader',
  header: {},
})

/** One-way: the body has the offsets to go on from. */
export const resetConsumerClientOffset = request({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  servedBy: 'client',
  access: 'open',
  source: 'ResetOffsetRequestHeader',
  header: {
    topic: text,
    group: text,
    timestamp: i64,
    isForce: bool,
    queueId: orElse(i32, -1),
    offset: maybe(i64),
  },
})

export const getConsumerStatusFromClient = request({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  servedBy: 'client',
  access: 'open',
  source: 'GetConsumerStatusRequestHeader',
  header: { topic: text, group: text, clientAddr: maybe(text) },
})

/** Asked of the broker, which asks the client and relays the answer. */
export const getConsumerRunningInfo = request({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'GetConsumerRunningInfoRequestHeader',
  header: { consumerGroup: text, clientId: text, jstackEnable: maybe(bool) },
})

/** Asked of the broker, which adds the message and asks the client. */
export const consumeMessageDirectly = request({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'ConsumeMessageDirectlyResultRequestHeader',
  header: {
    consumerGroup: text,
    clientId: maybe(text),
    msgId: maybe(text),
    brokerName: maybe(text),
    topic: maybe(text),
    topicSysFlag: maybe(i32),
    groupSysFlag: maybe(i32),
  },
})
