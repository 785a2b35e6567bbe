// Pulling from one queue.

import { i32, i64, maybe, orElse, text } from '../field.ts'
import { namesInAssignment } from '../names-in-body.ts'
import { request } from '../request.ts'

/** Source: PullMessageRequestHeader */
const header = {
  consumerGroup: text,
  topic: text,
  queueId: i32,
  queueOffset: i64,
  maxMsgNums: i32,
  /** bit 0 commit the offset, 1 suspend, 2 subscription is given, 3 class filter, 4 lite. */
  sysFlag: i32,
  commitOffset: i64,
  suspendTimeoutMillis: i64,
  subscription: maybe(text),
  subVersion: i64,
  expressionType: maybe(text),
  maxMsgBytes: maybe(i32),
  requestSource: maybe(i32),
  /** Java's spelling. */
  proxyFrowardClientId: maybe(text),
}

/** Sent with the codes 0, 19, 20 and 21; the remark is the status. */
const reply = {
  suggestWhichBrokerId: i64,
  nextBeginOffset: i64,
  minOffset: i64,
  maxOffset: i64,
  offsetDelta: maybe(i64),
  topicSysFlag: maybe(i32),
  groupSysFlag: maybe(i32),
  /** 1 broker, 2 group, 3 topic, 4 broadcasting, 5 subscription. */
  forbiddenType: maybe(i32),
}

const shared = {
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'PullMessageRequestHeader',
  header,
  reply,
} as const

export const pullMessage = request({ ...shared, code: 11, name: 'PULL_MESSAGE' })

export const litePullMessage = request({ ...shared, code: 361, name: 'LITE_PULL_MESSAGE' })

/** Whether messages are pulled or popped from each broker, and by whom. Both bodies are JSON. */
export const queryAssignment = request({
  code: 400,
  name: 'QUERY_ASSIGNMENT',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInAssignment },
  source: 'QueryAssignmentRequestBody',
  header: {},
})

export const setMessageRequestMode = request({
  code: 401,
  name: 'SET_MESSAGE_REQUEST_MODE',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'SetMessageRequestModeRequestBody',
  header: {},
})

export const getAllMessageRequestMode = request({
  code: 402,
  name: 'GET_ALL_MESSAGE_REQUEST_MODE',
  servedBy: 'broker',
  access: 'peer',
  source: 'MessageRequestModeSerializeWrapper',
  header: {},
})

/** The queue entries themselves, for tools. */
export const queryConsumeQueue = request({
  code: 321,
  name: 'QUERY_CONSUME_QUEUE',
  servedBy: 'broker',
  access: { topic: 'Get' },
  source: 'QueryConsumeQueueRequestHeader',
  header: {
    topic: text,
    queueId: i32,
    index: i64,
    count: orElse(i32, 0),
    consumerGroup: maybe(text),
  },
})
