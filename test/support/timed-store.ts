// The timer over a real store, on a disk in memory, with a clock that can be set.

import type { Log } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { brokerConfig } from '../../src/broker/config.ts'
import { meterOf } from '../../src/broker/meter.ts'
import { Settings } from '../../src/broker/settings.ts'
import { BrokerStats } from '../../src/broker/stats.ts'
import { putOnTimer } from '../../src/broker/timed.ts'
import { Timer } from '../../src/broker/timer/timer.ts'
import type { Message } from '../../src/message/message.ts'
import { printProperties } from '../../src/message/properties.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { openTimerFiles } from '../../src/store/timer-files.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'
import { smallStoreOptions } from './memory-store.ts'
import { outgoing } from './messages.ts'

/** Somebody may set it while the ticks go on. */
export class SettableClock extends FakeClock {
  setBy = 0

  /** A clock of the same time, on which nothing waits. */
  copy(): SettableClock {
    return new SettableClock(this.now())
  }

  override now(): number {
    return super.now() + this.setBy
  }
}

const settings = new Settings(brokerConfig.parse({}))
export const target = { topic: 'orders', queueId: 1 }
const hourMs = 3_600_000

export type TimedOptions = {
  readonly files?: MemoryFiles
  readonly clock?: SettableClock
  readonly brokerId?: number
  readonly log?: Log
  readonly isWanted?: (message: Message) => boolean
}

export class TimedStore {
  readonly files: MemoryFiles
  readonly clock: SettableClock
  readonly options: TimedOptions
  store: Store
  timer: Timer
  readonly stats: BrokerStats

  /** Opens what is on the disk and starts it. */
  static async open(options: TimedOptions = {}): Promise<TimedStore> {
    const timed = new TimedStore(options)
    timed.store.start()
    await timed.timer.start()
    return timed
  }

  private constructor(options: TimedOptions) {
    this.options = options
    this.files = options.files ?? new MemoryFiles({ mapped: false })
    this.clock = options.clock ?? new SettableClock()
    const { clock } = this
    const log = options.log ?? silentLog
    const files = this.files.mount()
    this.store = openStore({ files, clock, log }, { ...smallStoreOptions, mapFiles: false })
    this.stats = new BrokerStats(clock, { brokerName: 'b', clusterName: 'c' })
    const { store } = this
    const shape = {
      storePathRootDir: '/store',
      mappedFileSizeTimerLog: 52 * 20 + 16,
      timerWheelSlots: 2000,
    }
    this.timer = new Timer(
      {
        clock,
        log,
        self: { storeHost: new Uint8Array(8), brokerId: options.brokerId ?? 0 },
        appender: store,
        queues: store,
        reader: store,
        positions: store,
        files: openTimerFiles(files, shape, store.maxPosition),
        maxDelayMs: 72 * hourMs,
        isWanted: options.isWanted ?? (() => true),
        stats: this.stats,
      },
      1000,
    )
    store.onArrival((arrival) => this.timer.onArrival(arrival))
  }

  /** Sends a message that is due at `deliverAt`, as the broker does. */
  send(id: string, deliverAt: number, more: readonly (readonly [string, string])[] = []): void {
    const properties = [['UNIQ_KEY', id], ['TIMER_DELIVER_MS', String(deliverAt)], ...more] as const
    const message = outgoing({
      ...target,
      body: Buffer.from(id),
      properties: printProperties(properties),
    })
    const stats = new BrokerStats(this.clock, { brokerName: 'broker', clusterName: 'cluster' })
    putOnTimer(message, { clock: this.clock, settings, meter: meterOf(noMetrics), stats })
    this.store.append(message)
  }

  recall(id: string, deliverAt: number): void {
    this.send(`recall of ${id}`, deliverAt, [['TIMER_DEL_UNIQKEY', id]])
  }

  /** Everything that came to its queue, in order. */
  async delivered(): Promise<Message[]> {
    const found: Message[] = []
    for (let offset = 0; offset < this.store.maxOffset(target); ) {
      const query = { ...target, offset, maxCount: 1000, maxBytes: 2 ** 20 }
      const result = await this.store.read(query)
      found.push(...result.records.map((record) => decodeRecord(Buffer.from(record))))
      offset = result.nextOffset
    }
    return found
  }

  async ids(): Promise<string[]> {
    return (await this.delivered()).map(({ body }) => Buffer.from(body).toString())
  }

  async stop(): Promise<void> {
    await this.timer.stop()
    await this.store.stop()
    await this.timer.close()
  }

  /** The process is killed, or with `lose` the power fails; then it starts again. */
  async crash(lose = 0): Promise<TimedStore> {
    this.files.crash(lose)
    // Nothing of before can do anything any more: its timers only fail.
    await this.timer.stop().catch(() => {})
    await this.store.stop().catch(() => {})
    return TimedStore.open({ ...this.options, files: this.files, clock: this.clock })
  }

  async restart(change: () => void = () => {}): Promise<TimedStore> {
    await this.stop()
    change()
    return TimedStore.open({ ...this.options, files: this.files, clock: this.clock })
  }
}
