// The real programs in the simulated world: a namesrv, two controllers on one store, the brokers
// of one set with their stores on disks in memory, and clients that send and remember.

import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import { openBroker } from '../../src/broker/broker.ts'
import { brokerConfig } from '../../src/broker/config.ts'
import { Client } from '../../src/client/client.ts'
import { controllerConfig } from '../../src/controller/config.ts'
import { Controller } from '../../src/controller/controller.ts'
import { namesrvConfig } from '../../src/namesrv/config.ts'
import { Namesrv } from '../../src/namesrv/namesrv.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { SimNetwork } from './network.ts'
import { SimState, SimStore } from './shared-state.ts'
import { Node, type World } from './world.ts'

const namesrvPort = 9876
const controllerPorts = [9878, 9879]
const brokerPort = (at: number): number => 10_911 + 20 * at
const topic = 'Simulated'
const setName = 'set-a'
const queues = 2
const attemptMs = 2000

type Broker = { readonly node: Node; readonly at: number; readonly files: MemoryFiles }

type Sent = {
  readonly body: string
  readonly queueId: number
  outcome: 'acknowledged' | 'unknown'
  offset: number
  endedAt: number
}

export type BrokerClusterOptions = {
  readonly brokers: number
  readonly flush: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  /** Settings of every broker. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Every sync of a file says that it is done, and is not. */
  readonly disksLie?: boolean
}

export class BrokerCluster {
  readonly world: World
  readonly store: SimStore
  readonly brokers: readonly Broker[]
  readonly controllers: readonly Node[]
  readonly clients: readonly Node[]
  readonly problems: string[] = []
  readonly sent: Sent[] = []
  readonly #namesrv = new Node('namesrv')
  readonly #network: SimNetwork
  readonly #options: BrokerClusterOptions
  #isSending = true
  #number = 0

