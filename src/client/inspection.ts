// Looking into a cluster and changing what its administrators may change, over the requests that
// Apache's tools use.
// Source: DefaultMQAdminExtImpl, MQClientAPIImpl.

import { MqError } from '../base/errors.ts'
import { parseProperties, printProperties } from '../base/java-properties.ts'
import { parseOffsetMessageId } from '../message/id.ts'
import type { Message } from '../message/message.ts'
import { propertyNames } from '../message/properties.ts'
import { decodeRecords } from '../message/record.ts'
import {
  consumeDirectlyResult,
  consumerConnection,
  consumerRunningInfo,
} from '../protocol/bodies/clients.ts'
import { groupList, kvTable } from '../protocol/bodies/lists.ts'
import { resetOffset } from '../protocol/bodies/offsets.ts'
import { haStatus } from '../protocol/bodies/replication.ts'
import { consumeStats, consumeTimeSpan, topicStats } from '../protocol/bodies/stats.ts'
import { subscriptionGroup, subscriptionGroupTable } from '../protocol/bodies/subscription-group.ts'
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  updateBrokerConfig,
} from '../protocol/requests/admin.ts'
import {
  consumeMessageDirectly,
  getConsumerConnectionList,
  getConsumerRunningInfo,
} from '../protocol/requests/clients.ts'
import {
  deleteSubscriptionGroup,
  getAllSubscriptionGroupConfig,
  getConsumeStats,
  updateAndCreateSubscriptionGroup,
} from '../protocol/requests/groups.ts'
import { invokeBrokerToResetOffset } from '../protocol/requests/offsets.ts'
import { queryMessage, viewMessageById } from '../protocol/requests/query.ts'
import { getBrokerHaStatus } from '../protocol/requests/replication.ts'
import { deleteTopicInNamesrv } from '../protocol/requests/route.ts'
import {
  deleteTopicInBroker,
  getTopicStatsInfo,
  queryConsumeTimeSpan,
  queryTopicConsumeByWho,
} from '../protocol/requests/topics.ts'
import type { Brokers, NameServers } from './cluster.ts'
import { replicasOf } from './replicas.ts'
import type { Routes } from './routes.ts'
import type { BrokerRoute, QueueAddress } from './topic-route.ts'
import type {
  DirectConsumption,
  FoundMessage,
  GroupChange,
  GroupClient,
  GroupConnections,
  GroupProgress,
  Inspection,
  KeyedQuery,
  QueueStats,
  Replica,
  Subscription,
  TimeSpan,
} from './views.ts'

type Ports = {
  readonly nameServers: Pick<NameServers, 'each'>
  readonly brokers: Pick<Brokers, 'master' | 'any' | 'at'>
  readonly routes: Pick<Routes, 'route' | 'brokers' | 'brokerNow' | 'masters' | 'forget'>
}

/** One that is gone keeps the view of the others no longer. */
const replicaTimeoutMs = 2000
/** A broker waits 10 s for the client. */
const relayTimeoutMs = 12_000

const success = 0
const systemError = 1
/** QUERY_NOT_FOUND, SUBSCRIPTION_GROUP_NOT_EXIST, CONSUMER_NOT_ONLINE. */
const missing = 22
const groupMissing = 26
const offline = 206

export class ClusterInspection implements Inspection {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async brokers(): Promise<readonly BrokerRoute[]> {
    return [...(await this.#ports.routes.brokers()).values()]
  }

  async replicas(broker: string): Promise<readonly Replica[]> {
    const { brokers, routes } = this.#ports
    // What was known of the set before is the least use when something in it has died.
    return replicasOf(await routes.brokerNow(broker), async (address) => {
      const options = { timeoutMs: replicaTimeoutMs }
      return haStatus.parse((await brokers.at(address, getBrokerHaStatus, {}, options)).body)
    })
  }

  async brokerFigures(broker: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ports.brokers.any(broker, getBrokerRuntimeInfo, {})
    return kvTable.parse(body).table
  }

  async brokerConfig(broker: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ports.brokers.any(broker, getBrokerConfig, {})
    return parseProperties(Buffer.from(body).toString('utf8'))
  }

  async updateBrokerConfig(broker: string, changes: ReadonlyMap<string, string>): Promise<void> {
    const body = Buffer.from(printProperties(changes))
    await this.#ports.brokers.master(broker, updateBrokerConfig, {}, { body })
  }

  async topicStats(topic: string): Promise<readonly QueueStats[]> {
    const parts = await this.#ofTopic(topic, async (broker) => {
      const { body } = await this.#ports.brokers.any(broker, getTopicStatsInfo, { topic })
      return topicStats.parse(body).offsetTable.map(([{ queueId }, stats]) => ({
        broker,
        queueId,
        minOffset: stats.minOffset,
        maxOffset: stats.maxOffset,
        lastStoredAt: stats.lastUpdateTimestamp,
      }))
    })
    return parts.toSorted(byQueue)
  }

