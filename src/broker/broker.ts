// Puts a broker together: settings → parts → services, in the order in which they start.
//
//   store → tables and consumer offsets → connections → what works on its own → registration
//
// and stop in reverse: the name servers forget it first, then everything is written.

import { signWith } from '../access/signature.ts'
import { JsonFile } from '../base/json-file.ts'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import type { Address } from '../base/network.ts'
import { Guard } from '../guard/guard.ts'
import { callingTls, openingOf } from '../guard/listener.ts'
import { innerCredentials, openAccess } from '../guard/settings.ts'
import { parseDelayLevels } from '../message/delay.ts'
import { UniqueIds } from '../message/id.ts'
import { notifyConsumerIdsChanged } from '../protocol/requests/clients.ts'
import { RemotingClient } from '../remoting/client.ts'
import { Dispatcher } from '../remoting/dispatcher.ts'
import { RemotingServer, serverLimits } from '../remoting/server.ts'
import { openStore } from '../store/store.ts'
import { BatchTopics } from './batch-topics.ts'
import { ConsumerRegistry, type MembershipListener, ProducerRegistry } from './clients.ts'
import type { BrokerConfig } from './config.ts'
import { type LinkPart, makeControllerLink } from './controller-link/assembly.ts'
import { DedupWindow } from './dedup.ts'
import { FilterCache } from './filters.ts'
import { GroupTable } from './groups.ts'
import type { BrokerPorts } from './handler.ts'
import { pullKey } from './handlers/pull.ts'
import { handlers } from './handlers.ts'
import { HeldRequests } from './holds.ts'
import type { BrokerHost, StorePart } from './host.ts'
import { housekeeping } from './housekeeping.ts'
import { Identity } from './identity.ts'
import { measureLatencies, timedReader, timedSends } from './latencies.ts'
import { LockTable } from './locks.ts'
import { makeMasterParts, type OnMaster } from './master-parts.ts'
import { meterOf } from './meter.ts'
import { isSendable } from './names.ts'
import { OffsetTable } from './offsets.ts'
import { PeerHosts } from './peer-hosts.ts'
import type { Arrival, KeyIndex } from './ports.ts'
import { Registration } from './registration.ts'
import { CopiedTimer, makeReplication } from './replication/assembly.ts'
import { MasterServices } from './replication/master-services.ts'
import { MetadataSync } from './replication/metadata-sync.ts'
import { measureReplication } from './replication/metrics.ts'
import type { Replication } from './replication/replication.ts'
import { RequestModeTable } from './request-modes.ts'
import { PendingResets } from './resets.ts'
import { DelayOffsets } from './schedule/delay-offsets.ts'
import { SendProperties } from './send-properties.ts'
import { Settings } from './settings.ts'
import { countShortages, shortages } from './shortages.ts'
import { startTopics } from './start-topics.ts'
import { BrokerStats } from './stats.ts'
import type { TimerFigures } from './timer/timer.ts'
import { TopicTable } from './topics.ts'
import { VipPort } from './vip-port.ts'

/**
 * Opens the store of `config.storePathRootDir`, recovering it where that is needed, and puts a
 * broker over it. Blocking, as nothing runs yet. Throws as {@link openStore} does.
 */
export function openBroker(config: BrokerConfig, host: BrokerHost): Broker {
  const path = `${config.storePathRootDir}/config/topics.json`
  const batchTopics = new BatchTopics(new JsonFile(host.files, path, host.log))
  const isBatchTopic = (topic: string) => batchTopics.has(topic)
  const store = openStore({ ...host, isBatchTopic }, { ...config, processId: host.processId })
  return new Broker(config, host, store, batchTopics)
}

const portBytes = 4
const permWrite = 2

/** A broker as one service. */
export class Broker implements Service {
  readonly name = 'broker'
  readonly replication: Replication
  readonly #server: RemotingServer
  readonly #store: StorePart
  readonly #lifecycle: Lifecycle

