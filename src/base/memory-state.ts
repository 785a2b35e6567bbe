// Shared state for one node: a map whose entries expire, bounded. When it is full the entry that
// was set first goes.

import type { Clock } from './clock.ts'
import type { TransientState } from './transient-state.ts'

type Entry = { value: string; readonly until: number }

export class MemoryState implements TransientState {
  readonly #clock: Clock
  readonly #countMax: number
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, countMax = 100_000) {
    this.#clock = clock
    this.#countMax = countMax
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.#live(key)) return false
    this.#put(key, value, ttlMs)
    return true
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#put(key, value, ttlMs)
  }

  async get(key: string): Promise<string | undefined> {
    return this.#live(key)?.value
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  async increase(key: string, by: number, ttlMs: number): Promise<number> {
    const entry = this.#live(key) ?? this.#put(key, '0', ttlMs)
    entry.value = String(Number(entry.value) + by)
    return Number(entry.value)
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry || entry.until > this.#clock.monotonic()) return entry
    this.#entries.delete(key)
    return undefined
  }

  #put(key: string, value: string, ttlMs: number): Entry {
    const now = this.#clock.monotonic()
    const entry = { value, until: now + ttlMs }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const [oldest, { until }] of this.#entries) {
      if (until > now && this.#entries.size <= this.#countMax) break
      this.#entries.delete(oldest)
    }
    return entry
  }
}
