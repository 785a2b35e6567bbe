// Topics and groups as brokers have them, over the requests that Apache's tools use.
// Source: MQClientAPIImpl, DefaultMQAdminExtImpl.

import { MqError } from '../base/errors.ts'
import { parseLooseJson } from '../base/loose-json.ts'
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
    return (jsonOf(body) as { topicList?: string[] }).topicList ?? []
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
  const config = jsonOf(body) as {
    topicName?: string
    readQueueNums?: number
    writeQueueNums?: number
    perm?: number
    order?: boolean
    attributes?: Record<string, string>
  }
  return {
    name: config.topicName ?? '',
    readQueues: config.readQueueNums ?? 16,
    writeQueues: config.writeQueueNums ?? 16,
    perm: config.perm ?? 6,
    order: config.order ?? false,
    attributes: new Map(Object.entries(config.attributes ?? {})),
  }
}

type RetryPolicyJson = {
  type?: string
  exponentialRetryPolicy?: { initial?: number; max?: number; multiplier?: number }
  customizedRetryPolicy?: { next?: number[] }
}

/** Reads SubscriptionGroupConfig; what is absent is as in Java. Throws `malformed-body`. */
export function readGroupSettings(body: Uint8Array): GroupSettings {
  const config = jsonOf(body) as {
    groupName?: string
    consumeEnable?: boolean
    consumeMessageOrderly?: boolean
    retryMaxTimes?: number
    retryQueueNums?: number
    consumeTimeoutMinute?: number
    groupRetryPolicy?: RetryPolicyJson
  }
  return {
    name: config.groupName ?? '',
    consumeEnable: config.consumeEnable ?? true,
    consumeMessageOrderly: config.consumeMessageOrderly ?? false,
    retryMaxTimes: config.retryMaxTimes ?? 16,
    retryQueueNums: config.retryQueueNums ?? 1,
    consumeTimeoutMinutes: config.consumeTimeoutMinute ?? 15,
    retryPolicy: readRetryPolicy(config.groupRetryPolicy ?? {}),
  }
}

function readRetryPolicy(policy: RetryPolicyJson): GroupSettings['retryPolicy'] {
  if (policy.type?.toUpperCase() === 'EXPONENTIAL') {
    const { initial, max, multiplier } = policy.exponentialRetryPolicy ?? {}
    return {
      type: 'EXPONENTIAL',
      ...(initial !== undefined && { initialMs: initial }),
      ...(max !== undefined && { maxMs: max }),
      ...(multiplier !== undefined && { multiplier }),
    }
  }
  const delaysMs = policy.customizedRetryPolicy?.next
  return { type: 'CUSTOMIZED', ...(delaysMs && { delaysMs }) }
}

function jsonOf(body: Uint8Array): object {
  const value = parseLooseJson(Buffer.from(body).toString('utf8'))
  if (typeof value === 'object' && value !== null) return value
  throw new MqError('malformed-body', 'an object is expected')
}
