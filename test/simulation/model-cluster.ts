// Controllers and broker links as they are, over model replicas: one broker set, two controllers
// on one store, clients that append and remember what they were told.

import type { Clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { Controllers } from '../../src/broker/controller-link/controllers.ts'
import { IdentityFile } from '../../src/broker/controller-link/identity-file.ts'
import { ControllerLink } from '../../src/broker/controller-link/link.ts'
import { controllerConfig } from '../../src/controller/config.ts'
import { Controller } from '../../src/controller/controller.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { type Disk, ModelReplica, type Replicas, type Weakness } from './model-replica.ts'
import { SimNetwork } from './network.ts'
import { SimState, SimStore } from './shared-state.ts'
import { Node, type World } from './world.ts'

const heartbeatMs = 500
const deathMs = 3000
const clientMs = 4000
const controllerPorts = [9878, 9879]

export type Acknowledged = {
  readonly value: string
  readonly position: number
  readonly epoch: number
  readonly at: number
}

type Broker = {
  readonly node: Node
  readonly address: string
  readonly disk: Disk
  readonly files: MemoryFiles
}

export class ModelCluster {
  readonly world: World
  readonly store: SimStore
  readonly controllers: readonly Node[]
  readonly brokers: readonly Broker[]
  readonly clients: readonly Node[]
  readonly acknowledged: Acknowledged[] = []
  /** When a client was last told that its value is stored. */
  lastAckAt = 0
  readonly #network: SimNetwork
  readonly #replicas: Replicas = new Map()
  readonly #weakness: Weakness
  #values = 0

  constructor(world: World, given: { brokers: number; weakness?: Weakness }) {
    this.world = world
    this.#weakness = given.weakness ?? 'none'
    this.#network = new SimNetwork(world)
    this.store = new SimStore(world)
    this.controllers = controllerPorts.map((_, at) => new Node(`controller-${at}`))
    this.brokers = Array.from({ length: given.brokers }, (_, at) => ({
      node: new Node(`broker-${at}`),
      address: `127.0.0.1:${11_000 + at}`,
      disk: { log: [], epochs: [] },
      files: new MemoryFiles(),
    }))
    this.clients = [new Node('client-0'), new Node('client-1')]
    for (const node of this.controllers) this.#startController(node)
    for (const broker of this.brokers) this.#startBroker(broker)
    for (const client of this.clients) this.#startClient(client)
  }

  /** Every node that faults may hit. */
  get nodes(): readonly Node[] {
    return [...this.controllers, ...this.brokers.map(({ node }) => node)]
  }

  get everyone(): readonly Node[] {
    return [...this.nodes, ...this.clients, this.store.node]
  }

  kill(node: Node, isSilent: boolean): void {
    if (!node.isAlive) return
    this.world.kill(node)
    this.#network.died(node, isSilent)
    const broker = this.brokers.find((one) => one.node === node)
    if (broker) this.#replicas.delete(broker.address)
  }

  start(node: Node): void {
    if (node.isAlive) return
    this.world.revive(node)
    const broker = this.brokers.find((one) => one.node === node)
    if (broker) this.#startBroker(broker)
    else this.#startController(node)
  }

  get serving(): readonly ModelReplica[] {
    return [...this.#replicas.values()].filter(({ isServing }) => isServing)
  }

  #startController(node: Node): void {
    const { world } = this
    const clock = world.clockOf(node)
    const at = this.controllers.indexOf(node)
    const port = controllerPorts[at] as number
    const config = controllerConfig.parse({
      listenPort: port,
      controllerDLegerSelfId: node.name,
    })
    void new Controller(config, {
      network: this.#network.of(node),
      clock,
      files: new MemoryFiles(),
      log: silentLog,
      metrics: noMetrics,
      state: new SimState(this.store, node, clock),
    }).start()
  }

  #startBroker({ node, address, disk, files }: Broker): void {
    const { world } = this
    const clock = world.clockOf(node)
    const replica = new ModelReplica(
      { world, node, clock, replicas: this.#replicas, weakness: this.#weakness },
      disk,
    )
    this.#replicas.set(address, replica)
    const self = { clusterName: 'c', brokerName: 'b', address, brokerId: 0 }
    const network = this.#network.of(node)
    const client = new RemotingClient({ network, clock, log: silentLog })
    const addresses = controllerPorts.map((port) => `127.0.0.1:${port}`)
    new ControllerLink({
      controllers: new Controllers(client, addresses, self, silentLog),
      identity: new IdentityFile(files, '/store/brokerIdentity', self),
      roles: replica,
      self: self as never,
      clock,
      random: { below: (bound) => world.below(bound), bytes: (size) => new Uint8Array(size) },
      log: silentLog,
      heartbeatMs,
      timeoutMs: deathMs,
      pollMs: 5000,
      priority: 100,
    }).start()
  }

  /** Appends one value after the other, each until it is told what became of it. */
  #startClient(node: Node): void {
    const { world } = this
    const clock: Clock = world.clockOf(node)
    let target = 0
    const next = (): void => {
      const value = `${node.name}/${this.#values++}`
      const broker = this.brokers[target] as Broker
      let isDone = false
      const done = (epoch: number | undefined): void => {
        if (isDone) return
        isDone = true
        timer.cancel()
        if (epoch === undefined) target = (target + 1) % this.brokers.length
        else this.lastAckAt = world.now
        clock.after(epoch === undefined ? 20 : 5, next)
      }
      const timer = clock.after(clientMs, () => done(undefined))
      world.send(node, broker.node, () => {
        const replica = this.#replicas.get(broker.address)
        replica?.append(value, (epoch, position) => {
          if (epoch !== undefined) {
            this.acknowledged.push({ value, position, epoch, at: world.now })
          }
          world.send(broker.node, node, () => done(epoch))
        })
      })
    }
    next()
  }
}
