// Who this broker is. The port is known for sure only when it listens.

import type { Clock } from '../base/clock.ts'
import { hostBytes } from '../message/hosts.ts'
import type { HostBytes } from '../message/message.ts'
import type { BrokerConfig } from './config.ts'
import type { Self } from './ports.ts'

export class Identity implements Self {
  readonly brokerName: string
  readonly clusterName: string
  #brokerId: number
  readonly startedAt: number
  readonly #ip: string
  #address: string
  #storeHost: HostBytes

  constructor(config: BrokerConfig, clock: Clock) {
    this.brokerName = config.brokerName
    this.clusterName = config.brokerClusterName
    this.#brokerId = config.brokerId
    this.startedAt = clock.now()
    this.#ip = config.brokerIP1
    this.#address = `${this.#ip}:${config.listenPort}`
    this.#storeHost = hostBytes(this.#ip, config.listenPort)
  }

  get brokerId(): number {
    return this.#brokerId
  }

  /** The role has changed: 0 is the master. */
  is(brokerId: number): void {
    this.#brokerId = brokerId
  }

  get address(): string {
    return this.#address
  }

  get storeHost(): HostBytes {
    return this.#storeHost
  }

  /** Says which port was really taken. Nothing may have been stored before. */
  listensOn(port: number): void {
    this.#address = `${this.#ip}:${port}`
    this.#storeHost = hostBytes(this.#ip, port)
  }
}
