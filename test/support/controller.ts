// A controller on a network in memory, its state beside it, and brokers that are remoting clients.

import type { ExecutionContext } from 'ava'
import { printAddress } from '../../src/base/address.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { SharedState, SharedStateEvents } from '../../src/base/shared-state.ts'
import { controllerConfig } from '../../src/controller/config.ts'
import { Controller } from '../../src/controller/controller.ts'
import {
  controllerApplyBrokerId,
  controllerElectMaster,
  controllerRegisterBroker,
} from '../../src/protocol/requests/controller.ts'
import { brokerHeartbeat } from '../../src/protocol/requests/registration.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { Dispatcher } from '../../src/remoting/dispatcher.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'
import { MemoryNetwork } from './memory-network.ts'

/** State that a test can take away and give back. */
class MemoryState implements SharedState {
  readonly values = new Map<string, string>()
  /** The next changes are not written. */
  refuses = false
  leadsUntil = 0
  events: SharedStateEvents | undefined

  async start(events: SharedStateEvents): Promise<void> {
    this.events = events
    this.lead()
  }

  async stop(): Promise<void> {
    this.leadsUntil = 0
  }

  lead(): void {
    this.leadsUntil = Number.POSITIVE_INFINITY
    this.events?.lead(new Map(this.values))
  }

  lose(leader?: string): void {
    this.leadsUntil = 0
    this.events?.follow(leader)
  }

  async put(key: string, value: string | undefined): Promise<boolean> {
    if (this.refuses || this.leadsUntil === 0) return false
    if (value === undefined) this.values.delete(key)
    else this.values.set(key, value)
    return true
  }
}

export async function startController(t: ExecutionContext, settings: object = {}) {
  const clock = new FakeClock()
  const network = new MemoryNetwork(clock)
  const state = new MemoryState()
  const config = controllerConfig.parse({ listenPort: 0, ...settings })
  const files = new MemoryFiles().mount()
  const host = { network, clock, files, state, log: silentLog, metrics: noMetrics }
  const controller = new Controller(config, host)
  await controller.start()
  t.teardown(async () => {
    await Promise.all([controller.stop(), clock.advance(2000)])
    if (clock.pending > 0) throw new Error('a timer was left armed')
  })
  const address = printAddress(controller.address)
  return {
    controller,
    clock,
    network,
    state,
    address,
    join: joining(t, { clock, network, address }),
  }
}

type Place = {
  readonly clock: FakeClock
  readonly network: MemoryNetwork
  readonly address: string
}

const timeoutMs = 3000
const set = { clusterName: 'c', brokerName: 'b' }

/** A broker of the set `b` as its controller knows it; no log behind it. */
export class FakeBroker {
  readonly told: { code: number; ext: Record<string, string> | undefined }[] = []
  readonly id: number
  readonly client: RemotingClient
  readonly #address: string
  /** What its heartbeats say. */
  epoch = 0
  maxPosition = 0

  constructor(id: number, { clock, network, address }: Place) {
    this.id = id
    this.#address = address
    const told = this.told
    const log = silentLog
    const dispatcher = new Dispatcher<undefined>([], undefined, { log })
    dispatcher.dispatch = (_, request) => {
      told.push({ code: request.code, ext: request.ext })
    }
    this.client = new RemotingClient({ network, clock, log, dispatcher })
  }

  async register(): Promise<Record<string, unknown>> {
    const header = { ...set, brokerId: this.id, brokerAddress: `10.0.0.${this.id}:10911` }
    return (await this.client.call(this.#address, controllerRegisterBroker, header, { timeoutMs }))
      .header
  }

  async beat(): Promise<Record<string, unknown>> {
    const header = {
      ...set,
      brokerAddr: `10.0.0.${this.id}:10911`,
      brokerId: this.id,
      epoch: this.epoch,
      maxOffset: this.maxPosition,
      heartbeatTimeoutMills: 3000,
    }
    return (await this.client.call(this.#address, brokerHeartbeat, header, { timeoutMs })).header
  }

  elect(designate?: number) {
    const header = {
      ...set,
      brokerId: designate ?? this.id,
      designateElect: designate !== undefined,
    }
    const accept = [0, 2011]
    return this.client.call(this.#address, controllerElectMaster, header, {
      timeoutMs: 10_000,
      accept,
    })
  }
}

function joining(t: ExecutionContext, place: Place) {
  return async (id: number): Promise<FakeBroker> => {
    const broker = new FakeBroker(id, place)
    t.teardown(async () => {
      await Promise.all([broker.client.close(), place.clock.advance(2000)])
    })
    const asked = { ...set, appliedBrokerId: id, registerCheckCode: `code-${id}` }
    await broker.client.call(place.address, controllerApplyBrokerId, asked, { timeoutMs })
    await broker.register()
    await broker.beat()
    return broker
  }
}
