// Topics and groups as brokers have them, over the requests that Apache's tools use.
// Source: MQClientAPIImpl, DefaultMQAdminExtImpl.

import { MqError } from '../base/errors.ts'
import { heartbeatData } from '../protocol/bodies/heartbeat.ts'
import { topicList } from '../protocol/bodies/lists.ts'
import { type RetryPolicy, subscriptionGroup } from '../protocol/bodies/subscription-group.ts'
import { topicConfig } from '../protocol/bodies/topic-config.ts'
import { heartBeat } from '../protocol/requests/clients.ts'
import { getSubscriptionGroupConfig } from '../protocol/requests/groups.ts'
import { getAllTopicListFromNameserver } from '../protocol/requests/route.ts'
import { getTopicConfig, updateAndCreateTopic } from '../protocol/requests/topics.ts'
import type { Brokers, NameServers } from './cluster.ts'
import type { Routes } from './routes.ts'
import type { GroupSettings, TopicSettings } from './types.ts'

/** How long a new topic may take to appear in routes before that is left to chance. */
const appearanceMs = 2000

const success = 0
const groupMissing = 26

type Ports = {
  readonly clientId: string
  readonly nameServers: Pick<NameServers, 'call'>
  readonly brokers: Pick<Brokers, 'master'>
  readonly routes: Pick<Routes, 'route' | 'masters' | 'forget' | 'appearance'>
}

export class Admin {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async topics(): Promise<readonly string[]> {
    const { body } = await this.#ports.nameServers.call(getAllTopicListFromNameserver, {})
    return topicList.parse(body).topicList
  }

  /** Tries every broker, then rejects with the first failure, which names its broker. */
  async createTopic(settings: TopicSettings, brokers?: readonly string[]): Promise<void> {
    const { routes } = this.#ports
    const names = brokers ?? [...(await routes.masters()).keys()]
    if (names.length === 0) throw new MqError('broker-unavailable', 'there is no broker')
    const header = topicHeader(settings)
    const created = await Promise.allSettled(
      names.map((name) => this.#ports.brokers.master(name, updateAndCreateTopic, header)),
    )
    routes.forget(settings.name)
    for (const [at, result] of created.entries()) {
      if (result.status === 'rejected') throw ofBroker(result.reason, names[at] ?? '')
    }
    await routes.appearance(settings.name, names, appearanceMs)
  }

  /** As the first broker of the route has it. */
  async topicSettings(topic: string): Promise<TopicSettings> {
    const { queues } = await this.#ports.routes.route(topic)
    const [first] = queues
    if (!first) throw new MqError('topic-not-found', undefined, { topic })
    const { body } = await this.#ports.brokers.master(first.broker, getTopicConfig, { topic })
    return readTopicSettings(body)
  }

  async dedupWindowMs(broker: string): Promise<number> {
    const body = heartbeatData.print({
      clientID: this.#ports.clientId,
      consumerDataSet: [],
      producerDataSet: [],
      heartbeatFingerprint: 0,
      withoutSub: false,
    })
    const { header } = await this.#ports.brokers.master(broker, heartBeat, {}, { body })
    return header.rwDedupWindowMs ?? 0
  }

  async groupSettings(group: string): Promise<GroupSettings> {
    for (const name of (await this.#ports.routes.masters()).keys()) {
      const header = { group }
      const answer = await this.#ports.brokers.master(name, getSubscriptionGroupConfig, header, {
        accept: [success, groupMissing],
      })
      if (answer.code === success) return readGroupSettings(answer.body)
    }
    throw new MqError('group-not-found', undefined, { group })
  }
}

const topicHeader = ({ name, attributes, ...settings }: TopicSettings) => ({
  topic: name,
  defaultTopic: 'TBW102',
  readQueueNums: settings.readQueues,
  writeQueueNums: settings.writeQueues,
  perm: settings.perm,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: settings.order,
  attributes: [...attributes].map(([key, value]) => `+${key}=${value}`).join(),
  force: false,
})

function ofBroker(error: unknown, broker: string): unknown {
  if (!(error instanceof MqError)) return error
  const detail = { ...error.detail, broker }
  return new MqError(error.failure, error.message, detail, { cause: error })
}

/** Reads TopicConfig. Throws `malformed-body`. */
export function readTopicSettings(body: Uint8Array): TopicSettings {
  const { topicName, readQueueNums, writeQueueNums, perm, order, attributes } =
    topicConfig.parse(body)
  return {
    name: topicName,
    readQueues: readQueueNums,
    writeQueues: writeQueueNums,
    perm,
    order,
    attributes,
  }
}

/** Reads SubscriptionGroupConfig; what is absent is as in Java. Throws `malformed-body`. */
export function readGroupSettings(body: Uint8Array): GroupSettings {
  const config = subscriptionGroup.parse(body)
  return {
    name: config.groupName,
    consumeEnable: config.consumeEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    retryMaxTimes: config.retryMaxTimes,
    retryQueueNums: config.retryQueueNums,
    consumeTimeoutMinutes: config.consumeTimeoutMinute,
    retryPolicy: retryPolicyOf(config.groupRetryPolicy),
  }
}

function retryPolicyOf(policy: RetryPolicy): GroupSettings['retryPolicy'] {
  if (policy.type === 'EXPONENTIAL') {
    const times = policy.exponentialRetryPolicy
    if (times === undefined) return { type: 'EXPONENTIAL' }
    const { initial, max, multiplier } = times
    return { type: 'EXPONENTIAL', initialMs: initial, maxMs: max, multiplier }
  }
  const delaysMs = policy.customizedRetryPolicy?.next
  return { type: 'CUSTOMIZED', ...(delaysMs && { delaysMs }) }
}
