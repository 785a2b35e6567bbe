// etcd as the simulated controllers see it: a node of its own that never loses anything, with
// leases that end by themselves and answers that may not arrive.

import type { Clock } from '../../src/base/clock.ts'
import type { SharedState, SharedStateEvents } from '../../src/base/shared-state.ts'
import { Node, type World } from './world.ts'

const ttlMs = 3000
const callMs = 1500

type Leader = { readonly name: string; readonly term: number; until: number }

export class SimStore {
  readonly node = new Node('etcd')
  readonly #world: World
  readonly #values = new Map<string, { value: string; revision: number }>()
  #leader: Leader | undefined
  #revision = 0

  constructor(world: World) {
    this.#world = world
  }

  /** `run` happens at the store if the question arrives; the answer may be lost after it. */
  call<T>(from: Node, run: () => T): Promise<T> {
    const world = this.#world
    const life = from.life
    return new Promise((resolve, reject) => {
      const timer = world.at(callMs, () =>
        world.inNode(from, life, () => reject(new Error('no answer from the store'))),
      )
      world.at(world.latency(), () => {
        if (world.isBlocked(from, this.node) || from.life !== life) return
        const answer = run()
        world.at(world.latency(), () => {
          if (world.isBlocked(this.node, from)) return
          timer.run = undefined
          world.inNode(from, life, () => resolve(answer))
        })
      })
    })
  }

  campaign(name: string): { term: number | undefined; leader: string } {
    this.#expire()
    if (this.#leader) return { term: undefined, leader: this.#leader.name }
    this.#leader = { name, term: ++this.#revision, until: this.#world.now + ttlMs }
    return { term: this.#leader.term, leader: name }
  }

  keepAlive(term: number): boolean {
    this.#expire()
    if (this.#leader?.term !== term) return false
    this.#leader.until = this.#world.now + ttlMs
    return true
  }

  resign(term: number): void {
    if (this.#leader?.term === term) this.#leader = undefined
  }

  load(): Map<string, { value: string; revision: number }> {
    return new Map(this.#values)
  }

  put(term: number, key: string, value: string | undefined, revision: number): number | undefined {
    this.#expire()
    if (this.#leader?.term !== term) return undefined
    if ((this.#values.get(key)?.revision ?? 0) !== revision) return undefined
    this.#revision += 1
    if (value === undefined) this.#values.delete(key)
    else this.#values.set(key, { value, revision: this.#revision })
    return this.#revision
  }

  #expire(): void {
    if (this.#leader && this.#world.now > this.#leader.until) this.#leader = undefined
  }
}

/** The same rules as src/host/etcd-state.ts, over the simulated store. */
export class SimState implements SharedState {
  readonly #store: SimStore
  readonly #node: Node
  readonly #clock: Clock
  #events: SharedStateEvents = { lead() {}, follow() {} }
  #term: number | undefined
  #until = 0
  #revisions = new Map<string, number>()
  #isTrying = false

  constructor(store: SimStore, node: Node, clock: Clock) {
    this.#store = store
    this.#node = node
    this.#clock = clock
  }

  get leadsUntil(): number {
    return this.#term === undefined ? 0 : this.#until
  }

  async start(events: SharedStateEvents): Promise<void> {
    this.#events = events
    this.#clock.every(500, () => void this.#turn())
  }

  async stop(): Promise<void> {
    this.#lose()
  }

  async put(key: string, value: string | undefined): Promise<boolean> {
    const term = this.#term
    if (term === undefined || this.#clock.monotonic() >= this.#until) return false
    const revision = await this.#store
      .call(this.#node, () => this.#store.put(term, key, value, this.#revisions.get(key) ?? 0))
      .catch(() => undefined)
    if (revision === undefined || this.#term !== term) {
      if (this.#term === term) this.#lose()
      return false
    }
    if (value === undefined) this.#revisions.delete(key)
    else this.#revisions.set(key, revision)
    return true
  }

  async #turn(): Promise<void> {
    if (this.#isTrying) return
    this.#isTrying = true
    try {
      if (this.#term === undefined) await this.#campaign()
      else await this.#keep(this.#term)
    } catch {
      if (this.#term !== undefined && this.#clock.monotonic() >= this.#until) this.#lose()
    }
    this.#isTrying = false
  }

  async #campaign(): Promise<void> {
    const askedAt = this.#clock.monotonic()
    const { name } = this.#node
    const { term, leader } = await this.#store.call(this.#node, () => this.#store.campaign(name))
    if (term === undefined) return this.#events.follow(leader)
    const kept = await this.#store.call(this.#node, () => this.#store.load())
    this.#term = term
    this.#until = askedAt + ttlMs
    this.#revisions = new Map([...kept].map(([key, one]) => [key, one.revision]))
    this.#events.lead(new Map([...kept].map(([key, one]) => [key, one.value])))
  }

  async #keep(term: number): Promise<void> {
    const askedAt = this.#clock.monotonic()
    const isKept = await this.#store.call(this.#node, () => this.#store.keepAlive(term))
    if (!isKept) this.#lose()
    else if (this.#term === term) this.#until = askedAt + ttlMs
  }

  #lose(): void {
    const term = this.#term
    if (term === undefined) return
    this.#term = undefined
    this.#events.follow(undefined)
    void this.#store.call(this.#node, () => this.#store.resign(term)).catch(() => {})
  }
}
