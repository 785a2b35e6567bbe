// A replica as docs/decisions/0003 and Apache's epoch rules mean it, in a hundred lines: a log of
// values in memory, followed by asking. With it the controller and the broker's link to it are
// tested in thousands of runs; simulations of the real broker are in broker-cluster.ts.

import type { Clock } from '../../src/base/clock.ts'
import type { RoleSwitch } from '../../src/broker/controller-link/link.ts'
import type { Node, World } from './world.ts'

type Epoch = { readonly epoch: number; readonly start: number }

/** What outlives the process. */
export type Disk = { log: string[]; epochs: Epoch[] }

type Waiting = {
  readonly end: number
  done(isAcknowledged: boolean): void
  readonly deadline: number
}

/** Every replica that runs, by address. */
export type Replicas = Map<string, ModelReplica>

const followMs = 20
const batch = 64
const caughtUpMs = 3000
const ackMs = 3000

/** What a run leaves out, to show that the checks would find it. */
export type Weakness = 'none' | 'no-lease' | 'ack-early'

export class ModelReplica implements RoleSwitch {
  role: 'master' | 'slave' | 'none' = 'none'
  epoch = 0
  inSyncEpoch = 0
  confirmPosition = 0
  readonly disk: Disk
  readonly node: Node
  readonly #world: World
  readonly #clock: Clock
  readonly #replicas: Replicas
  readonly #weakness: Weakness
  #id = 0
  #inSync: ReadonlySet<number> = new Set()
  #wanted: ReadonlySet<number> | undefined
  #leaseUntil = 0
  #master: string | undefined
  #acks = new Map<number, { end: number; caughtUpAt: number }>()
  #waiting: Waiting[] = []

  constructor(
    place: { world: World; node: Node; clock: Clock; replicas: Replicas; weakness: Weakness },
    disk: Disk,
  ) {
    this.#world = place.world
    this.#clock = place.clock
    this.#replicas = place.replicas
    this.#weakness = place.weakness
    this.node = place.node
    this.disk = disk
    this.#clock.every(followMs, () => this.#turn())
  }

  alter: RoleSwitch['alter'] = async () => undefined

  get lastEpoch(): number {
    return this.disk.epochs.at(-1)?.epoch ?? -1
  }

  get maxPosition(): number {
    return this.disk.log.length
  }

  get isServing(): boolean {
    return this.role === 'master' && this.#hasLease
  }

