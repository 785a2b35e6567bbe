// Sending. The four codes share one header: in full names (V1) or single letters (V2).
// Java sends V2, the Go client V1; a batch is always V2, a reply of the Go client V1.

import { bool, i32, i64, maybe, named, text } from '../field.ts'
import { request } from '../request.ts'
import { parseSend, printSendReply } from './send-by-hand.ts'

/** Source: SendMessageRequestHeader */
const header = {
  producerGroup: text,
  topic: text,
  defaultTopic: text,
  defaultTopicQueueNums: i32,
  /** Below 0: the broker picks one. */
  queueId: i32,
  sysFlag: i32,
  bornTimestamp: i64,
  flag: i32,
  properties: maybe(text),
  reconsumeTimes: maybe(i32),
  unitMode: maybe(bool),
  maxReconsumeTimes: maybe(i32),
  batch: maybe(bool),
  bname: maybe(text),
}

/** Source: SendMessageRequestHeaderV2 */
const headerV2 = {
  producerGroup: named('a', header.producerGroup),
  topic: named('b', header.topic),
  defaultTopic: named('c', header.defaultTopic),
  defaultTopicQueueNums: named('d', header.defaultTopicQueueNums),
  queueId: named('e', header.queueId),
  sysFlag: named('f', header.sysFlag),
  bornTimestamp: named('g', header.bornTimestamp),
  flag: named('h', header.flag),
  properties: named('i', header.properties),
  reconsumeTimes: named('j', header.reconsumeTimes),
  unitMode: named('k', header.unitMode),
  maxReconsumeTimes: named('l', header.maxReconsumeTimes),
  batch: named('m', header.batch),
  bname: named('n', header.bname),
}

/** Source: SendMessageResponseHeader. Sent with the codes 0, 10, 11 and 12. */
const reply = {
  /** The offset message id; of a batch all of them, joined by commas. */
  msgId: text,
  queueId: i32,
  queueOffset: i64,
  transactionId: maybe(text),
  batchUniqId: maybe(text),
  recallHandle: maybe(text),
  region: named('MSG_REGION', maybe(text)),
  traceOn: named('TRACE_ON', maybe(bool)),
  /** Ours: the store timestamp, ms. */
  rwStoreTime: maybe(i64),
  /** Ours: the message was stored by an earlier send of the same id; the answer is of that one. */
  rwReplayed: maybe(bool),
}

const shared = {
  servedBy: 'broker',
  access: { topic: 'Pub' },
  reply,
  printReplyJson: printSendReply,
} as const

export const sendMessage = request({
  ...shared,
  code: 10,
  name: 'SEND_MESSAGE',
  source: 'SendMessageRequestHeader',
  header,
})

export const sendMessageV2 = request({
  ...shared,
  code: 310,
  name: 'SEND_MESSAGE_V2',
  source: 'SendMessageRequestHeaderV2',
  header: headerV2,
  parseUsual: parseSend,
})

export const sendBatchMessage = request({
  ...shared,
  code: 320,
  name: 'SEND_BATCH_MESSAGE',
  source: 'SendMessageRequestHeaderV2',
  header: headerV2,
})

export const sendReplyMessage = request({
  ...shared,
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
  source: 'SendMessageRequestHeader',
  header,
})

export const sendReplyMessageV2 = request({
  ...shared,
  code: 325,
  name: 'SEND_REPLY_MESSAGE_V2',
  source: 'SendMessageRequestHeaderV2',
  header: headerV2,
})

/** Answered with REPLY's outcome by the client. */
export const pushReplyMessageToClient = request({
  code: 326,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  servedBy: 'client',
  access: 'open',
  source: 'ReplyMessageRequestHeader',
  header: {
    producerGroup: text,
    topic: text,
    defaultTopic: text,
    defaultTopicQueueNums: i32,
    queueId: i32,
    sysFlag: i32,
    bornTimestamp: i64,
    flag: i32,
    properties: maybe(text),
    reconsumeTimes: maybe(i32),
    unitMode: maybe(bool),
    bornHost: text,
    storeHost: text,
    storeTimestamp: i64,
  },
})

/** Takes back a timed message that is not due yet. */
export const recallMessage = request({
  code: 370,
  name: 'RECALL_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Pub' },
  source: 'RecallMessageRequestHeader',
  header: { producerGroup: maybe(text), topic: text, recallHandle: text },
  reply: { msgId: text, region: named('MSG_REGION', maybe(text)) },
})
