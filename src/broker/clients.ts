// The producers and consumers that are connected, by group.
//
// A member is a connection. It goes with an unregistration, with its connection, or when it was
// silent for too long; the others of its group are then told, so that they share the queues
// anew. Nothing of this is kept on disk: clients say it again every 30 s.
//
// Source: ConsumerManager, ConsumerGroupInfo, ProducerManager, ClientHousekeepingService.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Peer } from '../remoting/call.ts'
import type {
  ClientChannel,
  ConsumerGroup,
  ConsumerHeartbeat,
  Consumers,
  Producers,
  Subscription,
} from './ports.ts'

const groupsPerConnectionMax = 4096

/** Told the group whose members should learn of a change, and who they are. */
export type MembershipListener = (group: string, members: Iterable<ClientChannel>) => void

type Group = {
  consumeType: string
  messageModel: string
  consumeFromWhere: string
  fingerprint: number
  subscriptions: Map<string, Subscription>
  readonly channels: Map<number, ClientChannel>
}

/** Groups by connection: what has to go when the connection goes. */
class Connections {
  readonly #groups = new Map<number, Set<string>>()

  add(peer: Peer, group: string, whenGone: (groups: ReadonlySet<string>) => void): void {
    const known = this.#groups.get(peer.id)
    if (known) {
      if (known.size >= groupsPerConnectionMax && !known.has(group)) {
        throw new MqError('rate-limited', 'too many groups on one connection')
      }
      known.add(group)
      return
    }
    const groups = new Set([group])
    this.#groups.set(peer.id, groups)
    peer.onClose(() => {
      this.#groups.delete(peer.id)
      whenGone(groups)
    })
  }

  delete(peer: Peer, group: string): void {
    this.#groups.get(peer.id)?.delete(group)
  }
}

export class ConsumerRegistry implements Consumers {
  readonly #clock: Clock
  readonly #changed: MembershipListener
  readonly #groups = new Map<string, Group>()
  readonly #connections = new Connections()

  constructor(clock: Clock, changed: MembershipListener) {
    this.#clock = clock
    this.#changed = changed
  }

  find(group: string): ConsumerGroup | undefined {
    return this.#groups.get(group)
  }

  groups(): Iterable<string> {
    return this.#groups.keys()
  }

  register(heartbeat: ConsumerHeartbeat, channel: Omit<ClientChannel, 'seenAt'>): boolean {
    const { group: name, subscriptions, ...settings } = heartbeat
    this.#connections.add(channel.peer, name, (groups) => {
      for (const one of groups) this.#leave(one, channel.peer)
    })
    const group = this.#groups.get(name) ?? {
      ...settings,
      subscriptions: new Map<string, Subscription>(),
      channels: new Map<number, ClientChannel>(),
    }
    this.#groups.set(name, group)
    Object.assign(group, settings)

    const known = group.channels.get(channel.peer.id)
    group.channels.set(channel.peer.id, { ...channel, seenAt: this.#clock.monotonic() })
    const joined = known?.clientId !== channel.clientId
    const resubscribed = subscriptions ? subscribe(group.subscriptions, subscriptions) : false
    if (joined || resubscribed) this.#tell(name, group)
    return joined || resubscribed
  }

  unregister(group: string, peer: Peer): void {
    this.#connections.delete(peer, group)
    this.#leave(group, peer)
  }

  groupsOf(topic: string): readonly string[] {
    const found: string[] = []
    for (const [name, group] of this.#groups) if (group.subscriptions.has(topic)) found.push(name)
    return found
  }

  channel(group: string, clientId: string): ClientChannel | undefined {
    return channelOf(this.#groups.get(group)?.channels.values() ?? [], clientId)
  }

  /** Forgets members that were silent for longer. */
  expire(silentMs: number): void {
    const since = this.#clock.monotonic() - silentMs
    for (const [name, group] of this.#groups) {
      for (const { peer, seenAt } of group.channels.values()) {
        if (seenAt < since) this.unregister(name, peer)
      }
    }
  }

  #leave(name: string, peer: Peer): void {
    const group = this.#groups.get(name)
    if (!group?.channels.delete(peer.id)) return
    if (group.channels.size === 0) this.#groups.delete(name)
    else this.#tell(name, group)
  }

  #tell(name: string, group: Group): void {
    if (group.messageModel !== 'BROADCASTING') this.#changed(name, group.channels.values())
  }
}

/** Brings the group's subscriptions to the newest ones. True when a topic came or went. */
function subscribe(known: Map<string, Subscription>, asked: readonly Subscription[]): boolean {
  let changed = false
  const topics = new Set<string>()
  for (const subscription of asked) {
    const { topic, subVersion } = subscription
    topics.add(topic)
    const old = known.get(topic)
    if (!old) changed = true
    if (!old || subVersion > old.subVersion) known.set(topic, subscription)
  }
  for (const topic of known.keys()) {
    if (topics.has(topic)) continue
    known.delete(topic)
    changed = true
  }
  return changed
}

export class ProducerRegistry implements Producers {
  readonly #clock: Clock
  readonly #groups = new Map<string, Map<number, ClientChannel>>()
  readonly #clients = new Map<string, ClientChannel>()
  readonly #connections = new Connections()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  register(name: string, channel: Omit<ClientChannel, 'seenAt'>): void {
    this.#connections.add(channel.peer, name, (groups) => {
      for (const one of groups) this.#leave(one, channel.peer)
    })
    const group = this.#groups.get(name) ?? new Map<number, ClientChannel>()
    this.#groups.set(name, group)
    const member = { ...channel, seenAt: this.#clock.monotonic() }
    group.set(channel.peer.id, member)
    this.#clients.set(channel.clientId, member)
  }

  unregister(group: string, peer: Peer): void {
    this.#connections.delete(peer, group)
    this.#leave(group, peer)
  }

  channels(group: string): readonly ClientChannel[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  groups(): Iterable<string> {
    return this.#groups.keys()
  }

  client(clientId: string): ClientChannel | undefined {
    return this.#clients.get(clientId)
  }

  /** Forgets members that were silent for longer. */
  expire(silentMs: number): void {
    const since = this.#clock.monotonic() - silentMs
    for (const [name, group] of this.#groups) {
      for (const { peer, seenAt } of group.values()) {
        if (seenAt < since) this.unregister(name, peer)
      }
    }
  }

  #leave(name: string, peer: Peer): void {
    const group = this.#groups.get(name)
    const member = group?.get(peer.id)
    if (!group || !member) return
    group.delete(peer.id)
    if (group.size === 0) this.#groups.delete(name)
    if (this.#clients.get(member.clientId)?.peer === peer) this.#clients.delete(member.clientId)
  }
}

function channelOf(channels: Iterable<ClientChannel>, clientId: string): ClientChannel | undefined {
  for (const channel of channels) if (channel.clientId === clientId) return channel
  return undefined
}
