// Where topics and brokers are, as the name servers say. A route is used for 30 s; a little
// longer while it is looked up anew; and again when no name server answers: brokers go on
// without them. One with a set that has no master is used for a second: there is a new one soon.
//
// Not served: orderTopicConf (queues of ordered topics listed apart), static topics.
// Source: MQClientInstance.updateTopicRouteInfoFromNameServer; remoting facts 5.3, 5.11.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import { type BrokerData, clusterInfo, topicRoute } from '../protocol/bodies/route.ts'
import { getBrokerClusterInfo, getRouteInfoByTopic } from '../protocol/requests/route.ts'
import { type Addresses, masterAddress, type NameServers } from './cluster.ts'
import type { BrokerRoute, QueueRoute, TopicRoute } from './topic-route.ts'

/** How long a route is believed. Source: pollNameServerInterval. */
const freshMs = 30_000

/** How long it may still be used while a newer one is on its way. */
const usableMs = 120_000

/** So long after a look doubts about what it brought cause no other one. */
const calmMs = 1000

const topicsMax = 10_000

type Source<T> = {
  readonly fetch: (key: string) => Promise<T>
  /** Whether it will do for as long as a value is believed. */
  readonly isWhole: (value: T) => boolean
}

const hasMaster = (broker: BrokerRoute): boolean => masterAddress(broker) !== undefined

type Cached<T> = { value: T; fetchedAt: number; isDoubted: boolean }

export class Routes implements Addresses {
  readonly #nameServers: Pick<NameServers, 'call'>
  readonly #clock: Clock
  readonly #topics: Cache<TopicRoute>
  readonly #clusters: Cache<ReadonlyMap<string, BrokerRoute>>

  constructor(nameServers: Pick<NameServers, 'call'>, clock: Clock) {
    this.#nameServers = nameServers
    this.#clock = clock
    this.#topics = new Cache(clock, {
      fetch: (topic) => this.#fetchRoute(topic),
      isWhole: ({ brokers }) => brokers.every(hasMaster),
    })
    this.#clusters = new Cache(clock, {
      fetch: () => this.#fetchBrokers(),
      isWhole: (brokers) => [...brokers.values()].every(hasMaster),
    })
  }

  /** Rejects with `topic-not-found`; with `broker-unavailable` when nobody can tell. */
  route(topic: string): Promise<TopicRoute> {
    return this.#topics.get(topic)
  }

  /** Those of now while there are none: a client may start before its brokers. */
  async masters(): Promise<ReadonlyMap<string, BrokerRoute>> {
    const known = await this.#clusters.get('')
    const brokers = known.size > 0 ? known : await this.#clusters.refresh('')
    return new Map([...brokers].filter(([, broker]) => hasMaster(broker)))
  }

  /** Every replica set, with a master or without. */
  brokers(): Promise<ReadonlyMap<string, BrokerRoute>> {
    return this.#clusters.get('')
  }

  /** Rejects with `broker-not-found`. */
  async broker(name: string): Promise<BrokerRoute> {
    const broker =
      (await this.#clusters.get('')).get(name) ?? (await this.#clusters.refresh('')).get(name)
    if (broker) return broker
    throw new MqError('broker-not-found', undefined, { broker: name })
  }

  /** As the name servers say now. Rejects with `broker-not-found`. */
  async brokerNow(name: string): Promise<BrokerRoute> {
    const broker = (await this.#clusters.refresh('')).get(name)
    if (broker) return broker
    throw new MqError('broker-not-found', undefined, { broker: name })
  }

  doubtBrokers(): void {
    this.#clusters.doubt('')
  }

  /** The route did not work: the next use looks it up anew. */
  doubt(topic: string): void {
    this.#topics.doubt(topic)
  }

  /** The topic was changed by us: what is known of it is wrong. */
  forget(topic: string): void {
    this.#topics.forget(topic)
  }

  /** Resolves when the name servers list the topic on all of `brokers`, or after `waitMs`. */
  async appearance(topic: string, brokers: readonly string[], waitMs: number): Promise<void> {
    const deadline = this.#clock.monotonic() + waitMs
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 200)) {
      this.forget(topic)
      const route = await this.route(topic).catch(() => undefined)
      const names = route?.queues.map(({ broker }) => broker) ?? []
      if (brokers.every((broker) => names.includes(broker))) return
      if (this.#clock.monotonic() + pauseMs >= deadline) return
      await this.#clock.sleep(pauseMs)
    }
  }

  async #fetchRoute(topic: string): Promise<TopicRoute> {
    const { body } = await this.#nameServers.call(getRouteInfoByTopic, { topic })
    return readRoute(topic, body)
  }

  async #fetchBrokers(): Promise<ReadonlyMap<string, BrokerRoute>> {
    const { body } = await this.#nameServers.call(getBrokerClusterInfo, {})
    return readClusterInfo(body)
  }
}

