// The printed answers of a namesrv. Thousands of clients ask for the same routes every 30 s and
// routes hardly change, so each answer is printed once and given out as the same bytes until
// something in it changes.
//
// JSON is strict for every client version: broker ids are quoted, which fastjson reads too.
// Source: TopicRouteData, ClusterInfo; remoting facts 5.3, 5.11.

import { type BrokerSet, masterId } from './registration.ts'
import type { QueueSettings, TopicTable } from './topic-table.ts'

export class RouteAnswers {
  readonly #topics: Pick<TopicTable, 'entries' | 'has'>
  readonly #brokers: ReadonlyMap<string, BrokerSet>
  readonly #orderConf: (topic: string) => string | undefined
  readonly #cacheBytes: number
  readonly #routes = new Map<string, Uint8Array>()
  /** Each broker as it stands in routes and cluster info. */
  readonly #printedBrokers = new Map<string, string>()
  #routeBytes = 0
  #clusterInfo: Uint8Array | undefined

  constructor(
    topics: Pick<TopicTable, 'entries' | 'has'>,
    brokers: ReadonlyMap<string, BrokerSet>,
    orderConf: (topic: string) => string | undefined,
    limits: { readonly answerCacheBytes: number },
  ) {
    this.#topics = topics
    this.#brokers = brokers
    this.#orderConf = orderConf
    this.#cacheBytes = limits.answerCacheBytes
  }

  /**
   * The route of a topic. With a zone (of any case): without broker sets of other zones, unless
   * they have no master; possibly without any. Source: ZoneRouteRPCHook.
   */
  route(topic: string, zone = ''): Uint8Array | undefined {
    // Anybody may ask for any zone, so what is printed for one is not kept.
    if (zone !== '') return this.#printRoute(topic, zone.toLowerCase())
    const cached = this.#routes.get(topic)
    if (cached) return cached
    const answer = this.#printRoute(topic)
    if (answer) this.#keep(topic, answer)
    return answer
  }

  clusterInfo(): Uint8Array {
    this.#clusterInfo ??= this.#printClusterInfo()
    return this.#clusterInfo
  }

  forgetTopic(topic: string): void {
    this.#routeBytes -= this.#routes.get(topic)?.length ?? 0
    this.#routes.delete(topic)
  }

  forgetTopics(): void {
    this.#routes.clear()
    this.#routeBytes = 0
  }

  /** Call it while the broker's topics are still listed. */
  forgetBroker(brokerName: string): void {
    this.#clusterInfo = undefined
    this.#printedBrokers.delete(brokerName)
    for (const topic of this.#routes.keys()) {
      if (this.#topics.has(topic, brokerName)) this.forgetTopic(topic)
    }
  }

  /** The oldest answers make room: a hot one is soon printed again. */
  #keep(topic: string, answer: Uint8Array): void {
    this.#routes.set(topic, answer)
    this.#routeBytes += answer.length
    for (const oldest of this.#routes.keys()) {
      if (this.#routeBytes <= this.#cacheBytes) return
      this.forgetTopic(oldest)
    }
  }

  #printRoute(topic: string, zone = ''): Uint8Array | undefined {
    const brokers: string[] = []
    const queues: string[] = []
    let isKnown = false
    for (const [brokerName, settings] of this.#topics.entries(topic) ?? []) {
      const broker = this.#brokers.get(brokerName)
      if (!broker) continue
      isKnown = true
      if (zone !== '' && !isNear(broker, zone)) continue
      brokers.push(this.#printBroker(broker))
      queues.push(printQueues(brokerName, settings))
    }
    if (!isKnown) return undefined
    const orderConf = this.#orderConf(topic)
    const order = orderConf === undefined ? '' : `"orderTopicConf":${JSON.stringify(orderConf)},`
    return Buffer.from(
      `{"brokerDatas":[${brokers.join()}],"filterServerTable":{},${order}"queueDatas":[${queues.join()}]}`,
    )
  }

  #printClusterInfo(): Uint8Array {
    const members = new Map<string, string[]>()
    const brokers: string[] = []
    for (const broker of this.#brokers.values()) {
      const name = JSON.stringify(broker.brokerName)
      brokers.push(`${name}:${this.#printBroker(broker)}`)
      const names = members.get(broker.clusterName)
      if (names) names.push(name)
      else members.set(broker.clusterName, [name])
    }
    const clusters = [...members].map(([name, list]) => `${JSON.stringify(name)}:[${list.join()}]`)
    return Buffer.from(
      `{"brokerAddrTable":{${brokers.join()}},"clusterAddrTable":{${clusters.join()}}}`,
    )
  }

  #printBroker(broker: BrokerSet): string {
    let printed = this.#printedBrokers.get(broker.brokerName)
    if (printed === undefined) {
      printed = JSON.stringify({
        brokerAddrs: Object.fromEntries(broker.addresses),
        brokerName: broker.brokerName,
        cluster: broker.clusterName,
        enableActingMaster: broker.enableActingMaster,
        zoneName: broker.zoneName,
        rwZones: broker.zones.size > 0 ? Object.fromEntries(broker.zones) : undefined,
      })
      this.#printedBrokers.set(broker.brokerName, printed)
    }
    return printed
  }
}

/** Without its master a set is read from its slaves, wherever they are. */
const isNear = (broker: BrokerSet, zone: string): boolean =>
  broker.zoneName?.toLowerCase() === zone || !broker.addresses.has(masterId)

const printQueues = (brokerName: string, settings: QueueSettings): string =>
  `{"brokerName":${JSON.stringify(brokerName)},"perm":${settings.perm},"readQueueNums":${settings.readQueueNums},"topicSysFlag":${settings.topicSysFlag},"writeQueueNums":${settings.writeQueueNums}}`
