// Pop over a store in memory, as one "process" after another: what survives is the log and the
// last written consumer offsets.

import type { Clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { HeldRequests } from '../../src/broker/holds.ts'
import { Pop } from '../../src/broker/pop/pop.ts'
import type { Claim, Popped, PopQuery } from '../../src/broker/pop/ports.ts'
import type {
  Arrival,
  ConsumerOffsets,
  MessageStore,
  QueueKey,
  TopicConfig,
} from '../../src/broker/ports.ts'
import { topicConfig } from '../../src/broker/start-topics.ts'
import { hostBytes } from '../../src/message/hosts.ts'
import type { Message } from '../../src/message/message.ts'
import { decodeRecord } from '../../src/message/record.ts'
import type { Responder } from '../../src/remoting/dispatch.ts'
import { ArrayStore } from './array-store.ts'
import { FakeClock, settle } from './fake-clock.ts'

export const storeHost = hostBytes('127.0.0.1', 10911)

/** Consumer offsets; `saved` is what a crash leaves. */
export class MemoryOffsets implements ConsumerOffsets {
  #table = new Map<string, number>()

  constructor(saved: ReadonlyMap<string, number> = new Map()) {
    this.#table = new Map(saved)
  }

  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#table)
  }

  find(group: string, { topic, queueId }: QueueKey): number | undefined {
    return this.#table.get(`${topic}@${group}@${queueId}`)
  }

  commit(group: string, { topic, queueId }: QueueKey, offset: number): void {
    this.#table.set(`${topic}@${group}@${queueId}`, offset)
  }

  pulled(): void {}
  pulledTo(): undefined {}
  ofTopic(): undefined {}
  topicsOf = (): string[] => []
  groupsOf = (): string[] => []
  removeTopic(): void {}
  removeGroup(): void {}
}

/** What outlives a process. */
export type Disk<S extends MessageStore = ArrayStore> = {
  readonly clock: FakeClock
  readonly store: S
  readonly topics: Map<string, TopicConfig>
  offsets: ReadonlyMap<string, number>
  orders: unknown
}

export function newDisk(queues = 2): Disk {
  const clock = new FakeClock()
  return {
    clock,
    store: new ArrayStore(() => clock.now()),
    topics: new Map([['T', topicConfig('T', queues)]]),
    offsets: new Map(),
    orders: undefined,
  }
}

export type Received = { readonly id: string; readonly claim: Claim; readonly offset: number } & {
  readonly message: Message
}

type Options = {
  /** Below 20 the retry topic comes first. */
  readonly dice?: () => number
  readonly journalSpan?: number
}

/** The clock of one process: with the process its timers are gone. */
class ProcessClock implements Clock {
  readonly #clock: FakeClock
  isKilled = false

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  now = () => this.#clock.now()
  monotonic = () => this.#clock.monotonic()
  after = (ms: number, run: () => void) => this.#clock.after(ms, this.#alive(run))
  every = (ms: number, run: () => void) => this.#clock.every(ms, this.#alive(run))
  endOfTurn = (run: () => void) => this.#clock.endOfTurn(this.#alive(run))
  sleep = (ms: number, signal?: AbortSignal) => this.#clock.sleep(ms, signal)

  #alive(run: () => void): () => void {
    return () => {
      if (!this.isKilled) run()
    }
  }
}

export class PopBroker<S extends MessageStore = ArrayStore> {
  readonly disk: Disk<S>
  readonly store: S
  readonly offsets: MemoryOffsets
  readonly holds: HeldRequests<Arrival>
  readonly pop: Pop
  readonly groups = new Set(['G'])
  readonly #process: ProcessClock

  constructor(disk: Disk<S>, options: Options = {}) {
    this.disk = disk
    const clock = new ProcessClock(disk.clock)
    this.#process = clock
    const { topics } = disk
    this.store = disk.store
    this.offsets = new MemoryOffsets(disk.offsets)
    this.holds = new HeldRequests<Arrival>(clock, { countMax: 100, perKeyMax: 100 })
    this.pop = new Pop({
      self: {
        brokerName: 'broker-a',
        clusterName: 'C',
        brokerId: 0,
        address: '127.0.0.1:10911',
        storeHost,
        startedAt: 0,
      },
      clock,
      random: { below: () => options.dice?.() ?? 21, bytes: (size) => new Uint8Array(size) },
      log: silentLog,
      appender: this.store,
      queues: this.store,
      reader: this.store,
      topics: topicsOf(topics),
      groups: groupsOf(this.groups),
      offsets: this.offsets,
      holds: this.holds,
      reviveQueueNum: 2,
      ...(options.journalSpan !== undefined && { journalSpan: options.journalSpan }),
      orderFile: {
        load: (parse) => (disk.orders === undefined ? undefined : parse(disk.orders)),
        save: async (snapshot) => {
          disk.orders = JSON.parse(JSON.stringify(snapshot()))
        },
      },
    })
    this.store.onArrival((arrival) => clock.isKilled || this.pop.arrived(arrival))
  }

