// What went in and out of this broker, for people and tools: totals, rates, and the figures of
// each topic and group. Metrics for machines are in meter.ts and know no topics.
//
// The hot path adds to counters only. A timer looks at them once a second, and walks those of
// topics and groups every ten. Their number is bounded; one that was idle for a day is dropped.
//
// Counted is what clients send and read, not what the broker writes for itself; Apache counts
// both. Not served: Apache's stats log.
// Source: BrokerStatsManager, StoreStatsService, BrokerStats.

import type { Clock, Timer } from '../base/clock.ts'
import { Latencies } from './latencies.ts'
import { isSystemTopic } from './names.ts'
import { Series, type StatsData, windows } from './stats-series.ts'

const seriesMax = 100_000
const tickMs = 1000
/** Seconds that the rates of the whole broker look back. */
const rateWindows = [10, 60, 600]
const ratesKept = 601

type Totals = {
  /** Messages that were stored, and the bytes of their records. */
  putMessages: number
  putBytes: number
  putFailures: number
  /** Reads that found something, and those that did not. */
  found: number
  missed: number
  gotMessages: number
  gotBytes: number
  /** Of topics that are not the system's: what Apache calls the totals of a day. */
  userPuts: number
  userGets: number
}

export type RateName = 'putMessages' | 'found' | 'missed' | 'gotMessages'

/** At midnight, as the machine counts days. */
type Morning = { readonly puts: number; readonly gets: number }

type Names = { readonly brokerName: string; readonly clusterName: string }

/** Series by topic and group; the group is '' where there is none. */
type Table = Map<string, Map<string, Series>>

/** The tables by the names that tools ask for, and which of a series' two sums each shows. */
const views = {
  TOPIC_PUT_NUMS: ['put', 'count'],
  TOPIC_PUT_SIZE: ['put', 'bytes'],
  GROUP_GET_NUMS: ['got', 'count'],
  GROUP_GET_SIZE: ['got', 'bytes'],
  GROUP_ACK_NUMS: ['acked', 'count'],
  SNDBCK_PUT_NUMS: ['sentBack', 'count'],
  DLQ_PUT_NUMS: ['dead', 'count'],
} as const

type TableName = (typeof views)[keyof typeof views][0]

