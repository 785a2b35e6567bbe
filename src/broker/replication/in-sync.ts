// Which replicas hold what is acknowledged: counted from the links in classic mode; in controller
// mode the set that the controller keeps, which only the master asks to change.
//
// A change is asked for one at a time. While it is under way the union of the old and the new set
// counts, so that whichever holds at the controller is honoured.
// Source: AutoSwitchHAService, DefaultHAService.inSyncReplicasNums.

import type { Clock, Timer } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { MasterLink } from '../../store/replication/master-link.ts'

export type InSyncSettings = {
  readonly isControlled: boolean
  /** Acknowledgements that a send waits for, the master's own included. */
  readonly inSyncReplicas: number
  readonly minInSyncReplicas: number
  /** As many as are in sync are enough, but never fewer than the least. */
  readonly enableAutoInSyncReplicas: boolean
  readonly allAckInSyncStateSet: boolean
  /** Bytes; a slave further behind is none to wait for. */
  readonly haMaxGapNotInSync: number
  readonly haMaxTimeSlaveNotCatchup: number
  readonly checkSyncStateSetPeriod: number
  /** One of the acknowledgements must come from another zone than this one; '' is off. */
  readonly zone: string
}

type Altered = { readonly ids: Iterable<number>; readonly inSyncEpoch: number }
export type Alter = (wanted: ReadonlySet<number>) => Promise<Altered | undefined>

export type InSyncParts = {
  readonly clock: Clock
  readonly log: Log
  readonly settings: InSyncSettings
  readonly slaves: () => readonly MasterLink[]
  readonly maxPosition: () => number
  /** Of the epoch that is written now. */
  readonly epochStart: () => number
  /** The set or what it holds has changed. */
  readonly onChange: () => void
}

/** Between a change that was refused and the next that is asked for. */
const askAgainMs = 200

const nobody: Alter = async () => undefined

export class InSync {
  /** Asks the controller; set by the link to it. */
  alter: Alter = nobody
  /** Of this broker, as the controller knows it. */
  selfId = 0
  readonly #parts: InSyncParts
  #ids: ReadonlySet<number> = new Set()
  #epoch = 0
  #wanted: ReadonlySet<number> | undefined
  #confirmed = 0
  #timer: Timer | undefined
  /** Since a change was refused. */
  #pause: Timer | undefined

  constructor(parts: InSyncParts) {
    this.#parts = parts
  }

