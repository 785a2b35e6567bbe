// Segments in a chain: which file holds a position, rolling over to the next one, and making
// that one ready before it is needed.
//
// Segments are opened when they are first used and at most `openMax` stay open; a closed one's
// mapping lives on for as long as somebody holds a view of it.

import type { Files } from '../base/files.ts'
import { copyHead, makeLogFile } from './log-files.ts'
import type { LogFolders } from './log-folders.ts'
import { openSegment } from './open-segment.ts'
import type { Segment } from './segment.ts'

/** Pages ahead of the write position that are made resident, bytes. */
const touchAheadSize = 16 * 1024 * 1024
// Small: the thread that touches may run on the loop's own core, and 4 MiB keep it 5 ms or more.
const touchStepSize = 256 * 1024

export type LogSettings = {
  readonly folders: LogFolders
  readonly segmentSize: number
  readonly mapped: boolean
  readonly openMax?: number
}

export class Log {
  readonly segmentSize: number
  readonly folders: LogFolders
  readonly #files: Files
  readonly #mapped: boolean
  readonly #openMax: number
  /** First positions of the files that exist, ascending. Gaps are possible in damaged stores. */
  #bases: number[] = []
  readonly #open = new Map<number, Segment>()
  #touched = 0

  constructor(files: Files, settings: LogSettings) {
    this.#files = files
    this.folders = settings.folders
    this.segmentSize = settings.segmentSize
    this.#mapped = settings.mapped
    this.#openMax = settings.openMax ?? 64
  }

  /** Looks at the folders again. For start, before any segment is open. */
  load(): void {
    this.#bases = this.folders.list().map((file) => file.base)
  }

  /** First positions of all files, ascending. */
  get bases(): readonly number[] {
    return this.#bases
  }

  /** The first position that exists; 0 in an empty log. */
  get minPosition(): number {
    return this.#bases[0] ?? 0
  }

  /** The first position of the file after the one that holds `position`. */
  nextBase(position: number): number {
    return position - (position % this.segmentSize) + this.segmentSize
  }

  /** The segment that holds `position`; undefined when there is no such file. */
  segment(position: number): Segment | undefined {
    const base = position - (position % this.segmentSize)
    const open = this.#open.get(base)
    if (open) return open
    if (!this.has(base)) return undefined
    return this.#openAt(base)
  }

  has(base: number): boolean {
    return this.#bases.includes(base)
  }

  /** The segment to append at `base`, made now unless `prepare` has made it. Throws as Files. */
  roll(base: number): Segment {
    if (!this.has(base)) this.#make(base)
    this.#touched = Math.max(this.#touched, base)
    return this.segment(base) ?? this.#openAt(base)
  }

  /**
   * Off the hot path: touches pages ahead of the write position and, once less than the pages
   * to touch are left in the file (or half of a small one), makes the next file. Throws as
   * Files when there is no space.
   */
  prepare(position: number): void {
    const base = position - (position % this.segmentSize)
    const ahead = Math.min(touchAheadSize, this.segmentSize / 2)
    const next = base + this.segmentSize
    const needsNext = next - position <= ahead
    if (needsNext && !this.has(next)) {
      this.#make(next)
      this.#openAt(next)
    }
    if (!this.#mapped) return

    const from = Math.max(this.#touched, position)
    const to = Math.min(position + ahead, needsNext ? next + this.segmentSize : next)
    if (to - from < Math.min(touchStepSize, ahead / 2)) return
    this.#touch(from, to)
    this.#touched = to
  }

  #touch(from: number, to: number): void {
    for (let at = from; at < to; at = this.nextBase(at)) {
      const segment = this.segment(at)
      segment?.touch(at - segment.base, Math.min(to - segment.base, segment.size))
    }
  }

  /** Makes what was written to [from, to) durable. A failure is final. */
  async sync(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at = this.nextBase(at)) await this.segment(at)?.sync()
  }

  /** Removes the files from `base` on, last one first. */
  removeFrom(base: number): void {
    const doomed = this.#bases.filter((one) => one >= base).reverse()
    for (const one of doomed) this.#remove(one)
  }

  /** Removes the oldest file. Views of it stay valid. */
  removeFirst(): void {
    const [base] = this.#bases
    if (base !== undefined) this.#remove(base)
  }

  /**
   * Ends the log at `position`: later files go, the one that holds it is replaced by a copy
   * with zeros behind it. Durable when it resolves; views stay valid. `turn` lets others run.
   */
  async cut(position: number, turn: () => Promise<void>): Promise<void> {
    const base = position - (position % this.segmentSize)
    this.removeFrom(position === base ? base : base + this.segmentSize)
    this.#touched = Math.min(this.#touched, position)
    if (position === base || !this.has(base)) return
    const path = this.pathOf(base)
    await copyHead(this.#files, path, { end: position - base, size: this.segmentSize, turn })
    this.#open.get(base)?.close()
    this.#open.delete(base)
    this.#files.rename(`${path}.cut`, path)
    this.#files.syncDirectory(this.folders.folderOf(base))
  }

  pathOf(base: number): string {
    return this.folders.pathOf(base)
  }

  close(): void {
    for (const segment of this.#open.values()) segment.close()
    this.#open.clear()
  }

  #make(base: number): void {
    const folder = this.folders.place(base, this.segmentSize)
    makeLogFile(this.#files, folder, base, this.segmentSize)
    this.#bases.push(base)
    this.#bases.sort((a, b) => a - b)
  }

  #openAt(base: number): Segment {
    const segment = openSegment(this.#files, {
      path: this.pathOf(base),
      base,
      size: this.segmentSize,
      mapped: this.#mapped,
    })
    this.#closeOldest()
    this.#open.set(base, segment)
    return segment
  }

  // The newest files are the ones being written; of the others the one opened first goes.
  #closeOldest(): void {
    if (this.#open.size < this.#openMax) return
    const newest = this.#bases.at(-3) ?? 0
    for (const [base, segment] of this.#open) {
      if (base >= newest) continue
      this.#open.delete(base)
      segment.close()
      return
    }
  }

  #remove(base: number): void {
    this.#open.get(base)?.close()
    this.#open.delete(base)
    const folder = this.folders.folderOf(base)
    this.#files.remove(this.pathOf(base))
    this.folders.forget(base)
    this.#bases = this.#bases.filter((one) => one !== base)
    this.#files.syncDirectory(folder)
  }
}
