// One counted thing over time: its total, and what it gained in the last minute, hour and day.
// Counting is two additions; the past is kept as snapshots that a timer takes.
//
// Source: StatsItem, CallSnapshot, BrokerStatsData.

type Snapshot = {
  readonly at: number
  readonly count: number
  readonly bytes: number
  readonly times: number
}

/** What grew in one window. Names are those of Java's JSON. */
type StatsWindow = { readonly sum: number; readonly tps: number; readonly avgpt: number }

/** Source: BrokerStatsData. */
export type StatsData = {
  readonly statsMinute: StatsWindow
  readonly statsHour: StatsWindow
  readonly statsDay: StatsWindow
}

/** How often each window is sampled, and how many samples it keeps. */
export const windows = {
  minute: { everyMs: 10_000, kept: 7 },
  hour: { everyMs: 600_000, kept: 7 },
  day: { everyMs: 3_600_000, kept: 25 },
} as const

type WindowName = keyof typeof windows

const empty: StatsWindow = { sum: 0, tps: 0, avgpt: 0 }

/** The counters of one key, and their past. */
export class Series {
  /** Of a topic that the broker keeps for itself. */
  readonly isSystem: boolean
  count = 0
  bytes = 0
  times = 0
  readonly #samples: Record<WindowName, Snapshot[]> = { minute: [], hour: [], day: [] }

  constructor(isSystem: boolean) {
    this.isSystem = isSystem
  }

  add(count: number, bytes: number): void {
    this.count += count
    this.bytes += bytes
    this.times++
  }

  /** Takes the sample of a window; `now` is in ms. */
  sample(window: WindowName, now: number): void {
    const { everyMs, kept } = windows[window]
    const samples = this.#samples[window]
    if (samples.length === 0) samples.push({ at: now - everyMs, count: 0, bytes: 0, times: 0 })
    samples.push({ at: now, count: this.count, bytes: this.bytes, times: this.times })
    if (samples.length > kept) samples.shift()
  }

  /** Nothing was counted for as long as samples go back. */
  get isIdle(): boolean {
    const { day } = this.#samples
    return day.length === windows.day.kept && day[0]?.times === this.times
  }

  view(what: 'count' | 'bytes'): StatsData {
    return {
      statsMinute: gain(this.#samples.minute, what),
      statsHour: gain(this.#samples.hour, what),
      statsDay: gain(this.#samples.day, what),
    }
  }

  /** Per second, over the last minute. */
  get rate(): number {
    return gain(this.#samples.minute, 'count').tps
  }
}

function gain(samples: readonly Snapshot[], what: 'count' | 'bytes'): StatsWindow {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last === first) return empty
  const sum = last[what] - first[what]
  const times = last.times - first.times
  const elapsedMs = last.at - first.at
  return {
    sum,
    tps: elapsedMs > 0 ? (sum * 1000) / elapsedMs : 0,
    avgpt: times > 0 ? sum / times : 0,
  }
}
