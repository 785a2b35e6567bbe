// Popping: the broker keeps who got what until when. Codes above 32767 do not fit a binary
// header; see binary-header.ts.

import { bool, i32, i64, maybe, orElse, text } from '../field.ts'
import { request } from '../request.ts'

/** The answer is sent with the codes 0, 209 and 210. */
export const popMessage = request({
  code: 200050,
  name: 'POP_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'PopMessageRequestHeader',
  header: {
    consumerGroup: text,
    topic: text,
    /** -1: any queue. */
    queueId: i32,
    maxMsgNums: i32,
    /** ms */
    invisibleTime: i64,
    /** ms; 0: answer at once. */
    pollTime: i64,
    /** The client's clock, ms; 0: now. The wait ends at bornTime + pollTime. */
    bornTime: i64,
    /** 0 min, 1 max. */
    initMode: i32,
    expType: maybe(text),
    exp: maybe(text),
    order: orElse(bool, false),
    attemptId: maybe(text),
  },
  reply: {
    popTime: i64,
    invisibleTime: i64,
    reviveQid: i32,
    restNum: i64,
    startOffsetInfo: maybe(text),
    msgOffsetInfo: maybe(text),
    orderCountInfo: maybe(text),
  },
})

/** Looks without taking: no checkpoint, no offset moves. */
export const peekMessage = request({
  code: 200052,
  name: 'PEEK_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'PeekMessageRequestHeader',
  header: { consumerGroup: text, topic: text, queueId: i32, maxMsgNums: i32 },
  reply: popMessage.reply,
})

/**
 * Waits for a pop to be worth while. `exp` and `expType` are ours: Apache's broker ignores
 * them and wakes up for messages that do not match.
 */
export const notification = request({
  code: 200054,
  name: 'NOTIFICATION',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'NotificationRequestHeader',
  header: {
    consumerGroup: text,
    topic: text,
    queueId: i32,
    pollTime: i64,
    bornTime: i64,
    order: orElse(bool, false),
    attemptId: maybe(text),
    expType: maybe(text),
    exp: maybe(text),
  },
  reply: { hasMsg: bool, pollingFull: maybe(bool) },
})

/** How many pops wait. */
export const pollingInfo = request({
  code: 200055,
  name: 'POLLING_INFO',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub' },
  source: 'PollingInfoRequestHeader',
  header: { consumerGroup: text, topic: text, queueId: i32 },
  reply: { pollingNum: i32 },
})

export const popRollback = request({
  code: 200056,
  name: 'POP_ROLLBACK',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.POP_ROLLBACK',
  header: {},
})
