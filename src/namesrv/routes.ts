// Which brokers there are, where they listen, and what queues each topic has on them: the
// whole knowledge of a namesrv, rebuilt from what brokers register. Pure: time comes in as an
// argument, bytes go out.
//
// A broker name stands for a set of replicas, told apart by broker id (0 is the master). The
// settings of a topic are kept for each broker name and come from its master, or from the
// smallest id while there is no master.
//
// Not served: filter servers, static topics (queue mappings), acting masters in answers,
// notices of a changed smallest broker id.
// Source: RouteInfoManager.

import { MqError } from '../base/errors.ts'
import {
  type BrokerIdentity,
  type BrokerSet,
  type DataVersion,
  type MasterAddress,
  masterId,
  type Registration,
  sameVersion,
} from './registration.ts'
import { RouteAnswers } from './route-answers.ts'
import { type QueueSettings, TopicTable } from './topic-table.ts'

/** One replica. */
type ReplicaKey = Pick<BrokerIdentity, 'brokerName' | 'brokerAddr'>

type LiveBroker = BrokerIdentity & {
  readonly peerId: number
  readonly haServerAddr: string
  readonly timeoutMs: number
  readonly dataVersion: DataVersion
  /** Of the registration that brought this version. */
  readonly bodyBytes: number
  /** Monotonic ms. */
  seenAt: number
}

export type RouteLimits = {
  /** Topics times the brokers that have them. */
  readonly topicEntriesMax: number
  readonly brokersMax: number
  readonly answerCacheBytes: number
}

const silenceMs = 120_000
/** No body has this size: the topics were not taken from it. */
const unread = -1
const permWrite = 2
const permReadWrite = 6

export class Routes {
  readonly #topics = new TopicTable((topic) => this.#answers.forgetTopic(topic))
  readonly #brokers = new Map<string, BrokerSet>()
  /** By broker name and address. */
  readonly #live = new Map<string, LiveBroker>()
  /** Brokers that have more topics than are known here: some were deleted. */
  readonly #incomplete = new Set<string>()
  readonly #answers: RouteAnswers
  readonly #limits: RouteLimits

  /** `orderConf`: the ORDER_TOPIC_CONFIG of a topic, where answers carry it. */
  constructor(limits: RouteLimits, orderConf: (topic: string) => string | undefined) {
    this.#limits = limits
    this.#answers = new RouteAnswers(this.#topics, this.#brokers, orderConf, limits)
  }

  /**
   * Whether the topics of a registration are known without reading it: it has the version and
   * the size of the one before, whose topics were taken.
   */
  knowsTopics(from: BrokerIdentity, version: DataVersion, bodyBytes: number): boolean {
    const live = this.#live.get(liveKey(from))
    if (!live || live.brokerId !== from.brokerId) return false
    return (
      live.bodyBytes === bodyBytes &&
      sameVersion(live.dataVersion, version) &&
      !this.#incomplete.has(from.brokerName)
    )
  }

