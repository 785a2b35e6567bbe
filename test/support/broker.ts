// A broker's parts over a store in arrays, without a network; and ways to ask its handlers.

import { Directory } from '../../src/access/directory.ts'
import { failures, MqError } from '../../src/base/errors.ts'
import { type Log, silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import { ConsumerRegistry, ProducerRegistry } from '../../src/broker/clients.ts'
import { type BrokerConfig, brokerConfig } from '../../src/broker/config.ts'
import { DedupWindow } from '../../src/broker/dedup.ts'
import { FilterCache } from '../../src/broker/filters.ts'
import { GroupTable } from '../../src/broker/groups.ts'
import type { BrokerPorts } from '../../src/broker/handler.ts'
import { pullKey } from '../../src/broker/handlers/pull.ts'
import { handlers } from '../../src/broker/handlers.ts'
import { HeldRequests } from '../../src/broker/holds.ts'
import { Identity } from '../../src/broker/identity.ts'
import { LockTable } from '../../src/broker/locks.ts'
import { meterOf } from '../../src/broker/meter.ts'
import { OffsetTable } from '../../src/broker/offsets.ts'
import { PeerHosts } from '../../src/broker/peer-hosts.ts'
import { Pop } from '../../src/broker/pop/pop.ts'
import type { Arrival, KeyIndex } from '../../src/broker/ports.ts'
import type { ReplicationPort } from '../../src/broker/replication/ports.ts'
import { RequestModeTable } from '../../src/broker/request-modes.ts'
import { PendingResets } from '../../src/broker/resets.ts'
import { SendProperties } from '../../src/broker/send-properties.ts'
import { Settings } from '../../src/broker/settings.ts'
import { startTopics, topicConfig } from '../../src/broker/start-topics.ts'
import type { StateFile } from '../../src/broker/state-file.ts'
import { BrokerStats } from '../../src/broker/stats.ts'
import type { TimerFigures } from '../../src/broker/timer/timer.ts'
import { TopicTable } from '../../src/broker/topics.ts'
import { Transactions } from '../../src/broker/transaction/transactions.ts'
import { parseDelayLevels } from '../../src/message/delay.ts'
import { UniqueIds } from '../../src/message/id.ts'
import type { Call, Peer } from '../../src/remoting/call.ts'
import type { Deferred, Reply } from '../../src/remoting/dispatch.ts'
import { ArrayStore } from './array-store.ts'
import { FakeClock } from './fake-clock.ts'

/** A state file in memory. */
export class MemoryStateFile implements StateFile {
  text: string | undefined
  saves = 0

  constructor(text?: string) {
    this.text = text
  }

  load<T>(parse: (value: unknown) => T): T | undefined {
    return this.text === undefined ? undefined : parse(JSON.parse(this.text))
  }

  save(snapshot: () => unknown): Promise<void> {
    this.saves++
    this.text = JSON.stringify(snapshot())
    return Promise.resolve()
  }
}

/** Always the lowest. */
const lowest: Random = { below: () => 0, bytes: (size) => new Uint8Array(size) }

type Given = {
  readonly config?: Partial<BrokerConfig>
  /** Topics that exist beside those of the start, with that many queues. */
  readonly topics?: Readonly<Record<string, number>>
  readonly log?: Log
  /** Of a process before this one. */
  readonly clock?: FakeClock
  readonly store?: ArrayStore
  readonly timer?: TimerFigures
  /** Without it there are no idempotent sends. */
  readonly keyIndex?: KeyIndex
}

/** Everything that handlers use, with defaults; a test names only what matters to it. */
export function brokerParts(given: Given = {}) {
  const clock = given.clock ?? new FakeClock()
  const log = given.log ?? silentLog
  const config = brokerConfig.parse({ ...given.config })
  const settings = new Settings(config)
  const store = given.store ?? new ArrayStore(() => clock.now())
  const topics = new TopicTable({ file: new MemoryStateFile(), clock, log, settings })
  topics.load(startTopics(config))
  for (const [name, count] of Object.entries(given.topics ?? {})) {
    topics.put(topicConfig(name, count))
  }
  const groups = new GroupTable({ file: new MemoryStateFile(), clock, log, settings })
  groups.load()
  const offsets = new OffsetTable({
    file: new MemoryStateFile(),
    clock,
    log,
    flushMs: 5000,
    syncLog: async () => {},
    versionStep: 500,
  })
  const holds = new HeldRequests<Arrival>(clock, { countMax: 100, perKeyMax: 100 })
  store.onArrival((arrival) => holds.wake(pullKey(arrival.topic, arrival.queueId), arrival))
  const told: string[] = []
  const cleaned: string[] = []
  const consumers = new ConsumerRegistry(clock, (group, members) => {
    for (const { clientId } of members) told.push(`${clientId} of ${group}`)
  })
  const producers = new ProducerRegistry(clock)
  const locks = new LockTable(clock)
  const modes = new RequestModeTable(new MemoryStateFile(), log)
  const self = new Identity(config, clock)

  const stats = new BrokerStats(clock, self)
  const pop = new Pop({
    self,
    clock,
    random: lowest,
    log,
    appender: store,
    queues: store,
    reader: store,
    topics,
    groups,
    offsets,
    holds,
    reviveQueueNum: config.reviveQueueNum,
    orderFile: new MemoryStateFile(),
  })
  store.onArrival((arrival) => pop.arrived(arrival))

  const delayLevels = parseDelayLevels(config.messageDelayLevel)
  const transactions = new Transactions({
    self,
    clock,
    random: lowest,
    log,
    appender: store,
    queues: store,
    reader: store,
    positions: store,
    topics,
    offsets,
    producers,
    delayLevels,
    settings: config,
  })

  const ports: BrokerPorts = {
    directory: new Directory(new MemoryStateFile()),
    transactions,
    pop,
    self,
    settings,
    clock,
    random: lowest,
    log,
    meter: meterOf(noMetrics),
    stats,
    appender: store,
    queues: store,
    queueEntries: store,
    reader: store,
    positions: store,
    diskSpace: () => ({ total: 4 * 1024 ** 3, used: 1024 ** 3, free: 3 * 1024 ** 3 }),
    keyIndex: undefined,
    dedup: new DedupWindow({
      clock,
      keyIndex: given.keyIndex,
      windowMs: config.dedupWindowMs,
      countMax: config.dedupCountMax,
    }),
    cleaning: {
      deleteExpiredFiles: () => cleaned.push('log'),
      deleteExpiredQueues: async () => void cleaned.push('queues'),
    },
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
      ip: new Uint8Array(4),
      processId: 1,
      instance: new Uint8Array(4),
    }),
    sendProperties: new SendProperties({
      region: config.regionId,
      traceOn: config.traceOn,
      cluster: config.brokerClusterName,
    }),
    delayLevels,
    holds,
    replication: aloneMaster(),
    roleHint() {},
    timerFigures: () => given.timer,
    copied: {
      offsets: () => offsets.snapshot(),
      delayOffsets: () => ({}),
      requestModes: () => modes.snapshot(),
      timer: () => undefined,
    },
  }
  return {
    ports,
    pop,
    transactions,
    clock,
    store,
    topics,
    groups,
    offsets,
    holds,
    consumers,
    producers,
    locks,
    told,
    cleaned,
    stats,
  }
}

