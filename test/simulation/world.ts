// The simulated world: one queue of events in virtual time, nodes that run, pause and die, and
// links between them that delay, block and break. Everything follows from the seed.
//
// Code under test gets a node's clock and network and cannot tell. Between two events all
// promises settle; nothing in the simulation waits for the machine.

import type { Clock, Timer } from '../../src/base/clock.ts'
import type { Log, LogFields } from '../../src/base/log.ts'
import { seededRandom } from '../support/seeded-random.ts'

type Event = { readonly at: number; readonly order: number; run: (() => void) | undefined }

export class Node {
  readonly name: string
  isAlive = true
  isPaused = false
  /** Grows with each start: what an earlier process began does nothing any more. */
  life = 0
  /** What fell due while it was paused. */
  held: (() => void)[] = []
  /** Added to the wall clock, ms. */
  wallShift = 0

  constructor(name: string) {
    this.name = name
  }
}

export class World {
  readonly seed: number
  readonly #random: { below(bound: number): number }
  readonly #events: Event[] = []
  readonly #blocked = new Set<string>()
  readonly trace: string[] = []
  #order = 0
  now = 0
  /** One way, ms. */
  latencyMax = 4

  constructor(seed: number) {
    this.seed = seed
    this.#random = seededRandom(seed)
  }

  below(bound: number): number {
    return this.#random.below(bound)
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }

  note(text: string): void {
    this.trace.push(`${this.now.toFixed(1)} ${text}`)
    if (this.trace.length > 4000) this.trace.splice(0, 2000)
  }

  /** Runs at a time of the world, whatever becomes of nodes. */
  at(ms: number, run: () => void): Event {
    const event: Event = { at: this.now + ms, order: this.#order++, run }
    push(this.#events, event)
    return event
  }

  /** Runs what is due in the next `ms`, in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const next = this.#events[0]
      if (!next || next.at > end) break
      pop(this.#events)
      if (!next.run) continue
      this.now = next.at
      next.run()
      await new Promise(setImmediate)
    }
    this.now = end
  }

  latency(): number {
    return 0.1 + this.below(this.latencyMax * 10) / 10
  }

  block(from: Node, to: Node): void {
    this.#blocked.add(`${from.name}>${to.name}`)
  }

  unblock(from: Node, to: Node): void {
    this.#blocked.delete(`${from.name}>${to.name}`)
  }

  heal(): void {
    this.#blocked.clear()
  }

  isBlocked(from: Node, to: Node): boolean {
    return this.#blocked.has(`${from.name}>${to.name}`)
  }

  /** Runs in the node as it is now: later if it is paused, never if it is another process then. */
  inNode(node: Node, life: number, run: () => void): void {
    if (!node.isAlive || node.life !== life) return
    if (node.isPaused) node.held.push(() => this.inNode(node, life, run))
    else run()
  }

  /** One message; whatever stands in its way, it is lost. */
  send(from: Node, to: Node, run: () => void): void {
    const life = to.life
    this.at(this.latency(), () => {
      if (!this.isBlocked(from, to)) this.inNode(to, life, run)
    })
  }

  pause(node: Node): void {
    node.isPaused = true
    this.note(`pause ${node.name}`)
  }

  resume(node: Node): void {
    node.isPaused = false
    this.note(`resume ${node.name}`)
    for (const run of node.held.splice(0)) this.at(0, run)
  }

  kill(node: Node): void {
    node.isAlive = false
    node.isPaused = false
    node.life += 1
    node.held = []
    this.note(`kill ${node.name}`)
  }

  revive(node: Node): void {
    node.isAlive = true
    node.life += 1
    this.note(`start ${node.name}`)
  }

  /** What a program logs goes to the trace of the run. */
  logOf(node: Node): Log {
    const say = (event: string, fields: LogFields = {}) =>
      this.note(`${node.name} ${event} ${textOf(fields)}`)
    const log: Log = { debug() {}, info: say, warn: say, error: say, child: () => log }
    return log
  }

  clockOf(node: Node): Clock {
    const life = node.life
    const after = (ms: number, run: () => void): Timer => {
      const event = this.at(Math.max(ms, 0), () => this.inNode(node, life, run))
      return {
        cancel() {
          event.run = undefined
        },
      }
    }
    return {
      now: () => Math.floor(1_700_000_000_000 + this.now + node.wallShift),
      monotonic: () => this.now,
      after,
      every: (ms, run) => {
        const again = (): void => {
          timer = after(ms, again)
          run()
        }
        let timer = after(ms, again)
        return { cancel: () => timer.cancel() }
      },
      endOfTurn: (run) => void after(0, run),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason)
          const stop = (): void => {
            timer.cancel()
            reject(signal?.reason)
          }
          const timer = after(ms, () => {
            signal?.removeEventListener('abort', stop)
            resolve()
          })
          signal?.addEventListener('abort', stop, { once: true })
        }),
    }
  }
}

function textOf(fields: LogFields): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`,
    )
    .join(' ')
}

const isBefore = (a: Event, b: Event): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)

/** A binary heap, the first event at index 0. */
function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Event
    if (!isBefore(event, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= heap.length) break
    const right = heap[child + 1]
    if (right && isBefore(right, heap[child] as Event)) child += 1
    if (!isBefore(heap[child] as Event, last)) break
    heap[at] = heap[child] as Event
    at = child
  }
  heap[at] = last
}
