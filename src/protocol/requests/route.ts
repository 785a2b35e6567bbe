// What clients and tools ask a namesrv.

import { bool, i32, maybe, named, text } from '../field.ts'
import { request } from '../request.ts'

/** 17 when nobody serves the topic. */
export const getRouteInfoByTopic = request({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  servedBy: 'namesrv',
  access: { topic: ['Pub', 'Sub', 'Get'] },
  source: 'GetRouteInfoRequestHeader',
  header: {
    topic: text,
    acceptStandardJsonOnly: maybe(bool),
    /** With `zoneMode`, only broker sets of this zone are wanted. Source: ZoneRouteRPCHook. */
    zoneName: named('__ZONE_NAME', maybe(text)),
    zoneMode: named('__ZONE_MODE', maybe(bool)),
  },
})

export const getBrokerClusterInfo = request({
  code: 106,
  name: 'GET_BROKER_CLUSTER_INFO',
  servedBy: 'namesrv',
  access: 'open',
  source: 'ClusterInfo',
  header: {},
})

export const getAllTopicListFromNameserver = request({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'TopicList',
  header: {},
})

export const deleteTopicInNamesrv = request({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  servedBy: 'namesrv',
  access: { topic: 'Delete' },
  source: 'DeleteTopicFromNamesrvRequestHeader',
  header: { topic: text, clusterName: maybe(text) },
})

/** The body is a TopicRouteData of which only the queues count. */
export const registerTopicInNamesrv = request({
  code: 217,
  name: 'REGISTER_TOPIC_IN_NAMESRV',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'RegisterTopicRequestHeader',
  header: { topic: text },
})

export const getTopicsByCluster = request({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'GetTopicsByClusterRequestHeader',
  header: { cluster: text },
})

export const getSystemTopicListFromNs = request({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'TopicList',
  header: {},
})

export const getUnitTopicList = request({
  code: 311,
  name: 'GET_UNIT_TOPIC_LIST',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'TopicList',
  header: {},
})

export const getHasUnitSubTopicList = request({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'TopicList',
  header: {},
})

export const getHasUnitSubUnunitTopicList = request({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
  servedBy: 'namesrv',
  access: { cluster: 'List' },
  source: 'TopicList',
  header: {},
})

/** Only in the route table: the broker's own topics keep their permission. */
export const wipeWritePermOfBroker = request({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  servedBy: 'namesrv',
  access: { cluster: 'Update' },
  source: 'WipeWritePermOfBrokerRequestHeader',
  header: { brokerName: text },
  reply: { wipeTopicCount: i32 },
})

export const addWritePermOfBroker = request({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  servedBy: 'namesrv',
  access: { cluster: 'Update' },
  source: 'AddWritePermOfBrokerRequestHeader',
  header: { brokerName: text },
  reply: { addTopicCount: i32 },
})

/** The body is properties text. */
export const updateNamesrvConfig = request({
  code: 318,
  name: 'UPDATE_NAMESRV_CONFIG',
  servedBy: 'namesrv',
  access: { cluster: 'Update' },
  source: 'RequestCode.UPDATE_NAMESRV_CONFIG',
  header: {},
})

export const getNamesrvConfig = request({
  code: 319,
  name: 'GET_NAMESRV_CONFIG',
  servedBy: 'namesrv',
  access: { cluster: 'Get' },
  source: 'RequestCode.GET_NAMESRV_CONFIG',
  header: {},
})