  async deleteTopic(topic: string): Promise<void> {
    const { brokers, nameServers, routes } = this.#ports
    await this.#everyMaster(async (broker) => {
      await brokers.master(broker, deleteTopicInBroker, { topic })
    })
    await nameServers.each(deleteTopicInNamesrv, { topic })
    routes.forget(topic)
  }

  async groups(): Promise<readonly string[]> {
    const parts = await this.#everyMaster(async (broker) => {
      const { body } = await this.#ports.brokers.master(broker, getAllSubscriptionGroupConfig, {})
      return [...subscriptionGroupTable.parse(body).subscriptionGroupTable.keys()]
    })
    return [...new Set(parts.flat())].sort()
  }

  async createGroup(
    groupName: string,
    { retryMaxTimes, isOrdered }: GroupChange = {},
  ): Promise<void> {
    const body = subscriptionGroup.print({
      ...subscriptionGroup.parse(Buffer.from(JSON.stringify({ groupName }))),
      ...(retryMaxTimes !== undefined && { retryMaxTimes }),
      ...(isOrdered !== undefined && { consumeMessageOrderly: isOrdered }),
    })
    await this.#everyMaster(async (broker) => {
      await this.#ports.brokers.master(broker, updateAndCreateSubscriptionGroup, {}, { body })
    })
  }

  async deleteGroup(groupName: string): Promise<void> {
    const header = { groupName, cleanOffset: true }
    await this.#everyMaster(async (broker) => {
      await this.#ports.brokers.master(broker, deleteSubscriptionGroup, header)
    })
  }

  async progress(consumerGroup: string, topic?: string): Promise<readonly GroupProgress[]> {
    const accept = [success, systemError, missing, groupMissing]
    const header = { consumerGroup, topic }
    const parts = await this.#everyMaster(async (broker) => {
      const answer = await this.#ports.brokers.master(broker, getConsumeStats, header, { accept })
      if (answer.code !== success) return []
      return consumeStats.parse(answer.body).offsetTable.map(([queue, stats]) => ({
        topic: queue.topic,
        broker,
        queueId: queue.queueId,
        maxOffset: stats.brokerOffset,
        committedOffset: stats.consumerOffset,
        readOffset: Math.max(stats.pullOffset, stats.consumerOffset),
        lastConsumedAt: stats.lastTimestamp,
      }))
    })
    return parts.flat().toSorted((a, b) => a.topic.localeCompare(b.topic) || byQueue(a, b))
  }

  async clients(consumerGroup: string): Promise<readonly GroupClient[]> {
    return (await this.connections(consumerGroup)).clients
  }

  async connections(consumerGroup: string): Promise<GroupConnections> {
    const accept = [success, offline, systemError]
    const parts = await this.#everyMaster(async (broker) => {
      const header = { consumerGroup }
      const options = { accept }
      const { brokers } = this.#ports
      const answer = await brokers.master(broker, getConsumerConnectionList, header, options)
      if (answer.code !== success) return []
      return [consumerConnection.parse(answer.body)]
    })
    const clients = parts.flat().flatMap(({ connectionSet }) =>
      connectionSet.map(({ clientId, clientAddr: address, language, version }) => ({
        ...{ clientId, address, language, version },
      })),
    )
    const subscriptions = parts
      .flat()
      .flatMap(({ subscriptionTable }) => [...subscriptionTable.values()].map(subscriptionOf))
      .toSorted((a, b) => a.topic.localeCompare(b.topic) || a.madeAt - b.madeAt)
    return {
      clients: [...new Map(clients.map((one) => [one.clientId, one])).values()],
      subscriptions: [...new Map(subscriptions.map((one) => [one.topic, one])).values()],
      isBroadcasting: parts.flat().some(({ messageModel }) => messageModel === 'BROADCASTING'),
    }
  }

  async readersOf(topic: string): Promise<readonly string[]> {
    const groups = await this.#ofTopic(topic, async (broker) => {
      const { body } = await this.#ports.brokers.any(broker, queryTopicConsumeByWho, { topic })
      return groupList.parse(body).groupList
    })
    return [...new Set(groups)].sort()
  }

  async timeSpans(group: string, topic: string): Promise<readonly TimeSpan[]> {
    const header = { group, topic }
    const rows = await this.#ofTopic(topic, async (broker) => {
      const { body } = await this.#ports.brokers.any(broker, queryConsumeTimeSpan, header)
      return consumeTimeSpan.parse(body).consumeTimeSpanSet.map((one) => ({
        broker,
        queueId: one.messageQueue.queueId,
        firstStoredAt: one.minTimeStamp,
        lastStoredAt: one.maxTimeStamp,
        consumedStoredAt: one.consumeTimeStamp,
        delayMs: one.delayTime,
      }))
    })
    return rows.toSorted(byQueue)
  }

  async runningInfo(group: string, clientId: string, stacks: boolean) {
    const header = { consumerGroup: group, clientId, jstackEnable: stacks }
    const [broker] = (await this.#ports.routes.masters()).keys()
    if (broker === undefined) throw new MqError('broker-unavailable', 'there is no broker')
    const options = { timeoutMs: relayTimeoutMs }
    const { brokers } = this.#ports
    const { body } = await brokers.master(broker, getConsumerRunningInfo, header, options)
    const { properties, subscriptionSet, jstack } = consumerRunningInfo.parse(body)
    return { properties, subscriptions: subscriptionSet.map(subscriptionOf), stacks: jstack }
  }

  async consumeDirectly(asked: DirectConsumption) {
    const { group, clientId, broker, topic, offsetMessageId } = asked
    const header = {
      ...{ consumerGroup: group, clientId, topic },
      ...{ msgId: offsetMessageId, brokerName: broker },
    }
    const options = { timeoutMs: relayTimeoutMs }
    const { brokers } = this.#ports
    const { body } = await brokers.master(broker, consumeMessageDirectly, header, options)
    return consumeDirectlyResult.parse(body).consumeResult
  }

  async seek(group: string, { topic, broker, queueId }: QueueAddress, offset: number) {
    const header = { group, topic, queueId, offset, timestamp: 0, isForce: true }
    await this.#ports.brokers.master(broker, invokeBrokerToResetOffset, header)
  }

  async seekByTime(group: string, topic: string, timestamp: number) {
    const header = { group, topic, timestamp, isForce: true, queueId: -1, offset: -1 }
    const rows = await this.#ofTopic(topic, async (broker) => {
      const { body } = await this.#ports.brokers.master(broker, invokeBrokerToResetOffset, header)
      return resetOffset
        .parse(body)
        .offsetTable.map(([{ queueId }, offset]) => ({ broker, queueId, offset }))
    })
    return rows.toSorted(byQueue)
  }

  async byKey(query: KeyedQuery): Promise<readonly FoundMessage[]> {
    const { topic, key, isId } = query
    const header = {
      topic,
      key,
      maxNum: query.max,
      beginTimestamp: query.from ?? 0,
      endTimestamp: query.to ?? Number.MAX_SAFE_INTEGER,
      ...(isId && { uniqueKeyQuery: true, indexType: 'U' }),
    }
    const found = await this.#ofTopic(topic, async (broker) => {
      const asked = this.#ports.brokers.any(broker, queryMessage, header)
      // An answer that says so has no header.
      const answer = await asked.catch((error: unknown) => {
        if (error instanceof MqError && error.failure === 'not-found') return undefined
        throw error
      })
      return messagesOf(answer?.body, broker)
    })
    // Others may have the same hash.
    return found.filter(({ message }) => hasKey(message, query))
  }

  async byId(topic: string, id: string): Promise<FoundMessage | undefined> {
    const [byUniqueId] = await this.byKey({ topic, key: id, max: 1, isId: true })
    const place = parseOffsetMessageId(id)
    if (byUniqueId || !place) return byUniqueId
    const header = { topic, offset: place.position }
    const found = await this.#ofTopic(topic, async (broker) => {
      const asked = this.#ports.brokers.any(broker, viewMessageById, header)
      // A broker that has something else there, or nothing, refuses in one way or another.
      const answer = await asked.catch((error: unknown) => {
        if (error instanceof MqError && error.detail['code'] !== undefined) return undefined
        throw error
      })
      return messagesOf(answer?.body, broker)
    })
    return found.find(({ message }) => message.offsetMessageId === id)
  }

  async #everyMaster<T>(ask: (broker: string) => Promise<T>): Promise<T[]> {
    const masters = await this.#ports.routes.masters()
    if (masters.size === 0) throw new MqError('broker-unavailable', 'there is no broker')
    return Promise.all([...masters.keys()].map(ask))
  }

  /** Asks each broker that has queues of the topic. */
  async #ofTopic<T>(
    topic: string,
    ask: (broker: string) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const { queues } = await this.#ports.routes.route(topic)
    const names = [...new Set(queues.map(({ broker }) => broker))]
    return (await Promise.all(names.map(ask))).flat()
  }
}

type SubscriptionData = ReturnType<typeof consumerRunningInfo.parse>['subscriptionSet'][number]

const subscriptionOf = (given: SubscriptionData): Subscription => ({
  topic: given.topic,
  type: given.expressionType === 'TAG' ? 'TAG' : 'SQL',
  expression: given.subString,
  madeAt: given.subVersion,
})

const messagesOf = (body: Uint8Array | undefined, broker: string): readonly FoundMessage[] =>
  body ? decodeRecords(body).map((message) => ({ message, broker })) : []

type Queue = { readonly broker: string; readonly queueId: number }

const byQueue = (a: Queue, b: Queue): number =>
  a.broker.localeCompare(b.broker) || a.queueId - b.queueId

function hasKey(message: Message, { key, isId }: KeyedQuery): boolean {
  if (message.messageId === key) return true
  const keys = message.properties.get(propertyNames.keys) ?? ''
  return !isId && keys.split(' ').includes(key)
}