/** A master without slaves. */
const aloneMaster = (): ReplicationPort => ({
  role: 'master',
  maxPosition: 0,
  inSyncCount: 1,
  slaves: [],
  following: {
    isConnected: false,
    master: undefined,
    local: undefined,
    lastReadMs: 0,
    lastWriteMs: 0,
    bytesPerSecond: 0,
  },
  epochs: { entries: [] },
  announced: '127.0.0.1:10912',
  isInSync: () => false,
  introduce: () => '',
  checkMaster() {},
})

/** A connection that can be closed and remembers what it was told. */
export class FakePeer implements Peer {
  static #next = 1
  readonly id = FakePeer.#next++
  readonly remote = { host: '127.0.0.1', port: 40_000 + this.id }
  readonly local = { host: '127.0.0.1', port: 10_911 }
  closed = false
  readonly notified: { code: number; header: unknown; body: Uint8Array | undefined }[] = []
  readonly #listeners: (() => void)[] = []

  notify(spec: { code: number }, header: unknown, body?: Uint8Array): void {
    this.notified.push({ code: spec.code, header, body })
  }

  call(): Promise<never> {
    return Promise.reject(new MqError('broker-timeout'))
  }

  onClose(run: () => void): void {
    this.#listeners.push(run)
  }

  close(): void {
    this.closed = true
    for (const run of this.#listeners.splice(0)) run()
  }
}

const anyCall = (given: Partial<Call> = {}): Call => ({
  arrivedMs: 0,
  peer: new FakePeer(),
  body: new Uint8Array(0),
  language: 'JAVA',
  version: 513,
  oneway: false,
  ext: undefined,
  ...given,
})

export type Answer = {
  readonly code: number
  readonly remark: string | undefined
  readonly ext: Record<string, string>
  readonly body: Buffer
}

/** An answer that is there or will be: `now` is undefined while it is not. */
export type Asked = { now: Answer | undefined; readonly answer: Promise<Answer> }

type Ext = Readonly<Record<string, string | number | boolean>>

/** Runs the handler of a request as the dispatcher does, and prints what it gives. */
export function ask(ports: BrokerPorts, code: number, ext: Ext, call: Partial<Call> = {}): Asked {
  const handler = handlers.find(({ spec }) => spec.code === code)
  if (!handler) throw new Error(`the broker does not serve ${code}`)
  const text = Object.fromEntries(Object.entries(ext).map(([key, value]) => [key, String(value)]))
  const print = (reply: Reply): Answer => ({
    code: reply.code ?? 0,
    remark: reply.remark,
    ext: { ...handler.spec.printReply(reply.header ?? {}) },
    body: Buffer.concat([reply.body ?? []].flat()),
  })
  const asked: { now: Answer | undefined } = { now: undefined }
  const answer = new Promise<Answer>((resolve, reject) => {
    const done = (answered: Answer): void => {
      asked.now = answered
      resolve(answered)
    }
    const fail = (error: unknown): void => {
      if (!(error instanceof MqError)) {
        reject(error)
        return
      }
      const { remoting } = failures[error.failure]
      done({ code: remoting, remark: error.message, ext: {}, body: Buffer.alloc(0) })
    }
    const reply = (given: Reply): void => done(print(given))
    try {
      const outcome = handler.run(handler.spec.parseHeader(text), ports, anyCall(call))
      if (outcome instanceof Promise) outcome.then(reply, fail)
      else if ('attach' in outcome) (outcome as Deferred).attach({ closed: false, reply, fail })
      else reply(outcome)
    } catch (error) {
      fail(error)
    }
  })
  return Object.assign(asked, { answer })
}

/** As {@link ask}, for what is answered in the same turn. */
export function answerOf(
  ports: BrokerPorts,
  code: number,
  ext: Ext,
  call: Partial<Call> = {},
): Answer {
  const { now } = ask(ports, code, ext, call)
  if (!now) throw new Error(`request ${code} was not answered at once`)
  return now
}
