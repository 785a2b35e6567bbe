// What people ask of a cluster: its brokers, topics, groups, clients and messages, over the
// requests that Apache's tools use. Answers are plain values, ready to be printed.
// Source: DefaultMQAdminExtImpl.

import { MqError } from '../base/errors.ts'
import { parseProperties, printProperties } from '../base/java-properties.ts'
import { parseOffsetMessageId } from '../message/id.ts'
import type { Message } from '../message/message.ts'
import { propertyNames } from '../message/properties.ts'
import { decodeRecords } from '../message/record.ts'
import { consumerConnection } from '../protocol/bodies/clients.ts'
import { kvTable } from '../protocol/bodies/lists.ts'
import { resetOffset } from '../protocol/bodies/offsets.ts'
import { consumeStats, topicStats } from '../protocol/bodies/stats.ts'
import { subscriptionGroup, subscriptionGroupTable } from '../protocol/bodies/subscription-group.ts'
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  updateBrokerConfig,
} from '../protocol/requests/admin.ts'
import { getConsumerConnectionList } from '../protocol/requests/clients.ts'
import {
  deleteSubscriptionGroup,
  getAllSubscriptionGroupConfig,
  getConsumeStats,
  updateAndCreateSubscriptionGroup,
} from '../protocol/requests/groups.ts'
import { invokeBrokerToResetOffset } from '../protocol/requests/offsets.ts'
import { queryMessage, viewMessageById } from '../protocol/requests/query.ts'
import { deleteTopicInNamesrv } from '../protocol/requests/route.ts'
import { deleteTopicInBroker, getTopicStatsInfo } from '../protocol/requests/topics.ts'
import type { Brokers, NameServers } from './cluster.ts'
import type { Routes } from './routes.ts'
import type { BrokerRoute } from './types.ts'

type Ports = {
  readonly nameServers: Pick<NameServers, 'call'>
  readonly brokers: Pick<Brokers, 'master' | 'any'>
  readonly routes: Pick<Routes, 'route' | 'brokers' | 'masters' | 'forget'>
}

export type QueueFigures = {
  readonly broker: string
  readonly queueId: number
  readonly minOffset: number
  readonly maxOffset: number
  /** ms since 1970; 0 when the queue is empty. */
  readonly lastStoredAt: number
}

export type QueueLag = {
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  readonly consumerOffset: number
  readonly maxOffset: number
  readonly lag: number
  /** Store time of the last message that was consumed, ms since 1970; 0 when there is none. */
  readonly consumedAt: number
}

export type GroupClient = {
  readonly broker: string
  readonly clientId: string
  readonly address: string
  readonly language: string
  readonly version: number
  readonly subscriptions: readonly string[]
}

const success = 0
/** CONSUMER_NOT_ONLINE. */
const offline = 206
/** SUBSCRIPTION_GROUP_NOT_EXIST, and QUERY_NOT_FOUND. */
const groupMissing = 26
const notFound = 22

export class Tools {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Every replica set, masters or not. */
  async brokers(): Promise<readonly BrokerRoute[]> {
    return [...(await this.#ports.routes.brokers()).values()]
  }

  /** By Apache's names. */
  async brokerStatus(broker: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ports.brokers.any(broker, getBrokerRuntimeInfo, {})
    return kvTable.parse(body).table
  }

  async brokerConfig(broker: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ports.brokers.any(broker, getBrokerConfig, {})
    return parseProperties(Buffer.from(body).toString('utf8'))
  }

  async configureBroker(broker: string, changes: ReadonlyMap<string, string>): Promise<void> {
    const body = Buffer.from(printProperties([...changes]))
    await this.#ports.brokers.master(broker, updateBrokerConfig, {}, { body })
  }

  async topicQueues(topic: string): Promise<readonly QueueFigures[]> {
    const { queues } = await this.#ports.routes.route(topic)
    const found = await Promise.all(
      queues.map(async ({ broker }) => {
        const { body } = await this.#ports.brokers.any(broker, getTopicStatsInfo, { topic })
        return topicStats.parse(body).offsetTable
      }),
    )
    const rows = found.flat().map(([{ brokerName, queueId }, row]) => ({
      broker: brokerName,
      queueId,
      minOffset: row.minOffset,
      maxOffset: row.maxOffset,
      lastStoredAt: row.lastUpdateTimestamp,
    }))
    return rows.toSorted(byQueue)
  }

  /** From every master of the clusters that have it, and then from the name server. */
  async deleteTopic(topic: string): Promise<void> {
    const { brokers } = await this.#ports.routes.route(topic)
    for (const { name } of brokers) {
      await this.#ports.brokers.master(name, deleteTopicInBroker, { topic })
    }
    for (const clusterName of new Set(brokers.map(({ cluster }) => cluster))) {
      await this.#ports.nameServers.call(deleteTopicInNamesrv, { topic, clusterName })
    }
    this.#ports.routes.forget(topic)
  }

  async groups(): Promise<readonly string[]> {
    const found = await this.#ofMasters(async (broker) => {
      const { body } = await this.#ports.brokers.master(broker, getAllSubscriptionGroupConfig, {})
      return [...subscriptionGroupTable.parse(body).subscriptionGroupTable.keys()]
    })
    return [...new Set(found)].sort()
  }