  /**
   * Takes in what a broker says of itself. Answers the master's addresses to a slave.
   *
   * A broker that comes with the id of another, live one loses against a higher state version
   * (it was master before a failover): it is answered, and left out. Throws `broker-error` for
   * one changed topic of a replica that never registered whole, because taking it in would
   * make a broker of one topic; `broker-busy` at a limit.
   */
  register(from: Registration, peerId: number, now: number): MasterAddress {
    const known = this.#brokers.get(from.brokerName)
    if (this.#losesAgainst(known?.addresses.get(from.brokerId), from)) {
      this.#live.delete(liveKey(from))
      return {}
    }
    if (known?.addresses.has(from.brokerId) !== true && from.topics.length === 1) {
      throw new MqError('broker-error', 'one topic of a broker that is not registered')
    }
    this.#checkLimits(from, known)

    const broker = known ?? this.#newBroker(from)
    const isFirst = !broker.addresses.has(from.brokerId)
    this.#updateBroker(broker, from)
    if (isSpokesman(broker, from)) this.#takeTopics(broker, from, isFirst)
    this.#live.set(liveKey(from), {
      clusterName: from.clusterName,
      brokerName: from.brokerName,
      brokerAddr: from.brokerAddr,
      brokerId: from.brokerId,
      haServerAddr: from.haServerAddr,
      dataVersion: from.dataVersion,
      bodyBytes: (isSpokesman(broker, from) ? from.bodyBytes : undefined) ?? unread,
      timeoutMs: from.heartbeatTimeoutMs ?? silenceMs,
      peerId,
      seenAt: now,
    })
    return from.brokerId === masterId ? {} : this.#masterOf(broker)
  }

  /** Forgets one replica; with the last one the broker name and its topics go. */
  unregister(one: ReplicaKey): void {
    this.#live.delete(liveKey(one))
    const broker = this.#brokers.get(one.brokerName)
    if (!broker) return
    const before = broker.addresses.size
    for (const [id, address] of broker.addresses) {
      if (address === one.brokerAddr) leave(broker, id)
    }
    if (broker.addresses.size === before) return
    this.#answers.forgetBroker(one.brokerName)

    if (broker.addresses.size === 0) {
      this.#brokers.delete(one.brokerName)
      this.#incomplete.delete(one.brokerName)
      this.#topics.removeBroker(one.brokerName)
    } else if (broker.enableActingMaster && !broker.addresses.has(masterId)) {
      this.wipeWritePerm(one.brokerName)
    }
  }

  /** Notes a sign of life. False: nobody of that address is registered. */
  heartbeat(one: ReplicaKey, now: number): boolean {
    const live = this.#live.get(liveKey(one))
    if (live) live.seenAt = now
    return live !== undefined
  }

  /** The version that the broker registered last. */
  dataVersion(one: ReplicaKey): DataVersion | undefined {
    return this.#live.get(liveKey(one))?.dataVersion
  }

  /** Forgets the brokers that were silent for too long; answers who they were. */
  expire(now: number): readonly BrokerIdentity[] {
    return this.#forgetLive((live) => live.seenAt + live.timeoutMs < now)
  }

  /** Forgets the brokers whose newest registration came over this connection. */
  peerClosed(peerId: number): readonly BrokerIdentity[] {
    return this.#forgetLive((live) => live.peerId === peerId)
  }

  /** TopicRouteData as JSON, of one zone or ('') all; undefined when no broker has the topic. */
  route(topic: string, zone = ''): Uint8Array | undefined {
    return this.#answers.route(topic, zone)
  }

  /** The order configuration of this topic, or of any, has changed: print its route anew. */
  orderConfChanged(topic?: string): void {
    if (topic === undefined) this.#answers.forgetTopics()
    else this.#answers.forgetTopic(topic)
  }

  /** ClusterInfo as JSON. */
  clusterInfo(): Uint8Array {
    return this.#answers.clusterInfo()
  }

  broker(name: string): BrokerSet | undefined {
    return this.#brokers.get(name)
  }

  brokers(): Iterable<BrokerSet> {
    return this.#brokers.values()
  }

  topics(): readonly string[] {
    return this.#topics.names()
  }

  topicsOfCluster(clusterName: string): readonly string[] {
    const isInside = (broker: string) => this.#brokers.get(broker)?.clusterName === clusterName
    return this.#topics.where((entries) => [...entries.keys()].some(isInside))
  }

  /** Topics whose first broker reports a system flag that `matches`. */
  topicsByFlag(matches: (topicSysFlag: number) => boolean): readonly string[] {
    return this.#topics.where((entries) => {
      const [first] = entries.values()
      return first !== undefined && matches(first.topicSysFlag)
    })
  }

  /** Sets a topic on brokers that are known; what is said of others is left out. */
  setTopic(topic: string, entries: readonly (QueueSettings & { brokerName: string })[]): void {
    for (const entry of entries) {
      if (this.#brokers.has(entry.brokerName)) this.#topics.set(topic, entry.brokerName, entry)
    }
  }

  /** Removes a topic from one cluster, or from everywhere. */
  deleteTopic(topic: string, clusterName?: string): void {
    for (const broker of this.#topics.entries(topic)?.keys() ?? []) {
      const isMeant = !clusterName || this.#brokers.get(broker)?.clusterName === clusterName
      if (!isMeant) continue
      this.#topics.remove(topic, broker)
      this.#incomplete.add(broker)
    }
  }

  /** Takes the write permission from all topics of the broker; answers how many it has. */
  wipeWritePerm(brokerName: string): number {
    return this.#topics.changePerm(brokerName, (perm) => perm & ~permWrite)
  }

  addWritePerm(brokerName: string): number {
    return this.#topics.changePerm(brokerName, () => permReadWrite)
  }

  #losesAgainst(holder: string | undefined, from: Registration): boolean {
    if (holder === undefined || holder === from.brokerAddr) return false
    const live = this.#live.get(liveKey({ brokerName: from.brokerName, brokerAddr: holder }))
    return live !== undefined && live.dataVersion.stateVersion > from.dataVersion.stateVersion
  }

  #checkLimits(from: Registration, known: BrokerSet | undefined): void {
    const { brokersMax, topicEntriesMax } = this.#limits
    if (!known && this.#brokers.size >= brokersMax) {
      throw new MqError('broker-busy', 'too many brokers are registered', { max: brokersMax })
    }
    if (this.#topics.size + from.topics.length <= topicEntriesMax) return
    let added = 0
    for (const { topicName } of from.topics) {
      if (!this.#topics.has(topicName, from.brokerName)) added++
    }
    if (this.#topics.size + added > topicEntriesMax) {
      throw new MqError('broker-busy', 'too many topics are registered', { max: topicEntriesMax })
    }
  }

  #newBroker(from: Registration): BrokerSet {
    const broker: BrokerSet = {
      clusterName: from.clusterName,
      brokerName: from.brokerName,
      addresses: new Map(),
      zones: new Map(),
      enableActingMaster: false,
      zoneName: undefined,
    }
    this.#brokers.set(from.brokerName, broker)
    return broker
  }

  #updateBroker(broker: BrokerSet, from: Registration): void {
    const enableActingMaster = from.enableActingMaster ?? false
    // A set stands where its master does: writes go there.
    const isFirst = Math.min(from.brokerId, ...broker.addresses.keys()) === from.brokerId
    const zoneName = isFirst ? from.zoneName : broker.zoneName
    const isSame =
      broker.clusterName === from.clusterName &&
      broker.addresses.get(from.brokerId) === from.brokerAddr &&
      broker.zones.get(from.brokerId) === from.zoneName &&
      broker.enableActingMaster === enableActingMaster &&
      broker.zoneName === zoneName
    broker.clusterName = from.clusterName
    broker.enableActingMaster = enableActingMaster
    broker.zoneName = zoneName
    // A replica that changed its id (a slave that became master) leaves its old one.
    for (const [id, address] of broker.addresses) {
      if (address === from.brokerAddr && id !== from.brokerId) leave(broker, id)
    }
    broker.addresses.set(from.brokerId, from.brokerAddr)
    if (from.zoneName === undefined) broker.zones.delete(from.brokerId)
    else broker.zones.set(from.brokerId, from.zoneName)
    if (!isSame) this.#answers.forgetBroker(from.brokerName)
  }

  #takeTopics(broker: BrokerSet, from: Registration, isFirst: boolean): void {
    const before = this.#live.get(liveKey(from))?.dataVersion
    const isChanged = isFirst || !before || !sameVersion(before, from.dataVersion)
    const isActing = from.brokerId !== masterId && broker.enableActingMaster
    if (from.topics.length > 0) this.#incomplete.delete(from.brokerName)
    for (const topic of from.topics) {
      // Without a change only what is missing is taken, so that a wiped permission stays.
      if (!isChanged && this.#topics.has(topic.topicName, from.brokerName)) continue
      const perm = isActing ? topic.perm & ~permWrite : topic.perm
      this.#topics.set(topic.topicName, from.brokerName, { ...topic, perm })
    }
  }

  #masterOf(broker: BrokerSet): MasterAddress {
    const masterAddr = broker.addresses.get(masterId)
    if (masterAddr === undefined) return {}
    const { brokerName } = broker
    const live = this.#live.get(liveKey({ brokerName, brokerAddr: masterAddr }))
    return live ? { masterAddr, haServerAddr: live.haServerAddr } : {}
  }

  #forgetLive(isGone: (live: LiveBroker) => boolean): readonly BrokerIdentity[] {
    const gone = [...this.#live.values()].filter(isGone)
    for (const live of gone) this.unregister(live)
    return gone
  }
}

function leave(broker: BrokerSet, brokerId: number): void {
  broker.addresses.delete(brokerId)
  broker.zones.delete(brokerId)
}

/** Whether the registering replica speaks for its broker name. */
function isSpokesman(broker: BrokerSet, from: Registration): boolean {
  if (from.brokerId === masterId) return true
  const isModern = from.enableActingMaster !== undefined
  return isModern && from.brokerId === Math.min(...broker.addresses.keys())
}

const liveKey = (one: ReplicaKey): string => `${one.brokerName}\n${one.brokerAddr}`
