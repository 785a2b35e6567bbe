// What of the cluster the use cases look at for every call, kept for a short time: where a
// topic can be written and read, which masters there are, of what type a topic is and
// whether a group is ordered. Every node builds its own; none of it is state of a caller.

import { MqError } from '../../src/base/errors.ts'
import type { BrokerRoute, TopicRoute } from '../../src/client/topic-route.ts'
import type { GroupSettings } from '../../src/client/types.ts'
import type { MessageType, TopicView } from './core.ts'
import type { CorePorts } from './ports.ts'

const keptMs = 20_000
const entriesMax = 10_000

export type QueueRef = { readonly broker: string; readonly queueId: number }

export type TopicQueues = {
  /** By broker name, then queue id; queues whose broker has a master. */
  readonly writable: readonly QueueRef[]
  /** Queues that can be read, master or not. */
  readonly readable: readonly QueueRef[]
  /** Masters with a readable queue. */
  readonly readableMasters: readonly string[]
}

type Kept<T> = { readonly value: Promise<T>; readonly until: number }

export class RouteCache {
  readonly #ports: CorePorts
  readonly #queues = new WeakMap<TopicRoute, TopicQueues>()
  readonly #types = new Map<string, Kept<TopicView['type']>>()
  readonly #groups = new Map<string, Kept<GroupSettings | undefined>>()
  readonly #dedupWindows = new Map<string, Kept<number>>()
  readonly #masters = new Map<'', Kept<ReadonlyMap<string, BrokerRoute>>>()

  constructor(ports: CorePorts) {
    this.#ports = ports
  }

  /** Rejects with `topic-not-found` when no broker has the topic. */
  async queues(topic: string): Promise<TopicQueues> {
    const route = await this.#ports.client.route(topic)
    let queues = this.#queues.get(route)
    if (!queues) {
      queues = queuesOf(route)
      this.#queues.set(route, queues)
    }
    return queues
  }

  /** 'unspecified' for a topic that was made without a type, or that no broker describes. */
  type(topic: string): Promise<TopicView['type']> {
    return this.#keep(this.#types, topic, async () => {
      try {
        return typeOf((await this.#ports.client.topicSettings(topic)).attributes)
      } catch (error) {
        if (error instanceof MqError) return 'unspecified'
        throw error
      }
    })
  }

  /** The topic was made or changed: what is known of it is wrong. */
  forget(topic: string): void {
    this.#types.delete(topic)
  }

  /** Undefined for a group that no broker knows yet: it comes to be with its first receive. */
  async group(group: string): Promise<GroupSettings | undefined> {
    const settings = await this.#keep(this.#groups, group, async () => {
      try {
        return await this.#ports.client.groupSettings(group)
      } catch (error) {
        // Anything else must not make an ordered group look like another.
        if (error instanceof MqError && error.failure === 'group-not-found') return undefined
        throw error
      }
    })
    // Its first receive makes it: what is not there now may be there in a moment.
    if (!settings) this.#groups.delete(group)
    return settings
  }

  /** How long the broker knows the ids of idempotent sends, ms; 0: not. */
  dedupWindowMs(broker: string): Promise<number> {
    return this.#keep(this.#dedupWindows, broker, () => this.#ports.client.dedupWindowMs(broker))
  }

  /** Brokers that a handle may name. */
  async hasMaster(broker: string): Promise<boolean> {
    const known = this.#masters.has('')
    if ((await this.#masterMap()).has(broker)) return true
    if (!known) return false
    // A broker may have come since. A handle with its name was signed by us, so nobody can
    // make this look again for names of their own.
    this.#masters.delete('')
    return (await this.#masterMap()).has(broker)
  }

  #masterMap(): Promise<ReadonlyMap<string, BrokerRoute>> {
    return this.#keep(this.#masters, '', () => this.#ports.client.masters())
  }

  #keep<K, T>(cache: Map<K, Kept<T>>, key: K, load: () => Promise<T>): Promise<T> {
    const now = this.#ports.clock.monotonic()
    const kept = cache.get(key)
    if (kept && kept.until > now) return kept.value
    if (cache.size >= entriesMax) cache.clear()
    const value = load()
    cache.set(key, { value, until: now + keptMs })
    // The caller sees the failure; the next one tries again.
    value.catch(() => cache.delete(key))
    return value
  }
}

function typeOf(attributes: ReadonlyMap<string, string>): TopicView['type'] {
  switch (attributes.get('message.type')) {
    case 'NORMAL':
      return 'normal'
    case 'FIFO':
      return 'fifo'
    case 'DELAY':
      return 'delay'
    case 'TRANSACTION':
      return 'transaction'
    case 'MIXED':
      return 'mixed'
    default:
      return 'unspecified'
  }
}

export const attributeOf: Readonly<Record<MessageType, string>> = {
  normal: 'NORMAL',
  fifo: 'FIFO',
  delay: 'DELAY',
  transaction: 'TRANSACTION',
}

const readBit = 4
const writeBit = 2

function queuesOf(route: TopicRoute): TopicQueues {
  const masters = new Set(
    route.brokers.filter(({ addresses }) => addresses.has(0)).map(({ name }) => name),
  )
  const sorted = route.queues.toSorted((a, b) => (a.broker < b.broker ? -1 : 1))
  const refs = (broker: string, count: number): QueueRef[] =>
    Array.from({ length: count }, (_, queueId) => ({ broker, queueId }))
  const readable = sorted.filter(({ perm, readQueues }) => perm & readBit && readQueues > 0)
  return {
    writable: sorted
      .filter(({ perm, broker }) => perm & writeBit && masters.has(broker))
      .flatMap(({ broker, writeQueues }) => refs(broker, writeQueues)),
    readable: readable.flatMap(({ broker, readQueues }) => refs(broker, readQueues)),
    readableMasters: readable.map(({ broker }) => broker).filter((name) => masters.has(name)),
  }
}