  /** On every master; what is not said is as in Java. */
  async createGroup(
    name: string,
    given: { readonly retryMaxTimes?: number; readonly isOrdered?: boolean } = {},
  ): Promise<void> {
    const body = subscriptionGroup.print({
      ...subscriptionGroup.parse(Buffer.from(JSON.stringify({ groupName: name }))),
      ...(given.retryMaxTimes !== undefined && { retryMaxTimes: given.retryMaxTimes }),
      ...(given.isOrdered !== undefined && { consumeMessageOrderly: given.isOrdered }),
    })
    for (const broker of (await this.#ports.routes.masters()).keys()) {
      await this.#ports.brokers.master(broker, updateAndCreateSubscriptionGroup, {}, { body })
    }
  }

  /** With its offsets. */
  async deleteGroup(groupName: string): Promise<void> {
    const header = { groupName, cleanOffset: true }
    for (const broker of (await this.#ports.routes.masters()).keys()) {
      await this.#ports.brokers.master(broker, deleteSubscriptionGroup, header)
    }
  }

  /** Of one topic, or of all that the group has read. */
  async groupLag(group: string, topic?: string): Promise<readonly QueueLag[]> {
    const header = { consumerGroup: group, topic }
    const accept = [success, groupMissing, notFound]
    const rows = await this.#ofMasters(async (broker) => {
      const answer = await this.#ports.brokers.master(broker, getConsumeStats, header, { accept })
      return answer.code === success ? consumeStats.parse(answer.body).offsetTable : []
    })
    return rows
      .map(([queue, row]) => ({
        topic: queue.topic,
        broker: queue.brokerName,
        queueId: queue.queueId,
        consumerOffset: row.consumerOffset,
        maxOffset: row.brokerOffset,
        lag: row.brokerOffset - row.consumerOffset,
        consumedAt: row.lastTimestamp,
      }))
      .toSorted((a, b) => a.topic.localeCompare(b.topic) || byQueue(a, b))
  }

  async groupClients(group: string): Promise<readonly GroupClient[]> {
    return this.#ofMasters(async (broker) => {
      const answer = await this.#ports.brokers.master(
        broker,
        getConsumerConnectionList,
        { consumerGroup: group },
        { accept: [success, offline] },
      )
      if (answer.code === offline) return []
      const { connectionSet, subscriptionTable } = consumerConnection.parse(answer.body)
      return connectionSet.map(({ clientId, clientAddr, language, version }) => ({
        broker,
        clientId,
        address: clientAddr,
        language,
        version,
        subscriptions: [...subscriptionTable.keys()],
      }))
    })
  }

  /** To the first message at or after `timestamp`; -1 stands for the end. */
  async resetGroup(group: string, topic: string, timestamp: number) {
    const { queues } = await this.#ports.routes.route(topic)
    const header = { group, topic, timestamp, isForce: true, queueId: -1, offset: -1 }
    const rows = await Promise.all(
      queues.map(async ({ broker }) => {
        const { body } = await this.#ports.brokers.master(broker, invokeBrokerToResetOffset, header)
        return resetOffset.parse(body).offsetTable
      }),
    )
    return rows
      .flat()
      .map(([{ brokerName, queueId }, offset]) => ({ broker: brokerName, queueId, offset }))
      .toSorted(byQueue)
  }

  /** Messages with the key, or with the unique id, newest first as brokers give them. */
  async findMessages(
    topic: string,
    key: string,
    given: { readonly isUniqueId?: boolean; readonly max?: number } = {},
  ): Promise<readonly Message[]> {
    const { queues } = await this.#ports.routes.route(topic)
    const isUnique = given.isUniqueId ?? false
    const header = {
      topic,
      key,
      maxNum: given.max ?? 32,
      beginTimestamp: 0,
      endTimestamp: Number.MAX_SAFE_INTEGER,
      uniqueKeyQuery: isUnique,
      indexType: isUnique ? 'U' : 'K',
    }
    const found = await Promise.all(
      queues.map(async ({ broker }) => {
        const asked = this.#ports.brokers.any(broker, queryMessage, header)
        const answer = await asked.catch((error: unknown) => {
          if (error instanceof MqError && error.failure === 'not-found') return undefined
          throw error
        })
        return answer ? decodeRecords(answer.body) : []
      }),
    )
    // The index knows hashes only.
    return found
      .flat()
      .filter(({ properties, messageId }) =>
        isUnique
          ? messageId === key
          : (properties.get(propertyNames.keys) ?? '').split(' ').includes(key),
      )
  }

  /** By its place, if that is an offset message id, else by its unique id. */
  async message(topic: string, id: string): Promise<Message | undefined> {
    const place = parseOffsetMessageId(id)
    const { queues } = await this.#ports.routes.route(topic)
    const byUniqueId = await this.findMessages(topic, id, { isUniqueId: true, max: 1 })
    if (byUniqueId[0] || !place) return byUniqueId[0]
    for (const { broker } of queues) {
      const header = { topic, offset: place.position }
      const answer = await this.#ports.brokers
        .any(broker, viewMessageById, header)
        .catch((error: unknown) => {
          if (error instanceof MqError && error.detail['code'] !== undefined) return undefined
          throw error
        })
      const [found] = answer ? decodeRecords(answer.body) : []
      if (found?.offsetMessageId === id) return found
    }
    return undefined
  }

  async #ofMasters<T>(ask: (broker: string) => Promise<readonly T[]>): Promise<readonly T[]> {
    const names = [...(await this.#ports.routes.masters()).keys()]
    return (await Promise.all(names.map(ask))).flat()
  }
}

const byQueue = (
  a: { readonly broker: string; readonly queueId: number },
  b: { readonly broker: string; readonly queueId: number },
): number => a.broker.localeCompare(b.broker) || a.queueId - b.queueId
