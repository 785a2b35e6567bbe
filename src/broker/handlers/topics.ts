// Topics: made, changed, removed and listed. A change is answered when it is on disk; the name
// servers are told at once, without being waited for.
//
// Serves UPDATE_AND_CREATE_TOPIC, UPDATE_AND_CREATE_TOPIC_LIST, DELETE_TOPIC_IN_BROKER,
// GET_ALL_TOPIC_CONFIG, GET_TOPIC_CONFIG, GET_TOPIC_STATS_INFO,
// GET_SYSTEM_TOPIC_LIST_FROM_BROKER, QUERY_TOPIC_CONSUME_BY_WHO.
//
// Not served: static topics.
// Source: AdminBrokerProcessor.

import * as z from 'zod'
import { MqError } from '../../base/errors.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import {
  deleteTopicInBroker,
  getAllTopicConfig,
  getSystemTopicListFromBroker,
  getTopicConfig,
  getTopicStatsInfo,
  queryTopicConsumeByWho,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from '../../protocol/requests/topics.ts'
import { changeAttributes } from '../attributes.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, parseBody, queueMapText } from '../json-body.ts'
import { checkTopicName, isSystemTopic, retryPrefix } from '../names.ts'
import type { QueueKey, TopicConfig, Topics } from '../ports.ts'
import { topicConfig } from '../start-topics.ts'
import { versionText } from '../state-file.ts'
import { parseTopicConfig } from '../topics.ts'

const holdMsMax = 5000

const queueNumsMax = 65_536
const permMax = 15
const topicListJson = z.object({ topicConfigList: z.array(z.unknown()).max(10_000) })

const onUpdateAndCreateTopic = handle(updateAndCreateTopic, (header, ports) => {
  checkChangeable(header.topic, ports)
  const known = ports.topics.find(header.topic)
  const isMulti = header.topicFilterType === 'MULTI_TAG'
  const wanted: TopicConfig = {
    ...topicConfig(header.topic, header.readQueueNums, header.perm),
    writeQueueNums: header.writeQueueNums,
    topicFilterType: isMulti ? 'MULTI_TAG' : 'SINGLE_TAG',
    topicSysFlag: header.topicSysFlag ?? 0,
    order: header.order,
    attributes: changeAttributes(known?.attributes ?? {}, header.attributes ?? '', !known),
  }
  checkNumbers(wanted)
  ports.topics.put(wanted)
  return ports.topics.saved().then(() => ({}))
})

const onUpdateAndCreateTopicList = handle(updateAndCreateTopicList, (_, ports, call) => {
  const wanted = parseBody(topicListJson, call.body).topicConfigList.map(parseTopicConfig)
  for (const topic of wanted) {
    checkChangeable(topic.topicName, ports)
    checkNumbers(topic)
  }
  const changes = wanted.map((topic) => withChangedAttributes(topic, ports))
  for (const topic of changes) ports.topics.put(topic)
  return ports.topics.saved().then(() => ({}))
})

/** In a list the attributes are changes too: their names begin with + or -. */
function withChangedAttributes(topic: TopicConfig, ports: BrokerPorts): TopicConfig {
  const known = ports.topics.find(topic.topicName)
  const text = Object.entries(topic.attributes)
    .map(([name, value]) => (name.startsWith('-') ? name : `${name}=${value}`))
    .join(',')
  return { ...topic, attributes: changeAttributes(known?.attributes ?? {}, text, !known) }
}

function checkChangeable(topic: string, ports: BrokerPorts): void {
  checkTopicName(topic)
  const { brokerName, clusterName } = ports.self
  if (isSystemTopic(topic) || topic === brokerName || topic === clusterName) {
    throw new MqError('invalid-argument', 'a system topic cannot be changed', { topic })
  }
}

function checkNumbers({ readQueueNums, writeQueueNums, perm }: TopicConfig): void {
  const isCount = (count: number) => Number.isInteger(count) && count >= 0 && count <= queueNumsMax
  if (!isCount(readQueueNums) || !isCount(writeQueueNums)) {
    throw new MqError('invalid-argument', 'the number of queues is out of range', { queueNumsMax })
  }
  if (perm < 0 || perm > permMax) {
    throw new MqError('invalid-argument', 'the permission is out of range', { perm })
  }
}

