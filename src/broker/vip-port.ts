// The second port of Apache's brokers, two below the first, with the same requests. Its slaves ask
// there for what they copy beside the log. Source: BrokerController.fastRemotingServer.

import type { Service } from '../base/lifecycle.ts'
import type { Address } from '../base/network.ts'
import { RemotingServer, type ServerOptions } from '../remoting/server.ts'

const below = 2

export class VipPort implements Service {
  readonly name = 'vip-port'
  readonly #options: Omit<ServerOptions, 'address'>
  readonly #first: () => Address
  #server: RemotingServer | undefined

  /** `first`: where the first port really is, once it listens. */
  constructor(options: Omit<ServerOptions, 'address'>, first: () => Address) {
    this.#options = options
    this.#first = first
  }

  async start(): Promise<void> {
    const { host, port } = this.#first()
    this.#server = new RemotingServer({ ...this.#options, address: { host, port: port - below } })
    await this.#server.start()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }
}
