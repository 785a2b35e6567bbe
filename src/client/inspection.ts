// Looking into a cluster and changing what its administrators may change, over the requests that
// Apache's tools use. Where several brokers have a part each, all are asked and the parts put
// together; one that does not answer fails the call.
// Source: DefaultMQAdminExtImpl, MQClientAPIImpl.

import { MqError } from '../base/errors.ts'
import type { Message } from '../message/message.ts'
import { decodeRecords } from '../message/record.ts'
import { consumerConnection } from '../protocol/bodies/clients.ts'
import { kvTable } from '../protocol/bodies/lists.ts'
import { consumeStats, topicStats } from '../protocol/bodies/stats.ts'
import { subscriptionGroupTable } from '../protocol/bodies/subscription-group.ts'
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  updateBrokerConfig,
} from '../protocol/requests/admin.ts'
import { getConsumerConnectionList } from '../protocol/requests/clients.ts'
import { getAllSubscriptionGroupConfig, getConsumeStats } from '../protocol/requests/groups.ts'
import { invokeBrokerToResetOffset } from '../protocol/requests/offsets.ts'
import { queryMessage } from '../protocol/requests/query.ts'
import { deleteTopicInNamesrv } from '../protocol/requests/route.ts'
import { deleteTopicInBroker, getTopicStatsInfo } from '../protocol/requests/topics.ts'
import type { Brokers, NameServers } from './cluster.ts'
import type { Routes } from './routes.ts'

export type QueueStats = {
  readonly broker: string
  readonly queueId: number
  readonly minOffset: number
  readonly maxOffset: number
  /** Of the newest message, ms since 1970; 0 when there is none. */
  readonly lastStoredAt: number
}

export type GroupProgress = {
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  readonly maxOffset: number
  readonly committedOffset: number
  /** Where the next read goes on: between it and the committed offset is what is in flight. */
  readonly readOffset: number
  /** Store time of the last message that was consumed; 0 when there is none. */
  readonly lastConsumedAt: number
}

export type GroupClient = {
  readonly clientId: string
  /** `ip:port`. */
  readonly address: string
  readonly language: string
  readonly version: number
}

export type KeyedQuery = {
  readonly topic: string
  readonly key: string
  /** Of the store time, ms since 1970. */
  readonly from: number
  readonly to: number
  readonly max: number
  /** The key is a UNIQ_KEY. */
  readonly isId: boolean
}

type Ports = {
  readonly nameServers: Pick<NameServers, 'call'>
  readonly brokers: Pick<Brokers, 'master' | 'any'>
  readonly routes: Pick<Routes, 'route' | 'masters' | 'forget'>
}

const success = 0
const systemError = 1
const missing = 22
const groupMissing = 26
const offline = 206

export class Inspection {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async topicStats(topic: string): Promise<readonly QueueStats[]> {
    const { queues } = await this.#ports.routes.route(topic)
    const names = [...new Set(queues.map(({ broker }) => broker))]
    const parts = await Promise.all(
      names.map(async (broker) => {
        const { body } = await this.#ports.brokers.any(broker, getTopicStatsInfo, { topic })
        return topicStats.parse(body).offsetTable.map(([queue, stats]) => ({
          broker,
          queueId: queue.queueId,
          minOffset: stats.minOffset,
          maxOffset: stats.maxOffset,
          lastStoredAt: stats.lastUpdateTimestamp,
        }))
      }),
    )
    return parts.flat()
  }