  constructor(config: BrokerConfig, host: BrokerHost, store: StorePart, batchTopics?: BatchTopics) {
    const { clock, log, network } = host
    this.#store = store
    const parts = makeParts(config, host, store)
    const { ports, identity, topics, groups, offsets, modes, held, client } = parts
    const { replication, finder, services } = parts
    this.replication = replication
    const link = makeControllerLink(config, host, { self: identity, roles: replication })
    parts.hints.link = link

    const guard = new Guard({
      ...config,
      authority: parts.authority,
      clock,
      log,
      cluster: config.brokerClusterName,
      isReserved: (topic) => !isSendable(topic),
    })
    const short = countShortages(host.metrics)
    const serving = {
      network,
      clock,
      log,
      dispatcher: new Dispatcher(handlers, ports, {
        log,
        hooks: [guard, shortages(short), timedSends(parts.stats.latencies, clock)],
        waitingBytesMax: config.waitingBytesMax,
      }),
      // Acknowledgements that came with what is answered now are answered with it.
      beforeWrite() {
        if (services.isRunning) services.parts.pop.settle()
      },
      opening: openingOf(config, host),
      onShort: short,
      limits: {
        ...serverLimits,
        connectionsMax: config.connectionsMax,
        inFlightMax: config.clientRequestsMax,
        outboundBytesMax: config.clientOutboundBytesMax,
        partialBytesMax: config.partialBytesMax,
      },
    }
    const address = { host: config.bindAddress, port: config.listenPort }
    this.#server = new RemotingServer({ ...serving, address })
    const vip = new VipPort(serving, () => this.#server.address)
    store.onArrival((arrival) => {
      held.wake(pullKey(arrival.topic, arrival.queueId), arrival)
      if (services.isRunning) services.parts.arrived(arrival)
    })
    const sync = new MetadataSync({
      caller: client,
      clock,
      log,
      master: () => finder.master,
      topics,
      groups,
      modes,
      delayOffsets: parts.delayOffsets,
      offsets,
      timer: new CopiedTimer(host.files, config.storePathRootDir, () => store.maxPosition),
    })
    replication.attach({ services, sync })
    measureReplication(host.metrics, replication)
    measureLatencies(host.metrics, parts.stats.latencies)

    const tables: Service = {
      name: 'tables',
      start() {
        topics.load(startTopics(config))
        batchTopics?.follow(topics)
        groups.load()
        modes.load()
        offsets.keepOwn(replication.role === 'slave')
      },
      async stop() {
        await Promise.all([topics.saved(), groups.saved(), modes.saved()])
      },
    }
    const identified: Service = {
      name: 'identity',
      start: () => identity.listensOn(this.#server.address.port),
      stop() {},
    }
    const caller: Service = { name: 'remoting-client', start() {}, stop: () => client.close() }
    const registration = new Registration({
      caller: client,
      clock,
      log,
      self: identity,
      topics,
      nameServers: config.namesrvAddr.split(';').filter((address) => address !== ''),
      epoch: () => replication.epoch,
      isShown: () => replication.role !== 'none',
      haAddress: () => replication.announced,
      zoneName: config.zoneName,
      onMaster: (master, haAddress) => replication.masterIs(master, haAddress),
      periodMs: config.registerBrokerPeriod,
      timeoutMs: config.registerBrokerTimeoutMills,
      topicsPerRequest: config.enableSplitRegistration
        ? Math.max(config.splitRegistrationSize, 2)
        : undefined,
      permission: () =>
        ports.settings.current.brokerPermission & ~(store.trouble.isFinal ? permWrite : 0),
    })
    replication.onRole((role) => {
      offsets.keepOwn(role === 'slave')
      parts.dedup.becameWriter()
      registration.roleChanged()
    })
    store.trouble.onFinal(() => topics.renew())
    // Stops after the store: see TimerProgress.
    const closing: Service = { name: 'timer-files', start() {}, stop: () => services.close() }
    this.#lifecycle = new Lifecycle([
      closing,
      store,
      tables,
      offsets,
      caller,
      parts.stats,
      this.#server,
      identified,
      ...(config.vipPortEnable ? [vip] : []),
      replication,
      parts.housekeeping,
      held,
      link.service,
      registration,
    ])
  }

  /** Why nothing can be stored now; undefined when it can. */
  get refusal(): string | undefined {
    return this.#store.refusal
  }

