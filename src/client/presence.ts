// Being known to brokers as a producer: heartbeats to every master, so that a broker finds the
// connection on which to push a reply or to ask about a transaction.
//
// A broker forgets a producer with its connection, or after 120 s without a heartbeat.
// Source: MQClientInstance.sendHeartbeatToAllBrokerWithLock; heartbeatBrokerInterval.

import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { heartbeatData } from '../protocol/bodies/heartbeat.ts'
import { heartBeat, unregisterClient } from '../protocol/requests/clients.ts'
import type { Brokers } from './cluster.ts'
import type { Routes } from './routes.ts'

const heartbeatMs = 30_000
const groupsMax = 1000

type Ports = {
  readonly brokers: Pick<Brokers, 'master'>
  readonly routes: Pick<Routes, 'masters'>
  readonly clock: Clock
  readonly log: Log
}

export class Presence {
  readonly clientId: string
  readonly #ports: Ports
  readonly #groups = new Set<string>()
  /** Masters, as `name address`, that know all of the groups. */
  readonly #knowing = new Set<string>()
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(clientId: string, ports: Ports) {
    this.clientId = clientId
    this.#ports = ports
  }

  /** Resolves when every master that can be reached knows the group. */
  async join(group: string): Promise<void> {
    if (!this.#groups.has(group)) {
      if (this.#groups.size >= groupsMax) this.#groups.clear()
      this.#groups.add(group)
      this.#knowing.clear()
    }
    this.#timer ??= this.#ports.clock.every(heartbeatMs, () => {
      this.#knowing.clear()
      this.#beat().catch((error: unknown) => this.#missed('', error))
    })
    await this.#beat()
  }

  /** Brokers forget the group when they hear nothing of it. */
  leave(group: string): void {
    if (!this.#groups.delete(group)) return
    this.#unregister(group).catch((error: unknown) => this.#missed('', error))
  }

  /** A connection was lost: its broker has forgotten us. */
  forgotten(address: string): void {
    for (const known of this.#knowing) {
      if (known.endsWith(` ${address}`)) this.#knowing.delete(known)
    }
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** One round at a time; whoever asks meanwhile gets a round of its own after it. */
  async #beat(): Promise<void> {
    while (this.#running) await this.#running
    this.#running = this.#round().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #round(): Promise<void> {
    const masters = [...(await this.#ports.routes.masters())]
    const unaware = masters
      .map(([name, { addresses }]) => ({ name, key: `${name} ${addresses.get(0)}` }))
      .filter(({ key }) => !this.#knowing.has(key))
    if (unaware.length === 0) return
    const body = heartbeatData.print({
      clientID: this.clientId,
      consumerDataSet: [],
      heartbeatFingerprint: 0,
      producerDataSet: [...this.#groups].map((groupName) => ({ groupName })),
      withoutSub: false,
    })
    await Promise.all(
      unaware.map(async ({ name, key }) => {
        try {
          await this.#ports.brokers.master(name, heartBeat, {}, { body })
          this.#knowing.add(key)
        } catch (error) {
          this.#missed(name, error)
        }
      }),
    )
  }

  async #unregister(producerGroup: string): Promise<void> {
    const header = { clientID: this.clientId, producerGroup }
    for (const name of (await this.#ports.routes.masters()).keys()) {
      await this.#ports.brokers.master(name, unregisterClient, header)
    }
  }

  #missed(broker: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#ports.log.warn('heartbeat-failed', { broker, reason })
  }
}
