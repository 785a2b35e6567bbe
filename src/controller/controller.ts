// A controller: who is master of each broker set, behind one port. Several may run; one leads,
// the others answer that they do not. See docs/decisions/0003 for what it promises.

import { printAddress } from '../base/address.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import { JsonFile } from '../base/json-file.ts'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Address, Network } from '../base/network.ts'
import type { SharedState } from '../base/shared-state.ts'
import { Guard } from '../guard/guard.ts'
import { openingOf } from '../guard/listener.ts'
import { openAccess } from '../guard/settings.ts'
import { Dispatcher } from '../remoting/dispatcher.ts'
import { RemotingServer } from '../remoting/server.ts'
import type { ControllerConfig } from './config.ts'
import { Elections } from './elections.ts'
import type { ControllerPorts } from './handler.ts'
import { handlers } from './handlers.ts'
import { Members } from './members.ts'
import { BrokerSets } from './sets.ts'
import { Settings } from './settings.ts'

export type ControllerHost = {
  readonly network: Network
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly metrics: Metrics
  readonly state: SharedState
}

/** A controller as a service. `address` is where it listens once started. */
export class Controller implements Service {
  readonly name = 'controller'
  readonly #server: RemotingServer
  readonly #lifecycle: Lifecycle
  readonly #ports: ControllerPorts

  constructor(config: ControllerConfig, host: ControllerHost) {
    const { clock, files, network, log, state } = host
    const { authority } = openAccess(
      config,
      new JsonFile(files, `${config.authConfigPath}/auth.json`, log, true),
    )
    // Who may say that it is a broker of a set may become its master.
    const guard = new Guard({
      ...config,
      authority,
      clock,
      log,
      cluster: '',
      isReserved: () => false,
    })
    const settings = new Settings(config)
    const members = new Members(() => ({
      leaseMs: config.masterLeaseMs,
      marginMs: config.masterLeaseMarginMs,
    }))
    const sets = new BrokerSets({ state, log, countMax: config.brokerSetsMax })
    const elections = new Elections({ sets, members, clock, log, settings })
    let leader: string | undefined
    this.#ports = {
      sets,
      members,
      elections,
      settings,
      state,
      clock,
      log,
      leader: () => controllerOf(config, leader),
      self: () => ({ id: config.controllerDLegerSelfId, address: this.#ownAddress(config) }),
    }
    this.#server = new RemotingServer({
      network,
      clock,
      log,
      address: { host: config.bindAddress, port: config.listenPort },
      dispatcher: new Dispatcher(handlers, this.#ports, { log, hooks: [guard] }),
      opening: openingOf(config, host),
    })
    const leading: Service = {
      name: 'leadership',
      start: () =>
        state.start({
          lead(values) {
            members.lead(clock.monotonic())
            sets.lead(values)
            log.info('controller-leads')
          },
          follow(name) {
            if (sets.leads) log.warn('controller-leads-no-more', { leader: name })
            leader = name
            sets.follow()
          },
        }),
      async stop() {
        sets.follow()
        await state.stop()
      },
    }
    this.#lifecycle = new Lifecycle([
      this.#server,
      leading,
      scanner(clock, config.scanNotActiveBrokerInterval, () => elections.scan()),
    ])
    measure(host.metrics, this.#ports)
  }

  get address(): Address {
    return this.#server.address
  }

  /** Whether this one leads now. */
  get leads(): boolean {
    return this.#ports.sets.leads
  }

  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  #ownAddress(config: ControllerConfig): string {
    const own = controllerOf(config, config.controllerDLegerSelfId)?.address
    return own ?? printAddress(this.#server.address)
  }
}

/** The controller of that id among the peers: `id-host:port;…`. */
function controllerOf(config: ControllerConfig, id: string | undefined) {
  for (const peer of config.controllerDLegerPeers.split(';')) {
    const at = peer.indexOf('-')
    if (at > 0 && peer.slice(0, at) === id) return { id, address: peer.slice(at + 1) }
  }
  return undefined
}

function scanner(clock: Clock, everyMs: number, run: () => void): Service {
  let timer: Timer | undefined
  return {
    name: 'scan',
    start() {
      timer = clock.every(everyMs, run)
    },
    stop() {
      timer?.cancel()
    },
  }
}

function measure(metrics: Metrics, { sets, members, clock }: ControllerPorts): void {
  metrics.gauge('rocketway_controller_leads_count', 'Whether this controller leads', (set) =>
    set(sets.leads ? 1 : 0),
  )
  metrics.gauge('rocketway_controller_epoch_count', 'Elections of each broker set', (set) => {
    for (const { brokerName, masterEpoch } of sets.all()) set(masterEpoch, { broker: brokerName })
  })
  metrics.gauge('rocketway_controller_in_sync_count', 'Brokers in sync, by set', (set) => {
    for (const { brokerName, syncStateSet } of sets.all()) {
      set(syncStateSet.length, { broker: brokerName })
    }
  })
  metrics.gauge('rocketway_controller_alive_count', 'Brokers alive, by set', (set) => {
    const now = clock.monotonic()
    for (const { brokerName, members: all } of sets.all()) {
      const alive = all.filter(({ id }) => members.isAlive(brokerName, id, now))
      set(alive.length, { broker: brokerName })
    }
  })
}
