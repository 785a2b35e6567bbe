// What was measured, by kind; reported, not judged.

import type { ExecutionContext } from 'ava'

export class Times {
  readonly #t: ExecutionContext
  readonly #found = new Map<string, number[]>()

  constructor(t: ExecutionContext) {
    this.#t = t
  }

  add(kind: string, ms: number): void {
    const times = this.#found.get(kind) ?? []
    times.push(ms)
    this.#found.set(kind, times)
  }

  report(): void {
    for (const [kind, times] of this.#found) {
      const sorted = times.toSorted((a, b) => a - b)
      const at = (part: number) => Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0)
      const count = `${sorted.length} times`
      this.#t.log(`${kind}: median ${at(0.5)} ms, p90 ${at(0.9)} ms, most ${at(1)} ms, ${count}`)
    }
  }
}