  static async start<S extends MessageStore = ArrayStore>(
    disk: Disk<S>,
    options: Options = {},
  ): Promise<PopBroker<S>> {
    const broker = new PopBroker(disk, options)
    await broker.pop.start()
    return broker
  }

  /** Writes the offsets file. */
  save(): void {
    this.disk.offsets = this.offsets.snapshot()
  }

  /** The process is gone; what it appended is in the log. */
  async kill(): Promise<void> {
    await settle()
    this.#process.isKilled = true
  }

  /** An orderly end. */
  async stop(): Promise<void> {
    this.holds.stop()
    await this.pop.stop()
    await settle()
    this.save()
    this.#process.isKilled = true
  }

  async send(id: string, queueId = 0, properties = 'TAGS\x01a\x02', topic = 'T'): Promise<void> {
    this.store.append({
      topic,
      queueId,
      flag: 7,
      sysFlag: 0,
      bornTimestamp: this.disk.clock.now(),
      bornHost: hostBytes('10.0.0.9', 4711),
      storeHost,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body: Buffer.from(id),
      properties,
    })
    await settle()
  }

  async take(query: Partial<PopQuery> = {}): Promise<Received[]> {
    const invisibleMs = query.invisibleMs ?? 10_000
    const popped = await this.pop.take({
      group: 'G',
      topic: 'T',
      queueId: -1,
      maxCount: 32,
      from: 'min',
      filter: undefined,
      isOrder: false,
      attemptId: undefined,
      ...query,
      invisibleMs,
    })
    await settle()
    return received(popped, query.group ?? 'G', invisibleMs)
  }

  /** Resolves when it is answered, rejects with what it is refused with. */
  async ack(messages: readonly Received[], isStrict = false): Promise<void> {
    const answers = messages.map(({ claim, offset }) => {
      const { pending, refusal } = this.pop.ack(claim, [offset], isStrict)
      if (refusal) throw refusal
      return (
        pending &&
        new Promise<void>((resolve, reject) => {
          pending.attach(responder(resolve, reject))
        })
      )
    })
    await Promise.all(answers)
    await settle()
  }

  /** The message under its new receipt. */
  async change(one: Received, invisibleMs: number, isStrict = false): Promise<Received> {
    const asked = { invisibleMs, isSuspended: false, isStrict }
    const changed = this.pop.change(one.claim, one.offset, asked)
    const { popTime } = changed
    await settle()
    const claim = { ...one.claim, startOffset: one.offset, popTime, invisibleMs }
    return { ...one, claim }
  }
}

const responder = (resolve: () => void, reject: (error: unknown) => void): Responder => ({
  closed: false,
  reply: () => resolve(),
  fail: reject,
})

/** As clients find the receipt of each message: by marker and queue, in order. */
function received(popped: Popped, group: string, invisibleMs: number): Received[] {
  const { popTime, reviveQid } = popped
  const items = (text: string) => (text === '' ? [] : text.split(';').map((it) => it.split(' ')))
  const starts = new Map(
    items(popped.startOffsetInfo).map(([marker, queueId, at]) => [`${marker} ${queueId}`, at]),
  )
  const slots = items(popped.msgOffsetInfo).flatMap(([marker, queueId, offsets = '']) =>
    offsets.split(',').map((offset) => ({ marker, queueId, offset: Number(offset) })),
  )
  return popped.records.map((record, i) => {
    const message = decodeRecord(record)
    const { marker, queueId, offset = 0 } = slots[i] ?? {}
    const claim: Claim = {
      group,
      topic: marker === '0' ? message.topic : `%RETRY%${group}_${message.topic}`,
      queueId: Number(queueId),
      startOffset: Number(starts.get(`${marker} ${queueId}`)),
      popTime,
      invisibleMs,
      reviveQid,
      brokerName: 'broker-a',
    }
    return { id: Buffer.from(message.body).toString(), claim, offset, message }
  })
}

const topicsOf = (topics: Map<string, TopicConfig>) => ({
  find: (topic: string) => topics.get(topic),
  all: () => topics.values(),
  dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
  put: (config: TopicConfig) => void topics.set(config.topicName, config),
  createOnSend: () => undefined,
  ensure(topic: string, { queueNums }: { queueNums: number }) {
    const config = topics.get(topic) ?? topicConfig(topic, queueNums)
    topics.set(topic, config)
    return config
  },
  remove: (topic: string) => topics.delete(topic),
  renew: () => {},
  saved: async () => {},
})

const groupsOf = (groups: Set<string>) => ({
  find: () => undefined,
  has: (group: string) => groups.has(group),
  all: () => [],
  dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
  put() {},
  remove: (group: string) => groups.delete(group),
  saved: async () => {},
})
