// Positions in a queue: what a group has consumed, and what there is.

import { bool, i32, i64, maybe, orElse, text } from '../field.ts'
import { request } from '../request.ts'

const queue = { topic: text, queueId: i32 }
const groupQueue = { consumerGroup: text, ...queue }

/** 22 when the group has none: the client then applies its consumeFromWhere. */
export const queryConsumerOffset = request({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'], group: ['Sub', 'Get'] },
  source: 'QueryConsumerOffsetRequestHeader',
  header: { ...groupQueue, setZeroIfNotFound: maybe(bool) },
  reply: { offset: i64 },
})

export const updateConsumerOffset = request({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Update'], group: ['Sub', 'Update'] },
  source: 'UpdateConsumerOffsetRequestHeader',
  /** `rwForward`: from a slave; an offset never goes back by it. Ours. */
  header: { ...groupQueue, commitOffset: i64, rwForward: maybe(bool) },
})

export const searchOffsetByTimestamp = request({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'SearchOffsetRequestHeader',
  /** `boundaryType` is LOWER (the default) or UPPER in any case. */
  header: { ...queue, timestamp: i64, boundaryType: maybe(text) },
  reply: { offset: i64 },
})

export const getMaxOffset = request({
  code: 30,
  name: 'GET_MAX_OFFSET',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'GetMaxOffsetRequestHeader',
  header: { ...queue, committed: orElse(bool, true) },
  reply: { offset: i64 },
})

export const getMinOffset = request({
  code: 31,
  name: 'GET_MIN_OFFSET',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'GetMinOffsetRequestHeader',
  header: queue,
  reply: { offset: i64 },
})

/** -1 when the queue is empty. */
export const getEarliestMsgStoreTime = request({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'GetEarliestMsgStoretimeRequestHeader',
  header: queue,
  reply: { timestamp: i64 },
})

/** Tells a group to go on from elsewhere; the answer lists the new offsets. */
export const invokeBrokerToResetOffset = request({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
  servedBy: 'broker',
  access: { topic: 'Update', group: 'Update' },
  source: 'ResetOffsetRequestHeader',
  header: {
    group: text,
    topic: text,
    queueId: orElse(i32, -1),
    offset: orElse(i64, -1),
    timestamp: i64,
    isForce: bool,
  },
})

export const invokeBrokerToGetConsumerStatus = request({
  code: 223,
  name: 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  servedBy: 'broker',
  access: { topic: 'Get', group: 'Get' },
  source: 'GetConsumerStatusRequestHeader',
  header: { topic: text, group: text, clientAddr: maybe(text) },
})

export const queryCorrectionOffset = request({
  code: 308,
  name: 'QUERY_CORRECTION_OFFSET',
  servedBy: 'broker',
  access: { topic: 'Get', group: 'Get' },
  source: 'QueryCorrectionOffsetHeader',
  header: { topic: text, compareGroup: text, filterGroups: maybe(text) },
})

export const cloneGroupOffset = request({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  servedBy: 'broker',
  access: { topic: 'Update', group: 'Update' },
  source: 'CloneGroupOffsetRequestHeader',
  header: { srcGroup: text, destGroup: text, topic: text, offline: orElse(bool, false) },
})
