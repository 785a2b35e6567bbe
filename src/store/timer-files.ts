// What waits for which second: the timer log, the wheel over it, and how far both have come.
//
//   commit log ── queue of the timer topic ──► timer log ──► wheel (a slot for each second)
//
// Everything here can be made again from the queue, so nothing is repaired: where wheel, log
// and checkpoint do not agree, `isWhole` is false and the owner clears it and reads the queue
// again. In memory are only the slots with something to wait for; the wheel's file follows at
// each flush, for a Java broker and for that comparison.
//
// Format: docs/formats/timer.md. Source: TimerMessageStore.recover, TimerWheel, TimerLog.

import type { Files } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'
import {
  noTimer,
  readTimerCheckpoint,
  type TimerCheckpoint,
  writeTimerCheckpoint,
} from './timer-checkpoint.ts'
import { TimerCounts } from './timer-counts.ts'
import { type LinkedEntry, type TimerEntry, timerMagics } from './timer-entry.ts'
import { TimerLog } from './timer-log.ts'
import {
  decodeTimerSlot,
  encodeTimerSlot,
  type TimerSlot,
  timerSlotIndex,
  timerSlotSize,
} from './timer-slot.ts'

export type TimerFilesOptions = {
  readonly storePathRootDir: string
  readonly mappedFileSizeTimerLog: number
  /** Slots of the wheel's file. */
  readonly timerWheelSlots: number
}

/** `maxPosition`: where the commit log ends; entries of what it lost are not believed. */
export function openTimerFiles(
  files: Files,
  options: TimerFilesOptions,
  maxPosition: number,
): TimerFiles {
  return new TimerFiles(files, options, maxPosition)
}

export class TimerFiles {
  readonly #files: Files
  readonly #root: string
  readonly #wheelSlots: number
  readonly #log: TimerLog
  readonly #slots = new Map<number, TimerSlot>()
  /** What the wheel's file does not have. */
  #dirty = new Map<number, TimerSlot>()
  #earliest: number | undefined
  #checkpoint: TimerCheckpoint
  /** What waits, by topic. */
  readonly counts = new TimerCounts()
  /** False: to be cleared and filled again. */
  readonly isWhole: boolean
  /** Of the record of the last entry; undefined when the checkpoint counts that one already. */
  readonly lastUncounted: number | undefined

