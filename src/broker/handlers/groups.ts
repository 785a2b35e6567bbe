// Consumer groups: made, changed, removed and looked at. A change is answered when it is on
// disk.
//
// Serves UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, …_LIST, GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
// GET_SUBSCRIPTIONGROUP_CONFIG, DELETE_SUBSCRIPTIONGROUP, GET_CONSUME_STATS,
// QUERY_TOPICS_BY_CONSUMER, QUERY_SUBSCRIPTION_BY_CONSUMER.
//
// Not served: consume rates in the stats, which are 0.
// Source: AdminBrokerProcessor, SubscriptionGroupManager.

import { z } from 'zod'
import { MqError } from '../../base/errors.ts'
import {
  deleteSubscriptionGroup,
  getAllSubscriptionGroupConfig,
  getConsumeStats,
  getSubscriptionGroupConfig,
  querySubscriptionByConsumer,
  queryTopicsByConsumer,
  updateAndCreateSubscriptionGroup,
  updateAndCreateSubscriptionGroupList,
} from '../../protocol/requests/groups.ts'
import { parseGroupConfig } from '../groups.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, parseBody, queueMapText } from '../json-body.ts'
import { checkGroupName, isRetryTopic } from '../names.ts'
import type { GroupConfig, QueueKey } from '../ports.ts'
import { subscriptionBody } from './clients.ts'

const retryQueueNumsMax = 1024
const groupListJson = z.object({ groupConfigList: z.array(z.unknown()).max(10_000) })

const onUpdateAndCreateSubscriptionGroup = handle(
  updateAndCreateSubscriptionGroup,
  (_, ports, call) => {
    change([checked(parseBody(z.unknown(), call.body))], ports)
    return ports.groups.saved().then(() => ({}))
  },
)

const onUpdateAndCreateSubscriptionGroupList = handle(
  updateAndCreateSubscriptionGroupList,
  (_, ports, call) => {
    change(parseBody(groupListJson, call.body).groupConfigList.map(checked), ports)
    return ports.groups.saved().then(() => ({}))
  },
)

function checked(value: unknown): GroupConfig {
  const group = parseGroupConfig(value)
  checkGroupName(group.groupName)
  if (group.retryQueueNums < 0 || group.retryQueueNums > retryQueueNumsMax) {
    throw new MqError('invalid-argument', 'the number of retry queues is out of range', {
      retryQueueNumsMax,
    })
  }
  return group
}

/** Attributes are changes (`+name` sets, `-name` removes); everything else is replaced. */
function change(groups: readonly GroupConfig[], ports: BrokerPorts): void {
  for (const group of groups) {
    const known = ports.groups.has(group.groupName) ? ports.groups.find(group.groupName) : undefined
    const attributes: Record<string, string> = { ...known?.attributes }
    for (const [name, value] of Object.entries(group.attributes)) {
      if (name.startsWith('-')) delete attributes[name.slice(1)]
      else attributes[name.startsWith('+') ? name.slice(1) : name] = value
    }
    ports.groups.put({ ...group, attributes })
  }
}

const onGetAllSubscriptionGroupConfig = handle(
  getAllSubscriptionGroupConfig,
  (header, { groups }) => {
    const all = [...groups.all()]
    const from = header.groupSeq ?? 0
    const page = all.slice(from, from + (header.maxGroupNum ?? all.length))
    return {
      header: { totalGroupNum: all.length },
      ...jsonReply({
        dataVersion: groups.dataVersion,
        forbiddenTable: {},
        subscriptionGroupTable: Object.fromEntries(page.map((group) => [group.groupName, group])),
      }),
    }
  },
)

const onGetSubscriptionGroupConfig = handle(getSubscriptionGroupConfig, ({ group }, { groups }) => {
  const found = groups.has(group) ? groups.find(group) : undefined
  if (!found) throw new MqError('group-not-found', undefined, { group })
  return jsonReply(found)
})

const onDeleteSubscriptionGroup = handle(deleteSubscriptionGroup, (header, ports) => {
  ports.groups.remove(header.groupName)
  if (header.cleanOffset) ports.offsets.removeGroup(header.groupName)
  return ports.groups.saved().then(() => ({}))
})

const onGetConsumeStats = handle(getConsumeStats, (header, ports) => {
  const { consumerGroup, topic, topicList } = header
  const asked = topicList?.split(';').filter((name) => name !== '') ?? (topic ? [topic] : [])
  const topics = asked.length > 0 ? asked : ports.offsets.topicsOf(consumerGroup)
  const rows = topics.flatMap((name) => statsOf(consumerGroup, name, ports))
  const offsetTable = queueMapText(ports.self.brokerName, rows)
  return { body: Buffer.from(`{"consumeTps":0.0,"offsetTable":${offsetTable}}`) }
})

function statsOf(group: string, topic: string, ports: BrokerPorts): [QueueKey, unknown][] {
  const config = ports.topics.find(topic)
  if (!config) return []
  const online = ports.consumers.find(group)
  if (online && online.subscriptions.size > 0 && !online.subscriptions.has(topic)) return []

  return Array.from({ length: config.readQueueNums }, (_, queueId) => {
    const queue = { topic, queueId }
    const committed = ports.offsets.find(group, queue)
    // A group that has not committed begins with what is there, and shows all of it as due.
    const consumerOffset = committed ?? (isRetryTopic(topic) ? 0 : startOf(queue, ports))
    const lastTimestamp =
      consumerOffset > 0 ? (ports.queues.storeTime(queue, consumerOffset - 1) ?? 0) : 0
    return [
      queue,
      {
        brokerOffset: ports.queues.maxOffset(queue),
        consumerOffset,
        lastTimestamp,
        pullOffset: ports.offsets.pulledTo(group, queue) ?? consumerOffset,
      },
    ]
  })
}

const startOf = (queue: QueueKey, { queues }: BrokerPorts): number =>
  Math.max(0, queues.minOffset(queue))

const onQueryTopicsByConsumer = handle(queryTopicsByConsumer, ({ group }, ports) =>
  jsonReply({ brokerAddr: ports.self.address, topicList: ports.offsets.topicsOf(group) }),
)

const onQuerySubscriptionByConsumer = handle(
  querySubscriptionByConsumer,
  ({ group, topic }, { consumers }) => {
    const subscription = consumers.find(group)?.subscriptions.get(topic ?? '')
    return jsonReply({
      group,
      topic,
      ...(subscription ? { subscriptionData: subscriptionBody(subscription) } : {}),
    })
  },
)

export const groupHandlers = [
  onUpdateAndCreateSubscriptionGroup,
  onUpdateAndCreateSubscriptionGroupList,
  onGetAllSubscriptionGroupConfig,
  onGetSubscriptionGroupConfig,
  onDeleteSubscriptionGroup,
  onGetConsumeStats,
  onQueryTopicsByConsumer,
  onQuerySubscriptionByConsumer,
]
