// A cluster of real processes: a namesrv, a controller or several, and brokers of one set.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import type { ExecutionContext } from 'ava'
import { firstDifference, logEnd } from '../support/replicas.ts'
import { Controllers } from './controllers.ts'
import { Disk } from './disks.ts'
import { Network, type Place } from './namespaces.ts'
import { Program } from './programs.ts'

export type ClusterOptions = {
  readonly brokers?: number
  /** Several share an etcd. */
  readonly controllers?: number
  /** Settings of every broker. */
  readonly broker?: Readonly<Record<string, string>>
  /** Of every program. */
  readonly env?: Record<string, string>
  /** Brokers run under this, such as strace. */
  readonly wrap?: readonly string[]
  /** Each broker has a disk of its own. */
  readonly losesPower?: boolean
}

export type Replicas = {
  readonly master: number | undefined
  readonly epoch: number
  readonly inSync: readonly number[]
}

const setName = 'set-a'

/** Ports differ by node, as without namespaces all are on one address. */
const portOf = (broker: number): number => 10_911 + 20 * broker + portShift
const portShift = ((process.pid + threadId * 37) % 300) * 100

export class FaultCluster {
  readonly network: Network
  readonly namesrv: Program
  readonly controllers: Controllers
  readonly brokers: readonly Program[]
  /** Of the brokers, where they lose power. */
  readonly disks: readonly Disk[]
  readonly nameServers: readonly string[]
  readonly brokerName = setName
  readonly #homes: readonly string[]

  private constructor(t: ExecutionContext, options: ClusterOptions) {
    const home = mkdtempSync(join(tmpdir(), 'rocketway-faults-'))
    t.teardown(() => rmSync(home, { recursive: true, force: true }))
    this.network = new Network(t)
    const control = this.network.place('control')
    const namesrv = `${control.ip}:${9876 + portShift}`
    this.nameServers = [namesrv]
    const { env, wrap } = options
    this.namesrv = new Program(t, {
      place: control,
      ...(env && { env }),
      args: [
        ...['namesrv', '--listen', namesrv, '--set', 'namesrv.insecure=true'],
        ...['--data', join(home, 'namesrv'), '--log', 'warn'],
      ],
    })
    this.controllers = new Controllers(t, this.network, control, {
      home,
      count: options.controllers ?? 1,
      port: 9878 + portShift,
      env: env ?? {},
    })
    const folders = Array.from({ length: options.brokers ?? 2 }, (_, at) =>
      join(home, `broker${at}`),
    )
    this.disks = options.losesPower ? folders.map((folder) => new Disk(t, folder)) : []
    this.#homes = folders.map((folder) => (options.losesPower ? join(folder, 'data') : folder))
    this.brokers = this.#homes.map((own, at) => {
      const place = this.network.place(`broker${at}`)
      return new Program(t, {
        place,
        args: this.#brokerArgs(place, at, own, options.broker ?? {}),
        ...(env && { env }),
        ...(wrap && { wrap }),
      })
    })
  }

  /** Resolves when there is a master and every broker is in sync with it. */
  static async start(t: ExecutionContext, options: ClusterOptions = {}): Promise<FaultCluster> {
    const cluster = new FaultCluster(t, options)
    await Promise.all([cluster.namesrv.start(), cluster.controllers.start()])
    await Promise.all(cluster.brokers.map((broker) => broker.start()))
    await cluster.inSync(60_000)
    return cluster
  }

  /** What the controller says of the set; undefined while none can be asked. */
  async replicas(): Promise<Replicas | undefined> {
    const found = await this.controllers.replicas(setName)
    if (!found) return undefined
    return {
      master: found.masterBrokerId,
      epoch: found.masterEpoch,
      inSync: found.inSyncReplicas.map(({ brokerId }) => brokerId),
    }
  }

  /** The master's process: ids are given in the order in which brokers came. */
  async master(): Promise<Program> {
    for (;;) {
      const address = (await this.controllers.replicas(setName))?.masterAddress
      const at = this.brokers.findIndex(({ place }, at) => address === `${place.ip}:${portOf(at)}`)
      const broker = this.brokers[at]
      if (broker) return broker
      await sleep(100)
    }
  }

  /** The controller that leads. */
  async leader(): Promise<Program> {
    for (;;) {
      const found = await this.controllers.leader(setName)
      if (found) return found
      await sleep(100)
    }
  }

  /** Waits until every broker is in sync; answers how long that took, ms. */
  async inSync(withinMs: number): Promise<number> {
    const startedAt = performance.now()
    for (;;) {
      const found = await this.replicas()
      if (found?.master !== undefined && found.inSync.length === this.brokers.length) {
        return performance.now() - startedAt
      }
      if (performance.now() - startedAt > withinMs) {
        throw new Error(`not in sync after ${withinMs} ms: ${JSON.stringify(found)}`)
      }
      await sleep(50)
    }
  }

  /**
   * Ends the brokers in order, the slaves first, and compares their logs with the master's, byte
   * by byte (I10): what is wrong.
   */
  async compareLogs(): Promise<readonly string[]> {
    const master = await this.master()
    const slaves = this.brokers.filter((broker) => broker !== master)
    for (const broker of [...slaves, master]) await broker.stop()
    const log = (broker: Program) =>
      join(this.#homes[this.brokers.indexOf(broker)] ?? '', 'commitlog')
    return slaves.flatMap((slave) => {
      const end = logEnd(log(slave))
      const different = firstDifference(log(slave), log(master), end)
      if (end === 0) return [`I10: ${slave.place.name} has no log`]
      return different === undefined ? [] : [`I10: ${slave.place.name} differs at ${different}`]
    })
  }

  /** I13: programs that ended by themselves. */
  get accidents(): readonly string[] {
    const programs = [this.namesrv, ...this.controllers.programs, ...this.brokers]
    return programs.flatMap(({ accidents }) => accidents)
  }

  #brokerArgs(
    { ip }: Place,
    at: number,
    home: string,
    settings: Readonly<Record<string, string>>,
  ): readonly string[] {
    const all: Record<string, string> = {
      brokerName: setName,
      brokerIP1: ip,
      haListenPort: String(portOf(at) + 1),
      // Its name space is the cluster's own.
      insecure: 'true',
      enableControllerMode: 'true',
      controllerAddr: this.controllers.addresses.join(';'),
      mappedFileSizeCommitLog: String(16 * 1024 * 1024),
      mappedFileSizeTimerLog: '520000',
      ...settings,
    }
    const listen = `${ip}:${portOf(at)}`
    const sets = Object.entries(all).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`])
    const namesrv = this.nameServers.join(';')
    return ['broker', '--listen', listen, '--namesrv', namesrv, '--data', home, ...sets]
  }
}