  get #hasLease(): boolean {
    return this.#weakness === 'no-lease' || this.#clock.monotonic() < this.#leaseUntil
  }

  async becomeMaster(as: Parameters<RoleSwitch['becomeMaster']>[0]): Promise<void> {
    this.#end()
    this.role = 'master'
    this.epoch = as.epoch
    this.#id = as.brokerId
    this.#inSync = as.inSync
    this.inSyncEpoch = as.inSyncEpoch
    this.disk.epochs.push({ epoch: as.epoch, start: this.maxPosition })
    this.#world.note(`${this.node.name} is master of epoch ${as.epoch}`)
  }

  async becomeSlave(of: Parameters<RoleSwitch['becomeSlave']>[0]): Promise<void> {
    this.#end()
    this.role = 'slave'
    this.epoch = of.epoch
    this.#id = of.brokerId
    this.#master = of.masterAddress
    this.#world.note(`${this.node.name} follows ${of.masterId} in epoch ${of.epoch}`)
  }

  setInSync(ids: ReadonlySet<number>, inSyncEpoch: number): void {
    this.#inSync = ids
    this.inSyncEpoch = inSyncEpoch
    this.#release()
  }

  lease(until: number): void {
    this.#leaseUntil = until
  }

  /** Stores a value; `done` hears whether and in which epoch it was acknowledged. */
  append(value: string, done: (epoch: number | undefined, position: number) => void): void {
    if (!this.isServing) {
      done(undefined, -1)
      return
    }
    const position = this.disk.log.push(value) - 1
    const { epoch } = this
    const deadline = this.#clock.monotonic() + ackMs
    this.#waiting.push({
      end: position + 1,
      deadline,
      done: (isAcknowledged) => done(isAcknowledged ? epoch : undefined, position),
    })
    this.#release()
  }

  #end(): void {
    for (const { done } of this.#waiting.splice(0)) done(false)
    this.#acks.clear()
    this.#wanted = undefined
    this.#master = undefined
  }

  #release(): void {
    if (this.role !== 'master') return
    const needed = [...new Set([...this.#inSync, ...(this.#wanted ?? [])])]
    const ends = needed.filter((id) => id !== this.#id).map((id) => this.#acks.get(id)?.end ?? 0)
    const end =
      this.#weakness === 'ack-early' ? this.maxPosition : Math.min(this.maxPosition, ...ends)
    this.confirmPosition = Math.max(this.confirmPosition, end)
    while (this.#waiting[0] && this.#waiting[0].end <= end && this.#hasLease) {
      this.#waiting.shift()?.done(true)
    }
  }

  #turn(): void {
    if (this.role === 'slave') this.#ask()
    if (this.role !== 'master') return
    const now = this.#clock.monotonic()
    while (this.#waiting[0] && this.#waiting[0].deadline <= now) this.#waiting.shift()?.done(false)
    const late = [...this.#inSync].filter((id) => {
      const ack = this.#acks.get(id)
      return id !== this.#id && now - (ack?.caughtUpAt ?? 0) > caughtUpMs
    })
    if (late.length > 0) this.#change(new Set([...this.#inSync].filter((id) => !late.includes(id))))
    this.#release()
  }

  #change(wanted: ReadonlySet<number>): void {
    if (this.#wanted) return
    const { epoch } = this
    this.#wanted = wanted
    void this.alter(wanted).then((now) => {
      if (this.epoch !== epoch || this.role !== 'master') return
      this.#wanted = undefined
      if (now && now.inSyncEpoch > this.inSyncEpoch) {
        this.setInSync(new Set(now.ids), now.inSyncEpoch)
      }
    })
  }

  /** The slave's question, answered by the master's `#answer`. */
  #ask(): void {
    const master = this.#replicas.get(this.#master ?? '')
    if (!master) return
    const { epoch, node } = this
    const epochs = [...this.disk.epochs]
    const end = this.maxPosition
    this.#world.send(node, master.node, () => {
      if (this.#replicas.get(this.#master ?? '') !== master) return
      const answer = master.#answer(this.#id, epoch, epochs, end)
      if (!answer) return
      this.#world.send(master.node, node, () => {
        if (this.role !== 'slave' || this.epoch !== epoch || this.maxPosition !== end) return
        if (this.disk.epochs.length !== epochs.length) return
        this.disk.log.length = answer.from
        this.disk.log.push(...answer.values)
        this.disk.epochs = answer.epochs.filter(({ start }) => start <= this.maxPosition)
      })
    })
  }

  #answer(id: number, epoch: number, epochs: readonly Epoch[], end: number) {
    if (this.role !== 'master' || this.epoch !== epoch) return undefined
    const from = agreed(epochs, end, this.disk.epochs, this.maxPosition)
    if (from === end) {
      const now = this.#clock.monotonic()
      const ack = this.#acks.get(id) ?? { end: 0, caughtUpAt: 0 }
      ack.end = end
      if (end === this.maxPosition) ack.caughtUpAt = now
      this.#acks.set(id, ack)
      const isNear = end >= this.confirmPosition && end >= (this.disk.epochs.at(-1)?.start ?? 0)
      if (!this.#inSync.has(id) && isNear) this.#change(new Set([...this.#inSync, id]))
      this.#release()
    }
    return { from, values: this.disk.log.slice(from, from + batch), epochs: this.disk.epochs }
  }
}

function agreed(
  own: readonly Epoch[],
  ownEnd: number,
  master: readonly Epoch[],
  masterEnd: number,
): number {
  for (let index = own.length - 1; index >= 0; index--) {
    const one = own[index]
    const at = master.findIndex(({ epoch, start }) => epoch === one?.epoch && start === one.start)
    if (at < 0) continue
    return Math.min(own[index + 1]?.start ?? ownEnd, master[at + 1]?.start ?? masterEnd)
  }
  return 0
}
