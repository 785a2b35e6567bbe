// How far a group is behind, queue by queue: what GET_CONSUME_STATS and
// GET_BROKER_CONSUME_STATS tell.
//
// Source: AdminBrokerProcessor.getConsumeStats, fetchAllConsumeStatsInBroker.

import type { BrokerPorts } from './handler.ts'
import { queueMapText } from './json-body.ts'
import { isRetryTopic } from './names.ts'
import type { QueueKey, TopicConfig } from './ports.ts'

/** Source: OffsetWrapper. */
type Progress = {
  readonly brokerOffset: number
  readonly consumerOffset: number
  readonly lastTimestamp: number
  readonly pullOffset: number
}

export type ConsumeStats = {
  /** Messages per second over the last minute. */
  readonly consumeTps: number
  readonly rows: readonly (readonly [queue: QueueKey, progress: Progress])[]
}

type Ports = Pick<BrokerPorts, 'topics' | 'consumers' | 'offsets' | 'queues' | 'stats'>

/** Undefined where the group does not read the topic, or there is no such topic. */
export function consumeStats(group: string, name: string, ports: Ports): ConsumeStats | undefined {
  const topic = ports.topics.find(name)
  if (!topic) return undefined
  const online = ports.consumers.find(group)
  if (online && online.subscriptions.size > 0 && !online.subscriptions.has(name)) return undefined
  return { consumeTps: ports.stats.gotRate(name, group), rows: rowsOf(group, topic, ports) }
}

function rowsOf(group: string, topic: TopicConfig, ports: Ports): ConsumeStats['rows'] {
  return Array.from({ length: topic.readQueueNums }, (_, queueId) => {
    const queue = { topic: topic.topicName, queueId }
    const committed = ports.offsets.find(group, queue)
    // A group that has not committed begins with what is there, and shows all of it as due.
    const start = isRetryTopic(queue.topic) ? 0 : Math.max(0, ports.queues.minOffset(queue))
    const consumerOffset = committed ?? start
    const lastTimestamp =
      consumerOffset > 0 ? (ports.queues.storeTime(queue, consumerOffset - 1) ?? 0) : 0
    const progress = {
      brokerOffset: ports.queues.maxOffset(queue),
      consumerOffset,
      lastTimestamp,
      pullOffset: ports.offsets.pulledTo(group, queue) ?? consumerOffset,
    }
    return [queue, progress] as const
  })
}

/** Messages that the group has not consumed. */
export const behind = ({ rows }: ConsumeStats): number =>
  rows.reduce((sum, [, { brokerOffset, consumerOffset }]) => sum + brokerOffset - consumerOffset, 0)

/** ConsumeStats as Java prints it. */
export const consumeStatsText = (brokerName: string, stats: ConsumeStats): string =>
  `{"consumeTps":${stats.consumeTps},"offsetTable":${queueMapText(brokerName, stats.rows)}}`
