// A namesrv: the routes of a cluster behind one port. It knows no other namesrv and keeps
// nothing but its KV file; brokers tell it the rest within seconds of its start.

import type { Directory } from '../access/directory.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import { JsonFile } from '../base/json-file.ts'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { Address, Network } from '../base/network.ts'
import { Guard } from '../guard/guard.ts'
import { openingOf } from '../guard/listener.ts'
import { openAccess } from '../guard/settings.ts'
import type { Peer } from '../remoting/call.ts'
import { Dispatcher } from '../remoting/dispatcher.ts'
import { RemotingServer } from '../remoting/server.ts'
import type { NamesrvConfig } from './config.ts'
import type { NamesrvPorts } from './handler.ts'
import { handlers } from './handlers.ts'
import { KvConfig, orderTopicConfig } from './kv.ts'
import type { BrokerIdentity } from './registration.ts'
import { Routes } from './routes.ts'
import { Settings } from './settings.ts'
import { Turns } from './turns.ts'

export type NamesrvHost = {
  readonly network: Network
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
}

/** A namesrv as a service. `address` is where it listens once started. */
export class Namesrv implements Service {
  readonly name = 'namesrv'
  readonly #server: RemotingServer
  readonly #lifecycle: Lifecycle

  constructor(config: NamesrvConfig, host: NamesrvHost) {
    const { clock, network, log } = host
    const { directory, authority } = openAccess(
      config,
      new JsonFile(host.files, `${config.authConfigPath}/auth.json`, log, true),
    )
    const ports = portsOf(config, directory, host)
    const guard = new Guard({
      ...config,
      authority,
      clock,
      log,
      cluster: '',
      isReserved: () => false,
    })
    this.#server = new RemotingServer({
      network,
      clock,
      log,
      address: { host: config.bindAddress, port: config.listenPort },
      dispatcher: new Dispatcher(handlers, ports, { log, hooks: [guard] }),
      opening: openingOf(config, host),
    })
    this.#lifecycle = new Lifecycle([
      { name: 'kv-config', start: () => ports.kv.load(), stop() {} },
      expiry(ports, config.scanNotActiveBrokerInterval),
      this.#server,
    ])
  }

  get address(): Address {
    return this.#server.address
  }

  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }
}

function portsOf(
  config: NamesrvConfig,
  directory: Directory,
  { clock, files, log }: NamesrvHost,
): NamesrvPorts {
  const settings = new Settings(config)
  const kv = new KvConfig(new JsonFile(files, config.kvConfigPath, log), config.kvEntriesMax)
  const routes = new Routes(config, (topic) =>
    settings.current.orderMessageEnable ? kv.get(orderTopicConfig, topic) : undefined,
  )
  kv.onChange((namespace, key) => {
    if (namespace === orderTopicConfig) routes.orderConfChanged(key)
  })
  settings.onChange(() => routes.orderConfChanged())
  const turns = new Turns(clock)
  return { settings, directory, kv, routes, clock, log, turns, watch: watcher(routes, log) }
}

/** A broker registers every 30 s over one connection, which is to be watched once. */
function watcher(routes: Routes, log: Log): (peer: Peer) => void {
  const watched = new WeakSet<Peer>()
  return (peer) => {
    if (watched.has(peer)) return
    watched.add(peer)
    peer.onClose(() => report(log, 'connection closed', routes.peerClosed(peer.id)))
  }
}

function expiry({ routes, clock, log }: NamesrvPorts, everyMs: number): Service {
  let timer: Timer | undefined
  return {
    name: 'broker-expiry',
    start() {
      timer = clock.every(everyMs, () => report(log, 'silent', routes.expire(clock.monotonic())))
    },
    stop() {
      timer?.cancel()
    },
  }
}

function report(log: Log, reason: string, gone: readonly BrokerIdentity[]): void {
  for (const { brokerName, brokerId, brokerAddr } of gone) {
    log.warn('broker-gone', { reason, brokerName, brokerId, brokerAddr })
  }
}
