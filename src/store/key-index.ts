// The key index: files of hashes in the order of the log, filled by the dispatcher.
//
//   full, sealed | full, being sealed | active
//   -- slots in the files --|-- slots in memory --
//
// Derived from the log. What the header of the last file counts is on disk before the checkpoint
// moves, so a crash loses no key; what is damaged or gone is made again from the log.
// Source: IndexService. Not served: indexes in RocksDB.

import type { Clock } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import type { Log as Logger } from '../base/log.ts'
import { IndexFile, type IndexShape } from './index-file.ts'
import { type IndexedRecord, KeyHasher } from './index-keys.ts'

export type KeyIndexParts = {
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  readonly directory: string
  readonly shape: IndexShape
}

/** What is known about the files at start. */
export type IndexFound = {
  readonly abort: boolean
  readonly sealedTimestamp: number
  /** Nothing that the index knows may begin here or behind it. */
  readonly endPosition?: number
}

export class KeyIndex {
  /** Told when entries cannot be written; they stay in memory. Replaced by the store. */
  onTrouble: (cause: unknown) => void = () => {}
  readonly #parts: KeyIndexParts
  readonly #hasher = new KeyHasher()
  #files: IndexFile[] = []
  #active: IndexFile | undefined
  /** The last message that has keys here, and how many of them. */
  #lastPosition = -1
  #lastKeyCount = 0
  #sealedTimestamp = 0
  #lastName = ''
  #failed = false
  #isLacking = false

  constructor(parts: KeyIndexParts) {
    this.#parts = parts
  }

  /**
   * At start: takes the files whose entries are whole, as far as the log reaches, and removes
   * the first that is not with all after it. Files up to `sealedTimestamp` are known to be on
   * disk, unless there was no abort: then all are.
   */
  load(found: IndexFound): void {
    const { files, directory } = this.#parts
    this.close()
    this.#files = []
    this.#active = undefined
    const names = files.list(directory).filter((entry) => /^\d{17}$/.test(entry.name))
    let isDamaged = names.length === 0
    for (const [at, { name }] of names.entries()) {
      const isLast = at === names.length - 1
      const file = new IndexFile(files, `${directory}/${name}`, this.#parts.shape)
      if (!isDamaged && this.#take(file, isLast, found)) {
        // A header that counts nothing: what the file was made for is behind the checkpoint.
        if (file.count === 1) {
          file.remove()
          continue
        }
        this.#files.push(file)
        this.#lastName = name
        continue
      }
      isDamaged = true
      this.#parts.log.warn('index-file-removed', { name, reason: 'damaged or ahead of the log' })
      file.remove()
    }
    this.#isLacking = isDamaged
    this.#resume()
  }

  #take(file: IndexFile, isLast: boolean, found: IndexFound): boolean {
    const { abort, sealedTimestamp, endPosition = Number.MAX_SAFE_INTEGER } = found
    if (!file.readHeader() || file.endPosition >= endPosition) return false
    if (!file.isFull) return isLast && file.load()
    return !abort || file.endTimestamp <= sealedTimestamp || file.load()
  }

  #resume(): void {
    const last = this.#files.at(-1)
    this.#active = last?.isFull === false ? last : undefined
    this.#lastPosition = last && last.count > 1 ? last.endPosition : -1
    this.#lastKeyCount = 0
    for (const file of this.#files.slice(-2)) {
      if (file.endPosition === this.#lastPosition) this.#lastKeyCount += file.lastKeyCount()
    }
    const full = this.#files.findLast((file) => file.isFull && !file.isInMemory)
    this.#sealedTimestamp = full?.endTimestamp ?? 0
  }

  /** What was loaded may lack something: a file was removed, or there is none. */
  get isLacking(): boolean {
    return this.#isLacking
  }

  /** Start of the last message with keys; -1 when there is none. */
  get lastPosition(): number {
    return this.#lastPosition
  }

  /** End time of the last full file that is on disk: the checkpoint's indexMsgTimestamp. */
  get sealedTimestamp(): number {
    return this.#sealedTimestamp
  }

  /** From old to new. */
  get files(): readonly IndexFile[] {
    return this.#files
  }

  /** Takes a record's keys, unless they are here already. Never throws for the disk. */
  add(record: IndexedRecord): void {
    if (record.position < this.#lastPosition) return
    const count = this.#hasher.take(record)
    const first = record.position === this.#lastPosition ? this.#lastKeyCount : 0
    for (let at = first; at < count; at++) {
      const file = this.#active ?? this.#roll()
      file.put(this.#hasher.hashAt(at), record.position, record.storeTimestamp)
      if (file.isFull) this.#active = undefined
      if (file.isFull || file.isWriteDue) this.#writeOut(file)
    }
    if (count === 0) return
    this.#lastPosition = record.position
    this.#lastKeyCount = Math.max(first, count)
  }

  #writeOut(file: IndexFile): void {
    try {
      file.writeEntries()
    } catch (cause) {
      this.onTrouble(cause)
    }
  }

  #roll(): IndexFile {
    const { files, clock, directory, shape } = this.#parts
    const name = nameAfter(this.#lastName, clock.now())
    const file = new IndexFile(files, `${directory}/${name}`, shape)
    file.begin(this.#files.at(-1))
    this.#files.push(file)
    this.#active = file
    this.#lastName = name
    return file
  }

  /** Makes all entries taken so far durable, full files with their slots. Rejects as Files. */
  async sync(turn: () => Promise<void>): Promise<void> {
    if (this.#failed) throw new Error('an earlier sync of the index failed')
    try {
      await this.#syncAll(turn)
    } catch (cause) {
      // Nothing was synced when there was no space; of other failures nobody knows what is lost.
      this.#failed = !(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')
      throw cause
    }
  }

  async #syncAll(turn: () => Promise<void>): Promise<void> {
    for (const file of this.#files.filter((one) => one.isInMemory)) {
      if (!file.isFull) {
        await file.sync()
        continue
      }
      await file.seal(turn)
      this.#sealedTimestamp = file.endTimestamp
    }
  }

  /** Removes files of which the log has nothing before `position`; the newest stays. */
  forgetBefore(position: number): void {
    for (const file of this.#files.slice(0, -1)) {
      if (file.endPosition >= position) return
      file.remove()
      this.#files = this.#files.filter((one) => one !== file)
    }
  }

  /** Writes what only memory holds; the files are as Java leaves them. */
  stop(): void {
    if (this.#failed) throw new Error('an earlier sync of the index failed')
    for (const file of this.#files) file.closeNow()
  }

  close(): void {
    for (const file of this.#files) file.close()
  }
}

/** Local time as digits, as Java names index files; always behind the name before it. */
function nameAfter(last: string, ms: number): string {
  const at = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  const name = `${day}${time}${String(at.getMilliseconds()).padStart(3, '0')}`
  return last === '' || name > last ? name : String(BigInt(last) + 1n)
}
