// Time that moves only when a test says so.

import type { Clock, Timer } from '../../src/base/clock.ts'

type Waiting = { readonly at: number; readonly order: number; readonly run: () => void }

export class FakeClock implements Clock {
  #ms: number
  #order = 0
  readonly #waiting = new Set<Waiting>()

  constructor(startMs = 1_700_000_000_000) {
    this.#ms = startMs
  }

  /** Timers that are armed: zero after everything was stopped. */
  get pending(): number {
    return this.#waiting.size
  }

  /** The process is gone, and its timers with it. */
  clear(): void {
    this.#waiting.clear()
  }

  now(): number {
    return this.#ms
  }

  monotonic(): number {
    return this.#ms
  }

  after(ms: number, run: () => void): Timer {
    const waiting = { at: this.#ms + ms, order: this.#order++, run }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  every(ms: number, run: () => void): Timer {
    const again = (): void => {
      timer = this.after(ms, again)
      run()
    }
    let timer = this.after(ms, again)
    return { cancel: () => timer.cancel() }
  }

  endOfTurn(run: () => void): void {
    setImmediate(run)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = (): void => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Moves time on, running what falls due in its order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#ms + ms
    await settle()
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#ms = due.at
      this.#waiting.delete(due)
      due.run()
      await settle()
    }
    this.#ms = end
    await settle()
  }

  #next(end: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const one of this.#waiting) {
      if (one.at > end) continue
      if (!first || one.at < first.at || (one.at === first.at && one.order < first.order)) {
        first = one
      }
    }
    return first
  }
}

/** Lets every promise that can go on do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
}

/** A promise that the test settles. */
export function deferred<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let settleIt: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    settleIt = resolve
  })
  return { promise, resolve: (value) => settleIt(value) }
}
