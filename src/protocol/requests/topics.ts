// Topics of a broker.

import { bool, i32, i64, maybe, orElse, text } from '../field.ts'
import { request } from '../request.ts'

/** `attributes` is a list like `+message.type=FIFO,-cleanup.policy`; empty when there are none. */
export const updateAndCreateTopic = request({
  code: 17,
  name: 'UPDATE_AND_CREATE_TOPIC',
  servedBy: 'broker',
  access: { topic: 'Create' },
  source: 'CreateTopicRequestHeader',
  header: {
    topic: text,
    defaultTopic: text,
    readQueueNums: i32,
    writeQueueNums: i32,
    /** 4 read, 2 write, 1 inherit. */
    perm: i32,
    topicFilterType: text,
    topicSysFlag: maybe(i32),
    order: orElse(bool, false),
    attributes: maybe(text),
    force: maybe(bool),
  },
})

/** The body is `{topicConfigList}`. */
export const updateAndCreateTopicList = request({
  code: 18,
  name: 'UPDATE_AND_CREATE_TOPIC_LIST',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'CreateTopicListRequestHeader',
  header: {},
})

export const deleteTopicInBroker = request({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  servedBy: 'broker',
  access: { topic: 'Delete' },
  source: 'DeleteTopicRequestHeader',
  header: { topic: text },
})

/** Whole, or by pages when `topicSeq` is given. */
export const getAllTopicConfig = request({
  code: 21,
  name: 'GET_ALL_TOPIC_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'List' },
  source: 'GetAllTopicConfigRequestHeader',
  /** `rwKnown`, `rwHoldMs`: answered when the table is another one, or after that time. Ours. */
  header: {
    ...{ topicSeq: maybe(i32), dataVersion: maybe(text), maxTopicNum: maybe(i32) },
    ...{ rwKnown: maybe(text), rwHoldMs: maybe(i32) },
  },
  reply: { totalTopicNum: maybe(i32) },
})

export const getTopicConfig = request({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  servedBy: 'broker',
  access: { topic: 'Get' },
  source: 'GetTopicConfigRequestHeader',
  header: { topic: text },
})

export const getTopicStatsInfo = request({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  servedBy: 'broker',
  access: { topic: 'Get' },
  source: 'GetTopicStatsInfoRequestHeader',
  header: { topic: text },
})

export const getSystemTopicListFromBroker = request({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  servedBy: 'broker',
  access: { cluster: 'List' },
  source: 'RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  header: {},
})

/** The groups that read the topic, online or with offsets. */
export const queryTopicConsumeByWho = request({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  servedBy: 'broker',
  access: { topic: 'Get' },
  source: 'QueryTopicConsumeByWhoRequestHeader',
  header: { topic: text },
})

export const queryConsumeTimeSpan = request({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  servedBy: 'broker',
  access: { topic: 'Get', group: 'Get' },
  source: 'QueryConsumeTimeSpanRequestHeader',
  header: { topic: text, group: text },
})

export const checkRocksdbCqWriteProgress = request({
  code: 354,
  name: 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
  servedBy: 'broker',
  access: { topic: 'Get' },
  source: 'CheckRocksdbCqWriteProgressRequestHeader',
  header: { topic: text, checkStoreTime: maybe(i64) },
})
