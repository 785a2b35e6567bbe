// What becomes of popped messages: done, or later.

import { bool, i32, i64, maybe, text } from '../field.ts'
import { namesInBatchAck } from '../names-in-body.ts'
import { request } from '../request.ts'

export const ackMessage = request({
  code: 200051,
  name: 'ACK_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'AckMessageRequestHeader',
  header: {
    consumerGroup: text,
    /** The topic that was read: a retry topic for a redelivered message. */
    topic: text,
    queueId: i32,
    /** Apache's receipt: fields joined by spaces. */
    extraInfo: text,
    offset: i64,
    /** Ours: answer SUPERSEDED or EXPIRED for a receipt that is not the current one. */
    rwStrict: maybe(bool),
  },
})

/** The body lists the receipts; see bodies/ack.ts. */
export const batchAckMessage = request({
  code: 200151,
  name: 'BATCH_ACK_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInBatchAck },
  source: 'BatchAckMessageRequestBody',
  header: { rwStrict: maybe(bool) },
})

export const changeMessageInvisibleTime = request({
  code: 200053,
  name: 'CHANGE_MESSAGE_INVISIBLETIME',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'ChangeInvisibleTimeRequestHeader',
  header: {
    consumerGroup: text,
    topic: text,
    queueId: i32,
    extraInfo: text,
    offset: i64,
    /** ms from now. */
    invisibleTime: i64,
    suspend: maybe(bool),
    rwStrict: maybe(bool),
  },
  reply: { popTime: i64, invisibleTime: i64, reviveQid: i32 },
})

/** A push consumer gives a message back, to come again through the retry topic. */
export const consumerSendMsgBack = request({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  servedBy: 'broker',
  access: { group: 'Sub' },
  source: 'ConsumerSendMsgBackRequestHeader',
  header: {
    /** Position of the record in the commit log. */
    offset: i64,
    group: text,
    /** 0: by the number of retries; below 0: straight to the dead letters. */
    delayLevel: i32,
    originMsgId: maybe(text),
    originTopic: maybe(text),
    unitMode: maybe(bool),
    maxReconsumeTimes: maybe(i32),
  },
})