  constructor(files: Files, options: TimerFilesOptions, maxPosition: number) {
    this.#files = files
    this.#root = options.storePathRootDir
    this.#wheelSlots = options.timerWheelSlots
    this.#log = new TimerLog(files, `${this.#root}/timerlog`, options.mappedFileSizeTimerLog)
    const stored = readTimerCheckpoint(files, this.#paths.checkpoint)
    this.#checkpoint = stored ?? noTimer
    const { logEnd, readMs } = this.#checkpoint
    let last = -1
    this.#log.load((entry, position) => {
      if (entry.position + entry.size > maxPosition || entry.position <= last) return false
      if (!this.#isLinked(entry)) return false
      const slot = linked(this.#slots.get(entry.dueMs), entry, position)
      this.#slots.set(entry.dueMs, slot)
      if (position >= logEnd) this.#dirty.set(entry.dueMs, slot)
      if (entry.dueMs >= readMs) this.counts.put(entry)
      last = entry.position
      return true
    })
    this.lastUncounted = last >= 0 && this.#log.end > logEnd ? last : undefined
    this.isWhole = this.#log.end >= logEnd && this.#wheelAgrees()
    for (const dueMs of [...this.#slots.keys()]) if (dueMs < readMs) this.#slots.delete(dueMs)
  }

  /** What waits for an earlier second was delivered, as far as the checkpoint knows. */
  get readMs(): number {
    return this.#checkpoint.readMs
  }

  /** Messages of the timer topic before it were dealt with, as far as the checkpoint knows. */
  get queueOffset(): number {
    return this.#checkpoint.queueOffset
  }

  /** How far the timer has come, on disk. */
  get checkpoint(): TimerCheckpoint {
    return this.#checkpoint
  }

  /** Whether there is something that a flush would write. */
  get isDirty(): boolean {
    return this.#dirty.size > 0
  }

  /** The first second that something waits for; undefined when nothing does. */
  earliest(): number | undefined {
    if (this.#earliest === undefined) {
      for (const dueMs of this.#slots.keys()) {
        if (this.#earliest === undefined || dueMs < this.#earliest) this.#earliest = dueMs
      }
    }
    return this.#earliest
  }

  /** Adds an entry; {@link writeOut} makes it readable. */
  put(entry: TimerEntry): void {
    const { dueMs } = entry
    const slot = this.#slots.get(dueMs)
    const position = this.#log.append(entry, slot?.last ?? -1)
    const grown = linked(slot, entry, position)
    if (!slot && this.#earliest !== undefined && dueMs < this.#earliest) this.#earliest = dueMs
    this.#slots.set(dueMs, grown)
    this.#dirty.set(dueMs, grown)
    this.counts.put(entry)
  }

  writeOut(): void {
    this.#log.writeOut()
  }

  /** What waits for a second, in the order in which it was put; undefined: damaged. Blocking. */
  entries(dueMs: number): readonly TimerEntry[] | undefined {
    this.#log.writeOut()
    const slot = this.#slots.get(dueMs)
    const found: LinkedEntry[] = []
    for (let at = slot?.last ?? -1; at >= this.#log.start; ) {
      const entry = this.#log.read(at)
      if (!entry || entry.dueMs !== dueMs || entry.previous >= at) return undefined
      found.push(entry)
      at = entry.previous
    }
    return found.reverse()
  }

  /** Nothing waits for that second any more: `entries` were all that did. */
  drop(dueMs: number, entries: readonly TimerEntry[]): void {
    this.counts.dropped(entries)
    this.#slots.delete(dueMs)
    if (this.#earliest === dueMs) this.#earliest = undefined
  }

  /** Removes wheel and log. The checkpoint still says what was delivered. */
  clear(): void {
    this.#log.clear()
    this.#files.remove(this.#paths.wheel)
    this.#slots.clear()
    this.#dirty.clear()
    this.counts.clear()
    this.#earliest = undefined
  }

  /**
   * Makes everything durable, and then the word of how far it has come. Everything before
   * `queueOffset` must have been put or delivered, everything before `readMs` delivered, and
   * what was delivered must be on disk.
   */
  async flush(progress: { readMs: number; queueOffset: number; nowMs: number }): Promise<void> {
    this.#log.writeOut()
    const logEnd = this.#log.end
    const dirty = this.#dirty
    this.#dirty = new Map()
    try {
      await this.#log.sync()
      await this.#writeWheel(dirty.values())
    } catch (error) {
      for (const [dueMs, slot] of dirty) {
        if (!this.#dirty.has(dueMs)) this.#dirty.set(dueMs, slot)
      }
      throw error
    }
    const { readMs, queueOffset, nowMs } = progress
    this.#checkpoint = {
      readMs,
      logEnd,
      queueOffset,
      masterQueueOffset: queueOffset,
      stateVersion: this.#checkpoint.stateVersion,
      versionMs: nowMs,
      counter: this.#checkpoint.counter + 1,
    }
    this.#files.makeDirectory(`${this.#root}/config`)
    const isNew = !this.#files.exists(this.#paths.checkpoint)
    await writeTimerCheckpoint(this.#files, this.#paths.checkpoint, this.#checkpoint)
    if (isNew) this.#files.syncDirectory(`${this.#root}/config`)
    this.#log.removeBefore(readMs)
  }

  close(): void {
    this.#log.close()
  }

  get #paths(): { wheel: string; checkpoint: string } {
    return { wheel: `${this.#root}/timerwheel`, checkpoint: `${this.#root}/config/timercheck` }
  }

  /** Whether an entry goes on where its second stopped, or begins it. */
  #isLinked({ dueMs, previous }: LinkedEntry): boolean {
    const slot = this.#slots.get(dueMs)
    return previous === -1 || (slot ? previous === slot.last : previous < this.#log.start)
  }

  /** Whether the wheel has the same last entries as the log, for what is still waiting. */
  #wheelAgrees(): boolean {
    const { readMs, logEnd } = this.#checkpoint
    const bytes = this.#files.readWhole(this.#paths.wheel)
    if (!bytes) return this.#slots.size === 0 && logEnd === 0
    if (bytes.length !== this.#wheelSlots * timerSlotSize) return false
    const view = viewOf(bytes)
    const isKnown = (dueMs: number) => dueMs < readMs || this.#dirty.has(dueMs)
    for (const [dueMs, { last }] of this.#slots) {
      const there = decodeTimerSlot(view, timerSlotIndex(dueMs, this.#wheelSlots) * timerSlotSize)
      if (!isKnown(dueMs) && (there.dueMs !== dueMs || there.last !== last)) return false
    }
    for (let at = 0; at < bytes.length; at += timerSlotSize) {
      if (view.getInt32(at) === 0 && view.getInt32(at + 4) === 0) continue
      const { dueMs } = decodeTimerSlot(view, at)
      if (!isKnown(dueMs) && !this.#slots.has(dueMs)) return false
    }
    return true
  }

  async #writeWheel(slots: Iterable<TimerSlot>): Promise<void> {
    const isNew = !this.#files.exists(this.#paths.wheel)
    const file = this.#files.open(this.#paths.wheel, 'create')
    try {
      const size = this.#wheelSlots * timerSlotSize
      if (file.size() !== size) file.resize(size)
      for (const slot of slots) {
        const at = timerSlotIndex(slot.dueMs, this.#wheelSlots) * timerSlotSize
        file.write(encodeTimerSlot(slot), at)
      }
      await file.sync()
    } finally {
      file.close()
    }
    if (isNew) this.#files.syncDirectory(this.#root)
  }
}

function linked(slot: TimerSlot | undefined, entry: TimerEntry, position: number): TimerSlot {
  const count = (entry.magic & timerMagics.delete) === 0 ? 1 : -1
  const goesOn = slot && !('previous' in entry && entry.previous === -1)
  return goesOn
    ? { dueMs: slot.dueMs, first: slot.first, last: position, count: slot.count + count }
    : { dueMs: entry.dueMs, first: position, last: position, count }
}
