// How long sends take from their arrival to their answer, flushing and copies included, and how long
// reads take. Counted in fixed tables: nothing is made for a message.
//
// Two tables of sends as Apache has them: a coarse one of the minute that runs, and a fine one, of
// which percentiles of the last whole minute are told.
//
// Source: StoreStatsService.setPutMessageEntireTimeMax, findPutMessageEntireTimePX.

import type { Clock } from '../base/clock.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Hook } from '../remoting/dispatcher.ts'
import type { Reader } from './ports.ts'

/** The first bound, ms, that a send does not reach. */
const coarse: readonly (readonly [below: number, name: string])[] = [
  [1, '[<=0ms]'],
  [10, '[0~10ms]'],
  [50, '[10~50ms]'],
  [100, '[50~100ms]'],
  [200, '[100~200ms]'],
  [500, '[200~500ms]'],
  [1000, '[500ms~1s]'],
  [2000, '[1~2s]'],
  [3000, '[2~3s]'],
  [4000, '[3~4s]'],
  [5000, '[4~5s]'],
  [10_000, '[5~10s]'],
  [Number.POSITIVE_INFINITY, '[10s~]'],
]

/** Steps of the fine table, ms, and how many of each. */
const fineSteps: readonly (readonly [step: number, times: number])[] = [
  [1, 20],
  [2, 15],
  [5, 10],
  [10, 10],
  [50, 6],
  [100, 5],
  [1000, 9],
]

/** The longest time of each row of the fine table. */
const fine: readonly number[] = (() => {
  const bounds: number[] = []
  for (const [step, times] of fineSteps) {
    for (let n = 0; n < times; n++) bounds.push((bounds.at(-1) ?? 0) + step)
  }
  return [...bounds, Number.MAX_SAFE_INTEGER]
})()

const minuteMs = 60_000

export class Latencies {
  #coarse = new Uint32Array(coarse.length)
  #fine = new Uint32Array(fine.length)
  #lastFine = new Uint32Array(fine.length)
  #putMaxMs = 0
  #readMaxMs = 0
  #minuteFrom: number | undefined

  /** Whole ms. */
  put(ms: number): void {
    let at = 0
    while (ms >= (coarse[at]?.[0] ?? 0)) at++
    this.#coarse[at] = (this.#coarse[at] ?? 0) + 1
    let row = 0
    while (ms > (fine[row] ?? 0)) row++
    this.#fine[row] = (this.#fine[row] ?? 0) + 1
    if (ms > this.#putMaxMs) this.#putMaxMs = ms
  }

  read(ms: number): void {
    if (ms > this.#readMaxMs) this.#readMaxMs = Math.floor(ms)
  }

  /** Called from time to time: begins another minute when one is over. */
  tick(nowMs: number): void {
    this.#minuteFrom ??= nowMs
    if (nowMs - this.#minuteFrom < minuteMs) return
    this.#minuteFrom = nowMs
    this.#lastFine = this.#fine
    this.#fine = new Uint32Array(fine.length)
    this.#coarse = new Uint32Array(coarse.length)
  }

  /** The longest ones, ms, since the start. */
  get putMaxMs(): number {
    return this.#putMaxMs
  }

  get readMaxMs(): number {
    return this.#readMaxMs
  }

  /** `[<=0ms]:3 [0~10ms]:1 …`, of this minute. */
  get distribution(): string {
    return coarse.map(([, name], at) => `${name}:${this.#coarse[at]} `).join('')
  }

  /** Of the last whole minute, ms; a row is taken as evenly filled. */
  percentile(share: number): number {
    const rows = this.#lastFine
    const total = rows.reduce((sum, count) => sum + count, 0)
    const wanted = Math.floor(total * share)
    let passed = 0
    for (const [row, count] of rows.entries()) {
      if (wanted > passed + count) {
        passed += count
        continue
      }
      const from = fine[row - 1] ?? 0
      const to = fine[row] ?? from
      return count === 0 ? from : from + ((to - from) * (wanted - passed)) / count
    }
    return 0
  }
}

/** SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE. */
const sends: ReadonlySet<number> = new Set([10, 310, 320])

/** Times every send that is answered, stored or not. */
export const timedSends = (latencies: Latencies, clock: Pick<Clock, 'monotonic'>): Hook => ({
  after({ code }, _, { arrivedMs }) {
    if (sends.has(code)) latencies.put(Math.floor(clock.monotonic()) - arrivedMs)
  },
})

/** Times every read of a queue. */
export function timedReader(
  reader: Reader,
  latencies: Latencies,
  clock: Pick<Clock, 'monotonic'>,
): Reader {
  const done = (since: number): void => latencies.read(clock.monotonic() - since)
  return {
    recordAt: (position) => reader.recordAt(position),
    read(query) {
      const since = clock.monotonic()
      const result = reader.read(query)
      if (!(result instanceof Promise)) {
        done(since)
        return result
      }
      return result.finally(() => done(since))
    },
  }
}

export function measureLatencies(metrics: Metrics, latencies: Latencies): void {
  metrics.gauge(
    'rocketway_broker_send_latency_ms',
    'How long the sends of the last minute took, ms.',
    (set) => {
      for (const share of [0.99, 0.999]) {
        set(latencies.percentile(share), { quantile: String(share) })
      }
    },
  )
}