const onDeleteTopicInBroker = handle(deleteTopicInBroker, ({ topic }, ports) => {
  checkChangeable(topic, ports)
  const groups = ports.offsets.groupsOf(topic)
  const retries = groups.flatMap((group) => [
    `${retryPrefix}${group}_${topic}`,
    `${retryPrefix}${group}+${topic}`,
  ])
  for (const name of [topic, ...retries]) {
    if (!ports.topics.remove(name) && name !== topic) continue
    ports.offsets.removeTopic(name)
    ports.queues.deleteTopic(name)
  }
  return ports.topics.saved().then(() => ({}))
})

/** What a slave of ours asks is held until there is something new: see metadata-sync.ts. */
const onGetAllTopicConfig = handle(getAllTopicConfig, (header, { topics, clock }) => {
  const holdMs = Math.min(header.rwHoldMs ?? 0, holdMsMax)
  if (holdMs <= 0 || header.rwKnown !== versionText(topics.dataVersion)) {
    return topicTable(header, topics)
  }
  return new Promise((resolve) => {
    const answer = (): void => {
      timer.cancel()
      forget()
      resolve(topicTable(header, topics))
    }
    const timer = clock.after(holdMs, answer)
    const forget = topics.atChange(answer)
  })
})

function topicTable(
  { topicSeq: from = 0, maxTopicNum }: HeaderOf<(typeof getAllTopicConfig)['header']>,
  topics: Topics,
) {
  const all = [...topics.all()]
  const page = all.slice(from, from + (maxTopicNum ?? all.length))
  return {
    header: { totalTopicNum: all.length },
    ...jsonReply({
      dataVersion: topics.dataVersion,
      mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
      topicConfigTable: Object.fromEntries(page.map((topic) => [topic.topicName, topic])),
      topicQueueMappingDetailMap: {},
      topicQueueMappingInfoMap: {},
    }),
  }
}

const onGetTopicConfig = handle(getTopicConfig, ({ topic }, ports) =>
  jsonReply(topicOf(topic, ports)),
)

const onGetTopicStatsInfo = handle(getTopicStatsInfo, ({ topic }, ports) => {
  const config = topicOf(topic, ports)
  const count = Math.max(config.readQueueNums, config.writeQueueNums)
  const rows = Array.from({ length: count }, (_, queueId) => statsOf({ topic, queueId }, ports))
  const offsetTable = queueMapText(ports.self.brokerName, rows)
  return {
    body: Buffer.from(`{"offsetTable":${offsetTable},"topicPutTps":${ports.stats.putRate(topic)}}`),
  }
})

function statsOf(queue: QueueKey, { queues }: BrokerPorts): readonly [QueueKey, unknown] {
  const minOffset = queues.minOffset(queue)
  const maxOffset = queues.maxOffset(queue)
  const lastUpdateTimestamp = maxOffset > 0 ? (queues.storeTime(queue, maxOffset - 1) ?? 0) : 0
  return [queue, { lastUpdateTimestamp, maxOffset, minOffset }]
}

const onGetSystemTopicListFromBroker = handle(getSystemTopicListFromBroker, (_, ports) => {
  const { brokerName, clusterName, address } = ports.self
  const isSystem = ({ topicName: name }: TopicConfig): boolean =>
    isSystemTopic(name) || name === brokerName || name === clusterName
  const topicList = [...ports.topics.all()].filter(isSystem).map(({ topicName }) => topicName)
  return jsonReply({ brokerAddr: address, topicList })
})

const onQueryTopicConsumeByWho = handle(queryTopicConsumeByWho, ({ topic }, ports) => {
  const groups = [...ports.consumers.groupsOf(topic), ...ports.offsets.groupsOf(topic)]
  return jsonReply({ groupList: [...new Set(groups)] })
})

function topicOf(topic: string, ports: BrokerPorts): TopicConfig {
  const found = ports.topics.find(topic)
  if (!found) throw new MqError('topic-not-found', undefined, { topic })
  return found
}

export const topicHandlers = [
  onUpdateAndCreateTopic,
  onUpdateAndCreateTopicList,
  onDeleteTopicInBroker,
  onGetAllTopicConfig,
  onGetTopicConfig,
  onGetTopicStatsInfo,
  onGetSystemTopicListFromBroker,
  onQueryTopicConsumeByWho,
]