export class BrokerStats {
  readonly name = 'stats'
  readonly latencies = new Latencies()
  readonly #clock: Clock
  readonly #self: Names
  readonly #tables: Record<TableName, Table> = {
    put: new Map(),
    got: new Map(),
    acked: new Map(),
    sentBack: new Map(),
    dead: new Map(),
  }
  readonly #brokerPut = new Series(false)
  readonly #brokerGot = new Series(false)
  readonly #timerIn = new Series(true)
  readonly #timerOut = new Series(true)
  readonly #totals: Totals = {
    putMessages: 0,
    putBytes: 0,
    putFailures: 0,
    found: 0,
    missed: 0,
    gotMessages: 0,
    gotBytes: 0,
    userPuts: 0,
    userGets: 0,
  }
  readonly #past: Record<RateName, number[]> = {
    putMessages: [],
    found: [],
    missed: [],
    gotMessages: [],
  }
  #seriesCount = 0
  #ticks = 0
  #today: number
  #yesterdayMorning: Morning = { puts: 0, gets: 0 }
  #todayMorning: Morning = { puts: 0, gets: 0 }
  #timer: Timer | undefined

  constructor(clock: Clock, self: Names) {
    this.#clock = clock
    this.#self = self
    this.#today = new Date(clock.now()).getDate()
  }

  start(): void {
    this.#timer = this.#clock.every(tickMs, () => this.#tick())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** `count` messages of one request were stored. */
  put(topic: string, count: number, bytes: number): void {
    this.#totals.putMessages += count
    this.#totals.putBytes += bytes
    const series = this.#series('put', topic, '')
    series?.add(count, bytes)
    if (series?.isSystem !== true) this.#totals.userPuts += count
    this.#brokerPut.add(count, bytes)
  }

  putFailed(): void {
    this.#totals.putFailures++
  }

  /** `count` messages went to a group. */
  got(topic: string, group: string, count: number, bytes: number): void {
    this.#totals.found++
    this.#totals.gotMessages += count
    this.#totals.gotBytes += bytes
    const series = this.#series('got', topic, group)
    series?.add(count, bytes)
    if (series?.isSystem !== true) this.#totals.userGets += count
    this.#brokerGot.add(count, bytes)
  }

  missed(): void {
    this.#totals.missed++
  }

  acked(topic: string, group: string, count: number): void {
    this.#series('acked', topic, group)?.add(count, 0)
  }

  sentBack(topic: string, group: string, isDead: boolean): void {
    this.#series(isDead ? 'dead' : 'sentBack', topic, group)?.add(1, 0)
  }

  /** The timer put messages aside for their time. */
  timedIn(count: number): void {
    this.#timerIn.add(count, 0)
  }

  /** Their time has come. */
  timedOut(count: number): void {
    this.#timerOut.add(count, 0)
  }

  /** Messages per second over the last minute, into the timer and out of it. */
  get timerRates(): { readonly enqueue: number; readonly dequeue: number } {
    return { enqueue: this.#timerIn.rate, dequeue: this.#timerOut.rate }
  }

  get totals(): Readonly<Totals> {
    return this.#totals
  }

  get mornings(): { readonly yesterday: Morning; readonly today: Morning } {
    return { yesterday: this.#yesterdayMorning, today: this.#todayMorning }
  }

  /** Rates per second over 10, 60 and 600 s; undefined where the broker is too young. */
  rates(name: RateName): readonly (number | undefined)[] {
    const past = this.#past[name]
    const last = past.at(-1) ?? 0
    return rateWindows.map((seconds) => {
      const before = past[past.length - 1 - seconds]
      return before === undefined ? undefined : (last - before) / seconds
    })
  }

  /** Messages per second of a topic, over the last minute. */
  putRate(topic: string): number {
    return this.#tables.put.get(topic)?.get('')?.rate ?? 0
  }

  /** Messages per second that a group reads of a topic, over the last minute. */
  gotRate(topic: string, group: string): number {
    return this.#tables.got.get(topic)?.get(group)?.rate ?? 0
  }

  /** The figures under Apache's name and key; undefined when nothing was counted for it. */
  view(statsName: string, statsKey: string): StatsData | undefined {
    if (statsKey === this.#self.clusterName) {
      if (statsName === 'BROKER_PUT_NUMS') return this.#brokerPut.view('count')
      if (statsName === 'BROKER_GET_NUMS') return this.#brokerGot.view('count')
    }
    if (!Object.hasOwn(views, statsName)) return undefined
    const [table, what] = views[statsName as keyof typeof views]
    const [topic = '', group = ''] = statsKey.split('@')
    return this.#tables[table].get(topic)?.get(group)?.view(what)
  }

  #series(table: TableName, topic: string, group: string): Series | undefined {
    const byTopic = this.#tables[table]
    let byGroup = byTopic.get(topic)
    const known = byGroup?.get(group)
    if (known) return known
    if (this.#seriesCount >= seriesMax) return undefined
    if (!byGroup) {
      byGroup = new Map()
      byTopic.set(topic, byGroup)
    }
    const { brokerName, clusterName } = this.#self
    const isSystem = isSystemTopic(topic) || topic === brokerName || topic === clusterName
    const fresh = new Series(isSystem)
    byGroup.set(group, fresh)
    this.#seriesCount++
    return fresh
  }

  #tick(): void {
    this.#ticks++
    for (const name of Object.keys(this.#past) as RateName[]) {
      const past = this.#past[name]
      past.push(this.#totals[name])
      if (past.length > ratesKept) past.shift()
    }
    const now = this.#clock.now()
    this.#turnDay(now)
    this.latencies.tick(this.#clock.monotonic())
    for (const window of ['minute', 'hour', 'day'] as const) {
      if ((this.#ticks * tickMs) % windows[window].everyMs === 0) this.#sample(window, now)
    }
  }

  #turnDay(now: number): void {
    const today = new Date(now).getDate()
    if (today === this.#today) return
    this.#today = today
    this.#yesterdayMorning = this.#todayMorning
    this.#todayMorning = { puts: this.#totals.userPuts, gets: this.#totals.userGets }
  }

  #sample(window: keyof typeof windows, now: number): void {
    this.#brokerPut.sample(window, now)
    this.#brokerGot.sample(window, now)
    this.#timerIn.sample(window, now)
    this.#timerOut.sample(window, now)
    for (const table of Object.values(this.#tables)) {
      for (const [topic, byGroup] of table) {
        for (const [group, series] of byGroup) {
          series.sample(window, now)
          if (!series.isIdle) continue
          byGroup.delete(group)
          this.#seriesCount--
        }
        if (byGroup.size === 0) table.delete(topic)
      }
    }
  }
}
