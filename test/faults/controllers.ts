// The controllers of a cluster: one with its state in a file, or several on one etcd, each in a
// place of its own.

import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import { brokerReplicas } from '../../src/protocol/bodies/controller.ts'
import { controllerGetSyncStateData } from '../../src/protocol/requests/controller.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { etcdArgs } from '../support/etcd.ts'
import type { Network, Place } from './namespaces.ts'
import { Program } from './programs.ts'

export type ControllerOptions = {
  readonly home: string
  /** More than one share an etcd. */
  readonly count: number
  /** Of the first; the others have the next even ones, etcd those above. */
  readonly port: number
  readonly env: Record<string, string>
}

export class Controllers {
  readonly programs: readonly Program[]
  readonly addresses: readonly string[]
  /** Where there are several. */
  readonly etcd: Program | undefined
  readonly #client = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })

  /** `first`: where the first one is. */
  constructor(t: ExecutionContext, network: Network, first: Place, options: ControllerOptions) {
    const { count, home, port, env } = options
    const places = Array.from({ length: count }, (_, at) =>
      at === 0 ? first : network.place(`controller${at}`),
    )
    this.addresses = places.map(({ ip }, at) => `${ip}:${port + 2 * at}`)
    const shared: string[] = []
    if (count > 1) {
      const place = network.place('etcd')
      const url = `http://${place.ip}:${port + 2 * count}`
      const peerUrl = `http://${place.ip}:${port + 2 * count + 1}`
      this.etcd = new Program(t, {
        place,
        command: ['etcd'],
        args: etcdArgs(join(home, 'etcd'), url, peerUrl),
        readyText: 'ready to serve client requests',
      })
      const peers = this.addresses.map((address, at) => `n${at}-${address}`).join(';')
      shared.push('--set', `controller.etcdEndpoints=${url}`)
      shared.push('--set', `controller.controllerDLegerPeers=${peers}`)
    }
    this.programs = places.map((place, at) => {
      const address = this.addresses[at] ?? ''
      const own = ['--listen', address, '--data', join(home, `control${at}`)]
      const id = ['--set', `controller.controllerDLegerSelfId=n${at}`]
      id.push('--set', 'controller.insecure=true')
      return new Program(t, { place, env, args: ['controller', ...own, ...id, ...shared] })
    })
    t.teardown(() => this.#client.close())
  }

  get places(): readonly Place[] {
    return this.programs.map(({ place }) => place)
  }

  async start(): Promise<void> {
    await this.etcd?.start()
    await Promise.all(this.programs.map((one) => one.start()))
  }

  /**
   * What is said of a broker set. Undefined: nobody leads. One that was paused may say for a moment
   * what was true before: the newest epoch counts.
   */
  async replicas(brokerName: string) {
    const answers = await Promise.all(this.addresses.map((one) => this.#ask(one, brokerName)))
    return answers
      .flatMap((answer) => (answer ? [answer] : []))
      .toSorted((a, b) => b.masterEpoch - a.masterEpoch)[0]
  }

  /** Who answers, as the others do not. */
  async leader(brokerName: string): Promise<Program | undefined> {
    const answers = await Promise.all(this.addresses.map((one) => this.#ask(one, brokerName)))
    return this.programs[answers.findIndex((answer) => answer !== undefined)]
  }

  async #ask(address: string, brokerName: string) {
    try {
      const { body } = await this.#client.call(
        address,
        controllerGetSyncStateData,
        {},
        { timeoutMs: 1000, body: Buffer.from(JSON.stringify([brokerName])) },
      )
      return brokerReplicas.parse(body).replicasInfoTable.get(brokerName)
    } catch {
      return undefined
    }
  }
}
