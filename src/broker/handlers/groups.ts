// Consumer groups: made, changed, removed and looked at. A change is answered when it is on
// disk.
//
// Serves UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, …_LIST, GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
// GET_SUBSCRIPTIONGROUP_CONFIG, DELETE_SUBSCRIPTIONGROUP, UPDATE_AND_GET_GROUP_FORBIDDEN,
// GET_CONSUME_STATS, GET_BROKER_CONSUME_STATS, QUERY_TOPICS_BY_CONSUMER,
// QUERY_SUBSCRIPTION_BY_CONSUMER.
//
// Source: AdminBrokerProcessor, SubscriptionGroupManager.

import * as z from 'zod'
import { MqError } from '../../base/errors.ts'
import {
  deleteSubscriptionGroup,
  getAllSubscriptionGroupConfig,
  getBrokerConsumeStats,
  getConsumeStats,
  getSubscriptionGroupConfig,
  querySubscriptionByConsumer,
  queryTopicsByConsumer,
  updateAndCreateSubscriptionGroup,
  updateAndCreateSubscriptionGroupList,
  updateAndGetGroupForbidden,
} from '../../protocol/requests/groups.ts'
import { behind, consumeStats, consumeStatsText } from '../consume-stats.ts'
import { parseGroupConfig } from '../groups.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, parseBody } from '../json-body.ts'
import { checkGroupName } from '../names.ts'
import type { GroupConfig } from '../ports.ts'
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
  const found = topics.flatMap((name) => consumeStats(consumerGroup, name, ports) ?? [])
  const all = {
    consumeTps: found.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
    rows: found.flatMap(({ rows }) => rows),
  }
  return { body: Buffer.from(consumeStatsText(ports.self.brokerName, all)) }
})

/** Every group with offsets; `isOrder` asks for ordered topics only. */
const onGetBrokerConsumeStats = handle(getBrokerConsumeStats, ({ isOrder }, ports) => {
  const { brokerName, address } = ports.self
  let totalDiff = 0
  const texts = [...ports.groups.all()].map(({ groupName }) => {
    const topics = ports.offsets
      .topicsOf(groupName)
      .filter((name) => !isOrder || ports.topics.find(name)?.order === true)
    const stats = topics.flatMap((name) => consumeStats(groupName, name, ports) ?? [])
    for (const one of stats) totalDiff += behind(one)
    const list = stats.map((one) => consumeStatsText(brokerName, one)).join(',')
    return `{${JSON.stringify(groupName)}:[${list}]}`
  })
  const brokerAddr = JSON.stringify(address)
  const list = texts.join(',')
  return {
    body: Buffer.from(
      `{"brokerAddr":${brokerAddr},"consumeStatsList":[${list}],"totalDiff":${totalDiff},"totalInflightDiff":0}`,
    ),
  }
})

const onUpdateAndGetGroupForbidden = handle(updateAndGetGroupForbidden, async (header, ports) => {
  const { group, topic, readable } = header
  if (readable !== undefined) {
    if (!ports.groups.has(group)) throw new MqError('group-not-found', undefined, { group })
    if (!ports.topics.find(topic)) throw new MqError('topic-not-found', undefined, { topic })
    ports.groups.forbidRead(group, topic, !readable)
    await ports.groups.saved()
  }
  return jsonReply({ group, readable: !ports.groups.isReadForbidden(group, topic), topic })
})

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
  onUpdateAndGetGroupForbidden,
  onGetConsumeStats,
  onGetBrokerConsumeStats,
  onQueryTopicsByConsumer,
  onQuerySubscriptionByConsumer,
]
