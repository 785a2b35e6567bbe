// Consumer groups of a broker.

import { bool, i32, maybe, orElse, text } from '../field.ts'
import { namesInGroupSettings } from '../names-in-body.ts'
import { request } from '../request.ts'

/** The body is the group's settings. */
export const updateAndCreateSubscriptionGroup = request({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  servedBy: 'broker',
  access: { group: 'Create', namesIn: namesInGroupSettings },
  source: 'SubscriptionGroupConfig',
  header: {},
})

/** The body is `{groupConfigList}`. */
export const updateAndCreateSubscriptionGroupList = request({
  code: 225,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'SubscriptionGroupList',
  header: {},
})

/** Whole, or by pages when `groupSeq` is given. */
export const getAllSubscriptionGroupConfig = request({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'List' },
  source: 'GetAllSubscriptionGroupRequestHeader',
  header: { groupSeq: maybe(i32), dataVersion: maybe(text), maxGroupNum: maybe(i32) },
  reply: { totalGroupNum: maybe(i32) },
})

export const getSubscriptionGroupConfig = request({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'GetSubscriptionGroupConfigRequestHeader',
  header: { group: text },
})

export const deleteSubscriptionGroup = request({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  servedBy: 'broker',
  access: { group: 'Delete' },
  source: 'DeleteSubscriptionGroupRequestHeader',
  header: { groupName: text, cleanOffset: orElse(bool, false) },
})

export const updateAndGetGroupForbidden = request({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  servedBy: 'broker',
  access: { topic: 'Update', group: 'Update' },
  source: 'UpdateGroupForbiddenRequestHeader',
  header: { group: text, topic: text, readable: maybe(bool) },
})

/** `topicList` is joined by semicolons. */
export const getConsumeStats = request({
  code: 208,
  name: 'GET_CONSUME_STATS',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'GetConsumeStatsRequestHeader',
  header: { consumerGroup: text, topic: maybe(text), topicList: maybe(text) },
})

export const getBrokerConsumeStats = request({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'GetBrokerConsumeStatsRequestHeader',
  header: { isOrder: bool },
})

export const queryTopicsByConsumer = request({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'QueryTopicsByConsumerRequestHeader',
  header: { group: text },
})

export const querySubscriptionByConsumer = request({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  servedBy: 'broker',
  access: { group: 'Get' },
  source: 'QuerySubscriptionByConsumerRequestHeader',
  header: { group: text, topic: maybe(text) },
})