/** Values by key with one fetch at a time for each. */
class Cache<T> {
  readonly #clock: Clock
  readonly #source: Source<T>
  readonly #cached = new Map<string, Cached<T>>()
  readonly #fetching = new Map<string, Promise<T>>()

  constructor(clock: Clock, source: Source<T>) {
    this.#clock = clock
    this.#source = source
  }

  async get(key: string): Promise<T> {
    const cached = this.#cached.get(key)
    if (!cached) return this.#fetchOnce(key)
    const age = this.#clock.monotonic() - cached.fetchedAt
    const isDoubted = age >= calmMs && (cached.isDoubted || !this.#source.isWhole(cached.value))
    if (age < freshMs && !isDoubted) return cached.value
    const fetched = this.#fetchOnce(key).catch((error: unknown) => {
      if (isGone(error)) throw error
      return cached.value
    })
    if (age >= usableMs || isDoubted) return fetched
    fetched.catch(() => {})
    return cached.value
  }

  /** Fetches, also when what is known is fresh. */
  refresh(key: string): Promise<T> {
    return this.#fetchOnce(key)
  }

  doubt(key: string): void {
    const cached = this.#cached.get(key)
    if (cached) cached.isDoubted = true
  }

  forget(key: string): void {
    this.#cached.delete(key)
    // An answer that is on its way may be from before the change.
    this.#fetching.delete(key)
  }

  #fetchOnce(key: string): Promise<T> {
    const running = this.#fetching.get(key)
    if (running) return running
    const fetching = this.#source.fetch(key).then(
      (value) => {
        if (this.#end(key, fetching)) this.#keep(key, value)
        return value
      },
      (error: unknown) => {
        if (this.#end(key, fetching) && isGone(error)) this.#cached.delete(key)
        throw error
      },
    )
    this.#fetching.set(key, fetching)
    return fetching
  }

  /** False: somebody forgot the key meanwhile. */
  #end(key: string, fetching: Promise<T>): boolean {
    return this.#fetching.get(key) === fetching && this.#fetching.delete(key)
  }

  #keep(key: string, value: T): void {
    this.#cached.delete(key)
    this.#cached.set(key, { value, fetchedAt: this.#clock.monotonic(), isDoubted: false })
    for (const oldest of this.#cached.keys()) {
      if (this.#cached.size <= topicsMax) return
      this.#cached.delete(oldest)
    }
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof MqError && error.failure === 'topic-not-found'

/** Reads TopicRouteData. Throws `malformed-body`. */
export function readRoute(topic: string, body: Uint8Array): TopicRoute {
  const { brokerDatas, queueDatas } = topicRoute.parse(body)
  return {
    topic,
    brokers: brokerDatas.map(brokerOf),
    queues: queueDatas.map(
      ({ brokerName, readQueueNums, writeQueueNums, perm }): QueueRoute => ({
        broker: brokerName,
        readQueues: readQueueNums,
        writeQueues: writeQueueNums,
        perm,
      }),
    ),
  }
}

/** Reads ClusterInfo: all brokers by name. Throws `malformed-body`. */
export function readClusterInfo(body: Uint8Array): ReadonlyMap<string, BrokerRoute> {
  const brokers = [...clusterInfo.parse(body).brokerAddrTable.values()].map(brokerOf)
  return new Map(brokers.map((broker) => [broker.name, broker]))
}

const brokerOf = ({ brokerName, cluster, brokerAddrs, rwZones }: BrokerData): BrokerRoute => ({
  name: brokerName,
  cluster,
  addresses: brokerAddrs,
  ...(rwZones && { zones: rwZones }),
})