  constructor(world: World, options: BrokerClusterOptions) {
    this.world = world
    this.#options = options
    this.#network = new SimNetwork(world)
    this.store = new SimStore(world)
    this.controllers = controllerPorts.map((_, at) => new Node(`controller-${at}`))
    this.brokers = Array.from({ length: options.brokers }, (_, at) => {
      const random = () => world.below(1000) / 1000
      const files = new MemoryFiles({ mapped: false, random })
      if (options.disksLie) files.lies = true
      return { node: new Node(`broker-${at}`), at, files }
    })
    this.clients = Array.from({ length: queues }, (_, at) => new Node(`client-${at}`))
    this.#startNamesrv()
    for (const node of this.controllers) this.#startController(node)
    for (const broker of this.brokers) this.#startBroker(broker)
    this.clients.forEach((node, queueId) => void this.#send(node, queueId))
  }

  get nodes(): readonly Node[] {
    return [...this.controllers, ...this.brokers.map(({ node }) => node)]
  }

  get everyone(): readonly Node[] {
    return [...this.nodes, ...this.clients, this.store.node]
  }

  /** A silent one is a machine that lost power: what was not synced is gone. */
  kill(node: Node, isSilent: boolean): void {
    if (!node.isAlive) return
    this.world.kill(node)
    this.#network.died(node, isSilent)
    const losesPower = isSilent && this.#options.flush === 'SYNC_FLUSH'
    this.brokers.find((one) => one.node === node)?.files.crash(losesPower ? 1 : 0)
  }

  start(node: Node): void {
    if (node.isAlive) return
    this.world.revive(node)
    const broker = this.brokers.find((one) => one.node === node)
    if (broker) this.#startBroker(broker)
    else this.#startController(node)
  }

  get acknowledged(): readonly Sent[] {
    return this.sent.filter(({ outcome }) => outcome === 'acknowledged')
  }

  /** Ends the sending and compares what can be read with what was promised. */
  async check(): Promise<void> {
    this.#isSending = false
    const reader = new Node('reader')
    const client = this.#client(reader)
    for (let queueId = 0; queueId < queues; queueId++) {
      let found: ReadonlyMap<number, string> | undefined
      void this.#readAll(client, queueId).then((all) => {
        found = all
      })
      for (let waited = 0; !found && waited < 60_000; waited += 100) await this.world.advance(100)
      if (found) this.#compare(queueId, found)
      else this.problems.push(`queue ${queueId} cannot be read`)
    }
  }

  #compare(queueId: number, found: ReadonlyMap<number, string>): void {
    const own = this.sent.filter((one) => one.queueId === queueId)
    const known = new Set(own.map(({ body }) => body))
    const seen = new Set<string>()
    for (const [offset, body] of found) {
      if (!known.has(body)) this.problems.push(`I2: ${body} at ${offset} was never sent`)
      if (seen.has(body)) this.problems.push(`I3: ${body} is there twice`)
      seen.add(body)
    }
    for (const { body, offset, outcome } of own) {
      if (outcome !== 'acknowledged' || found.get(offset) === body) continue
      this.problems.push(`I1: ${body} was acknowledged at ${offset}; ${found.get(offset)} is there`)
    }
  }

  async #readAll(client: Client, queueId: number): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>()
    const queue = { topic, broker: setName, queueId }
    for (let offset = 0, tries = 0; tries < 50; ) {
      try {
        const read = await client.pull({ queue, group: 'g', offset, max: 100, waitMs: 0 })
        for (const one of read.messages) {
          found.set(one.queueOffset, Buffer.from(one.body).toString())
        }
        if (read.nextOffset <= offset) return found
        offset = read.nextOffset
      } catch {
        tries += 1
      }
    }
    return found
  }

  #startNamesrv(): void {
    const node = this.#namesrv
    const config = namesrvConfig.parse({ listenPort: namesrvPort, kvConfigPath: '/kv.json' })
    void new Namesrv(config, {
      network: this.#network.of(node),
      clock: this.world.clockOf(node),
      files: new MemoryFiles(),
      log: silentLog,
    }).start()
  }

  #startController(node: Node): void {
    const clock = this.world.clockOf(node)
    const listenPort = controllerPorts[this.controllers.indexOf(node)]
    const config = controllerConfig.parse({ listenPort, controllerDLegerSelfId: node.name })
    void new Controller(config, {
      network: this.#network.of(node),
      clock,
      files: new MemoryFiles(),
      log: silentLog,
      metrics: noMetrics,
      state: new SimState(this.store, node, clock),
    }).start()
  }

  #startBroker({ node, at, files }: Broker): void {
    const config = brokerConfig.parse({
      brokerName: setName,
      listenPort: brokerPort(at),
      haListenPort: brokerPort(at) + 1,
      namesrvAddr: `127.0.0.1:${namesrvPort}`,
      enableControllerMode: true,
      controllerAddr: controllerPorts.map((port) => `127.0.0.1:${port}`).join(';'),
      flushDiskType: this.#options.flush,
      storePathRootDir: '/store',
      mappedFileSizeCommitLog: 256 * 1024,
      mappedFileSizeTimerLog: 52 * 1000,
      timerWheelEnable: false,
      mappedFileSizeConsumeQueue: 20 * 1000,
      maxHashSlotNum: 500,
      maxIndexNum: 400,
      mapFiles: false,
      ...this.#options.settings,
    })
    try {
      const broker = openBroker(config, {
        files: files.mount(),
        network: this.#network.of(node),
        clock: this.world.clockOf(node),
        random: this.#random(),
        log: this.world.logOf(node),
        metrics: noMetrics,
        processId: node.life + 1,
      })
      void broker.start().catch((error: unknown) => this.#failed(node, error))
    } catch (error) {
      this.#failed(node, error)
    }
  }

  #failed(node: Node, error: unknown): void {
    let cause = error
    while (cause instanceof Error && cause.cause) cause = cause.cause
    this.problems.push(`${node.name} does not start: ${cause}`)
  }

  #client(node: Node): Client {
    return new Client({
      nameServers: [`127.0.0.1:${namesrvPort}`],
      network: this.#network.of(node),
      clock: this.world.clockOf(node),
      random: this.#random(),
      timeoutMs: attemptMs,
    })
  }

  #random(): Random {
    const { world } = this
    return {
      below: (bound) => world.below(bound),
      bytes: (size) => Uint8Array.from({ length: size }, () => world.below(256)),
    }
  }

  async #send(node: Node, queueId: number): Promise<void> {
    const client = this.#client(node)
    const clock = this.world.clockOf(node)
    let last = -1
    while (this.#isSending) {
      const body = `${queueId}/${this.#number++}`
      const sent: Sent = { body, queueId, outcome: 'unknown', offset: -1, endedAt: 0 }
      this.sent.push(sent)
      try {
        const queue = { broker: setName, queueId }
        const message = { topic, body: Buffer.from(body), properties: new Map<string, string>() }
        const receipt = await client.send(message, { queue, retries: 0, timeoutMs: attemptMs })
        if (receipt.status === 'SEND_OK') {
          sent.outcome = 'acknowledged'
          sent.offset = receipt.queueOffset
          if (sent.offset <= last) this.problems.push(`I4: ${body} at ${sent.offset} after ${last}`)
          last = sent.offset
        }
      } catch (error) {
        this.world.note(`${node.name} ${body} failed: ${error}`)
        await clock.sleep(100)
      }
      sent.endedAt = this.world.now
      await clock.sleep(20)
    }
  }
}