  /** Where clients reach it, once started. */
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

function makeParts(config: BrokerConfig, host: BrokerHost, store: StorePart) {
  const { clock, log, network, random } = host
  const self = new Identity(config, clock)
  const credentials = innerCredentials(config)
  const sign = credentials && signWith(credentials)
  const tls = callingTls(config, host.files)
  const client = new RemotingClient({ network, clock, log, tls, ...(sign && { sign }) })
  const made = makeReplication(config, host, { store, identity: self, caller: client })
  const { replication } = made
  const settings = new Settings(config)
  const pathOf = (name: string) => `${config.storePathRootDir}/config/${name}.json`
  const file = (name: string) => new JsonFile(host.files, pathOf(name), log)
  const access = openAccess(config, new JsonFile(host.files, pathOf('auth'), log, true))
  const topics = new TopicTable({ file: file('topics'), clock, log, settings })
  const groups = new GroupTable({ file: file('subscriptionGroup'), clock, log, settings })
  const modes = new RequestModeTable(file('messageRequestMode'), log)
  const offsets = new OffsetTable({
    file: file('consumerOffset'),
    clock,
    log,
    flushMs: config.flushConsumerOffsetInterval,
    syncLog: () => store.flush(),
    versionStep: config.consumerOffsetUpdateVersionStep,
  })
  const delayOffsets = new DelayOffsets({
    file: file('delayOffset'),
    clock,
    log,
    flushMs: config.flushDelayOffsetInterval,
    syncLog: () => store.flush(),
  })
  const held = new HeldRequests<Arrival>(clock, {
    countMax: config.maxHeldRequests,
    perKeyMax: config.maxHeldRequests,
  })
  const consumers = new ConsumerRegistry(clock, tellMembers(groups))
  const producers = new ProducerRegistry(clock)
  const locks = new LockTable(clock)

  const stats = new BrokerStats(clock, self)
  const delayLevels = parseDelayLevels(config.messageDelayLevel)
  const keyIndex = store.queryByKey ? (store as KeyIndex) : undefined
  const hints: { link?: LinkPart } = {}
  const dedup = new DedupWindow({
    clock,
    keyIndex: config.messageIndexEnable ? keyIndex : undefined,
    windowMs: config.dedupWindowMs,
    countMax: config.dedupCountMax,
  })
  const base = {
    roleHint: (epoch: number | undefined) => hints.link?.hint(epoch),
    self,
    directory: access.directory,
    settings,
    clock,
    random,
    log,
    meter: meterOf(host.metrics),
    stats,
    appender: replication.appender,
    queues: store,
    queueEntries: store,
    reader: timedReader(store, stats.latencies, clock),
    positions: store,
    diskSpace: () => host.files.space(config.storePathRootDir),
    keyIndex,
    dedup,
    cleaning: store.cleaning,
    topics,
    groups,
    offsets,
    resets: new PendingResets(clock),
    consumers,
    producers,
    locks,
    requestModes: modes,
    filters: new FilterCache(),
    hosts: new PeerHosts(),
    coldReadLimits: new Map(),
    uniqueIds: new UniqueIds({
      ip: self.storeHost.subarray(0, -portBytes),
      processId: host.processId,
      instance: random.bytes(4),
    }),
    sendProperties: new SendProperties({
      region: config.regionId,
      traceOn: config.traceOn,
      cluster: config.brokerClusterName,
    }),
    delayLevels,
    holds: held,
    replication,
    timerFigures: (): TimerFigures | undefined => services.parts.timer?.figures,
    copied: {
      offsets: () => offsets.snapshot(),
      delayOffsets: () => delayOffsets.snapshot(),
      requestModes: () => modes.snapshot(),
      timer: () => services.parts.timer?.saved,
    },
  }
  const orderFile = file('consumerOrderInfo')
  const services = new MasterServices<OnMaster>(() =>
    makeMasterParts({ config, host, store, ports: base, offsets, delayOffsets, orderFile }),
  )
  const ports: BrokerPorts = {
    ...base,
    get pop() {
      return services.parts.pop
    },
    get transactions() {
      return services.parts.transactions
    },
  }
  const keeping = housekeeping(clock, () => {
    consumers.expire(settings.current.channelExpiredTimeout)
    producers.expire(settings.current.channelExpiredTimeout)
    locks.sweep()
  })
  return {
    ...made,
    hints,
    identity: self,
    client,
    services,
    ports,
    authority: access.authority,
    stats,
    topics,
    groups,
    offsets,
    modes,
    delayOffsets,
    held,
    dedup,
    housekeeping: keeping,
  }
}

/** Members of a group learn that it changed, unless the group forbids it. */
function tellMembers(groups: GroupTable): MembershipListener {
  return (consumerGroup, members) => {
    const known = groups.has(consumerGroup) ? groups.find(consumerGroup) : undefined
    if (known?.notifyConsumerIdsChangedEnable === false) return
    for (const { peer } of members) peer.notify(notifyConsumerIdsChanged, { consumerGroup })
  }
}