  /** Names of the groups that brokers know, in order. */
  async groups(): Promise<readonly string[]> {
    const parts = await this.#everyMaster(async (broker) => {
      const { body } = await this.#ports.brokers.master(broker, getAllSubscriptionGroupConfig, {})
      return [...subscriptionGroupTable.parse(body).subscriptionGroupTable.keys()]
    })
    return [...new Set(parts.flat())].sort()
  }

  async progress(consumerGroup: string): Promise<readonly GroupProgress[]> {
    const accept = [success, systemError, groupMissing]
    const parts = await this.#everyMaster(async (broker) => {
      const header = { consumerGroup }
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
    return parts.flat()
  }

  /** Those that send heartbeats: a client that pops through a gateway does not. */
  async clients(consumerGroup: string): Promise<readonly GroupClient[]> {
    const accept = [success, offline, systemError]
    const parts = await this.#everyMaster(async (broker) => {
      const header = { consumerGroup }
      const options = { accept }
      const { brokers } = this.#ports
      const answer = await brokers.master(broker, getConsumerConnectionList, header, options)
      if (answer.code !== success) return []
      return consumerConnection.parse(answer.body).connectionSet.map((one) => ({
        clientId: one.clientId,
        address: one.clientAddr,
        language: one.language,
        version: one.version,
      }))
    })
    return [...new Map(parts.flat().map((one) => [one.clientId, one])).values()]
  }

  /** The newest messages with the key, of every broker that has the topic. */
  async byKey(query: KeyedQuery): Promise<readonly { message: Message; broker: string }[]> {
    const { queues } = await this.#ports.routes.route(query.topic)
    const header = {
      topic: query.topic,
      key: query.key,
      maxNum: query.max,
      beginTimestamp: query.from,
      endTimestamp: query.to,
      ...(query.isId && { uniqueKeyQuery: true, indexType: 'U' }),
    }
    const names = [...new Set(queues.map(({ broker }) => broker))]
    const parts = await Promise.all(
      names.map(async (broker) => {
        const accept = [success, missing]
        const answer = await this.#ports.brokers.any(broker, queryMessage, header, { accept })
        if (answer.code !== success) return []
        return decodeRecords(answer.body).map((message) => ({ message, broker }))
      }),
    )
    // Others may have the same hash.
    return parts.flat().filter(({ message }) => hasKey(message, query))
  }

  /** Sets where a group goes on in one queue. */
  async seek(
    group: string,
    queue: { readonly topic: string; readonly broker: string; readonly queueId: number },
    offset: number,
  ): Promise<void> {
    const { topic, queueId } = queue
    const header = { group, topic, queueId, offset, timestamp: 0, isForce: true }
    await this.#ports.brokers.master(queue.broker, invokeBrokerToResetOffset, header)
  }

  /** Figures of a broker by name, as Apache's tools show them. */
  async brokerFigures(broker: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ports.brokers.any(broker, getBrokerRuntimeInfo, {})
    return kvTable.parse(body).table
  }

  async brokerConfig(broker: string): Promise<string> {
    const { body } = await this.#ports.brokers.master(broker, getBrokerConfig, {})
    return Buffer.from(body).toString('utf8')
  }

  /** `properties`: lines of `name=value`. */
  async updateBrokerConfig(broker: string, properties: string): Promise<void> {
    const body = Buffer.from(properties, 'utf8')
    await this.#ports.brokers.master(broker, updateBrokerConfig, {}, { body })
  }

  /** From every broker and name server; its messages cannot be read any more. */
  async deleteTopic(topic: string): Promise<void> {
    await this.#everyMaster((broker) =>
      this.#ports.brokers.master(broker, deleteTopicInBroker, { topic }),
    )
    await this.#ports.nameServers.call(deleteTopicInNamesrv, { topic })
    this.#ports.routes.forget(topic)
  }

  async #everyMaster<T>(ask: (broker: string) => Promise<T>): Promise<T[]> {
    const masters = await this.#ports.routes.masters()
    if (masters.size === 0) throw new MqError('broker-unavailable', 'there is no broker')
    return Promise.all([...masters.keys()].map(ask))
  }
}

function hasKey(message: Message, { key, isId }: KeyedQuery): boolean {
  if (message.messageId === key) return true
  return !isId && (message.properties.get('KEYS') ?? '').split(' ').includes(key)
}
