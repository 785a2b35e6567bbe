// Positions in queues: how far they reach, and how far a group has come.
// Source: MQClientAPIImpl, RemoteBrokerOffsetStore.

import { MqError } from '../base/errors.ts'
import {
  getMaxOffset,
  getMinOffset,
  queryConsumerOffset,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from '../protocol/requests/offsets.ts'
import type { Brokers } from './cluster.ts'
import type { QueueAddress } from './topic-route.ts'

const notFound = 22

export class Offsets {
  readonly #brokers: Pick<Brokers, 'master' | 'any'>

  constructor(brokers: Pick<Brokers, 'master' | 'any'>) {
    this.#brokers = brokers
  }

  async min({ broker, topic, queueId }: QueueAddress): Promise<number> {
    return (await this.#brokers.any(broker, getMinOffset, { topic, queueId })).header.offset
  }

  async max({ broker, topic, queueId }: QueueAddress): Promise<number> {
    const header = { topic, queueId, committed: true }
    return (await this.#brokers.any(broker, getMaxOffset, header)).header.offset
  }

  async byTime(
    { broker, topic, queueId }: QueueAddress,
    timestamp: number,
    boundary: 'lower' | 'upper',
  ): Promise<number> {
    const header = { topic, queueId, timestamp, boundaryType: boundary.toUpperCase() }
    return (await this.#brokers.any(broker, searchOffsetByTimestamp, header)).header.offset
  }

  async consumer(group: string, queue: QueueAddress): Promise<number | undefined> {
    const { broker, topic, queueId } = queue
    // Without the last field a broker answers 0 for a young queue, which nobody has committed.
    const header = { consumerGroup: group, topic, queueId, setZeroIfNotFound: false }
    try {
      return (await this.#brokers.any(broker, queryConsumerOffset, header)).header.offset
    } catch (error) {
      if (error instanceof MqError && error.detail['code'] === notFound) return undefined
      throw error
    }
  }

  async updateConsumer(group: string, queue: QueueAddress, offset: number): Promise<void> {
    const { broker, topic, queueId } = queue
    const header = { consumerGroup: group, topic, queueId, commitOffset: offset }
    await this.#brokers.master(broker, updateConsumerOffset, header)
  }
}