  get ids(): ReadonlySet<number> {
    return this.#ids
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Acts as master from now on. */
  begin(selfId: number, ids: Iterable<number>, epoch: number, confirmed: number): void {
    this.selfId = selfId
    this.#confirmed = confirmed
    this.set(ids, epoch)
    if (!this.#parts.settings.isControlled) return
    const { clock, settings } = this.#parts
    this.#timer ??= clock.every(settings.checkSyncStateSetPeriod, () => this.#look())
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#resume()
    this.#wanted = undefined
  }

  set(ids: Iterable<number>, epoch: number): void {
    this.#ids = new Set(ids)
    this.#epoch = epoch
    this.#parts.onChange()
  }

  /** Replicas that hold what is acknowledged, the master included. */
  get count(): number {
    if (!this.#parts.settings.isControlled) return 1 + this.#nearCount(false)
    return Math.max(this.#ids.size, this.#wanted?.size ?? 0)
  }

  /** Why nothing may be appended now; undefined when it may. */
  get refusal(): string | undefined {
    const { minInSyncReplicas } = this.#parts.settings
    return this.count < minInSyncReplicas ? 'too few replicas are in sync' : undefined
  }

  /** Acknowledgements of slaves that a send waits for. */
  get #needed(): number {
    const { settings } = this.#parts
    const { inSyncReplicas, minInSyncReplicas, enableAutoInSyncReplicas } = settings
    if (!enableAutoInSyncReplicas || settings.isControlled) return inSyncReplicas - 1
    return Math.max(minInSyncReplicas, Math.min(inSyncReplicas, this.count)) - 1
  }

  get waitsForSlaves(): boolean {
    const { isControlled, allAckInSyncStateSet, zone } = this.#parts.settings
    if (zone !== '') return true
    return isControlled && allAckInSyncStateSet ? this.count > 1 : this.#needed > 0
  }

  /** Fewer slaves follow than a send waits for. */
  get isHopeless(): boolean {
    const { isControlled, zone } = this.#parts.settings
    if (isControlled) return false
    if (zone !== '' && this.#nearCount(true) === 0) return true
    return this.#nearCount(false) < this.#needed
  }

  /** Up to where a send is acknowledged. */
  get replicatedPosition(): number {
    const { settings } = this.#parts
    const isAll = settings.isControlled && settings.allAckInSyncStateSet
    const position = isAll ? this.confirmedPosition : this.#nthPosition(this.#needed)
    if (settings.zone === '') return position
    let elsewhere = 0
    for (const link of this.#parts.slaves()) {
      const counts = this.#isNear(link) && this.#isElsewhere(link)
      if (counts) elsewhere = Math.max(elsewhere, link.ackPosition)
    }
    return Math.min(position, elsewhere)
  }

  /** Up to where the whole set has the log; consumers see no more. Never goes back. */
  get confirmedPosition(): number {
    const { settings, maxPosition, slaves } = this.#parts
    const ids = new Set([...this.#ids, ...(this.#wanted ?? [])])
    if (!settings.isControlled || !settings.allAckInSyncStateSet || ids.size <= 1) {
      this.#confirmed = Math.max(this.#confirmed, maxPosition())
      return this.#confirmed
    }
    let least = maxPosition()
    for (const id of ids) {
      if (id === this.selfId) continue
      const acks = slaves().filter((link) => link.slaveId === id)
      least = Math.min(least, Math.max(-1, ...acks.map((link) => link.ackPosition)))
    }
    this.#confirmed = Math.max(this.#confirmed, least)
    return this.#confirmed
  }

  /** A slave has acknowledged: it may belong to the set now. */
  acknowledged(link: MasterLink): void {
    const { settings, epochStart, maxPosition } = this.#parts
    if (!settings.isControlled || link.isLearner || link.slaveId < 0) return
    if (this.#ids.has(link.slaveId) || this.#wanted || this.#pause) return
    const isClose = link.ackPosition >= this.confirmedPosition && link.ackPosition >= epochStart()
    if (!isClose || link.ackPosition < Math.min(link.nextPosition, maxPosition())) return
    this.#ask(new Set([...this.#ids, link.slaveId]))
  }

  /** One that was refused before may be taken now. */
  #look(): void {
    this.shrink()
    for (const link of this.#parts.slaves()) this.acknowledged(link)
  }

  /** Those of the set that are gone or behind for too long leave it. */
  shrink(): void {
    const { clock, settings, slaves } = this.#parts
    const now = clock.monotonic()
    const kept = [...this.#ids].filter((id) => {
      if (id === this.selfId) return true
      const links = slaves().filter((link) => link.slaveId === id)
      return links.some((link) => now - link.caughtUpMs <= settings.haMaxTimeSlaveNotCatchup)
    })
    if (kept.length < this.#ids.size) this.#ask(new Set(kept))
  }

  #ask(wanted: ReadonlySet<number>): void {
    if (this.#wanted) return
    this.#wanted = wanted
    const { log, onChange } = this.#parts
    this.alter(wanted)
      .then((altered) => {
        if (this.#wanted !== wanted) return
        this.#wanted = undefined
        if (altered) this.set(altered.ids, altered.inSyncEpoch)
        else this.#pauseAsking()
        log.info('in-sync-set-asked', { wanted: [...wanted], isAltered: altered !== undefined })
      })
      .catch((error: unknown) => {
        log.warn('in-sync-set-not-altered', { wanted: [...wanted], error })
      })
      .finally(() => {
        if (this.#wanted !== wanted) return
        this.#wanted = undefined
        onChange()
      })
  }

  /** Such as while the controller has not heard yet of a slave that follows already. */
  #pauseAsking(): void {
    this.#resume()
    this.#pause = this.#parts.clock.after(askAgainMs, () => {
      this.#resume()
      this.#look()
    })
  }

  #resume(): void {
    this.#pause?.cancel()
    this.#pause = undefined
  }

  // These are asked for each send: none makes a list.
  #nearCount(isElsewhere: boolean): number {
    let count = 0
    for (const link of this.#parts.slaves()) {
      if (this.#isNear(link) && (!isElsewhere || this.#isElsewhere(link))) count++
    }
    return count
  }

  /** It is not too far behind. */
  #isNear({ ackPosition, isLearner }: MasterLink): boolean {
    const { settings, maxPosition } = this.#parts
    return !isLearner && ackPosition >= maxPosition() - settings.haMaxGapNotInSync
  }

  #nthPosition(count: number): number {
    if (count <= 0) return Number.MAX_SAFE_INTEGER
    const { slaves } = this.#parts
    if (count === 1) return slaves().reduce((most, link) => Math.max(most, link.ackPosition), -1)
    const positions = slaves().map((link) => link.ackPosition)
    return positions.sort((a, b) => b - a)[count - 1] ?? -1
  }

  #isElsewhere(link: MasterLink): boolean {
    const { zone } = link
    return zone !== '' && zone !== this.#parts.settings.zone
  }
}
