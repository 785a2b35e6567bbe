// Which part of the log was written under which master: epochFileCheckpoint, Apache's text.
//
//   2 ⏎ crc32 & 0x7fffffff of the rest ⏎ 7-7000 ⏎ 8-8000 ⏎          <epoch>-<first position>
//
// Written to a new file that takes the old one's place; a copy is kept as `.bak`. A crash leaves
// the old or the new one. An epoch that wrote nothing gives its place to the next.
// Source: EpochFileCache, CheckpointFile.

import { crc32 } from '../../base/crc32.ts'
import type { Files } from '../../base/files.ts'
import { replaceFile } from '../../base/replace-file.ts'
import type { Epoch } from './wire.ts'

const entriesMax = 100_000

export class Epochs {
  readonly #files: Files
  readonly #path: string
  #entries: Epoch[] = []

  /** Reads the file, or its copy when that is damaged; nothing when both are. */
  constructor(files: Files, path: string) {
    this.#files = files
    this.#path = path
    this.#entries = read(files, path) ?? read(files, `${path}.bak`) ?? []
  }

  get entries(): readonly Epoch[] {
    return this.#entries
  }

  /** Of the last master that wrote to this log; -1 when none is known. */
  get last(): number {
    return this.#entries.at(-1)?.epoch ?? -1
  }

  /** The epoch that wrote the byte at `position`, and where it ends. */
  at(position: number): { readonly epoch: Epoch; readonly endPosition: number } | undefined {
    const index = this.#entries.findLastIndex((one) => one.startPosition <= position)
    const epoch = this.#entries[index]
    if (!epoch) return undefined
    const next = this.#entries[index + 1]
    return { epoch, endPosition: next?.startPosition ?? Number.MAX_SAFE_INTEGER }
  }

  /** A new master writes from `startPosition` on. False: an older one, it is not taken. */
  append({ epoch, startPosition }: Epoch): boolean {
    const last = this.#entries.at(-1)
    if (last && (epoch <= last.epoch || startPosition < last.startPosition)) {
      return epoch === last.epoch && startPosition === last.startPosition
    }
    if (this.#entries.length >= entriesMax) this.#entries.shift()
    if (last?.startPosition === startPosition) this.#entries.pop()
    this.#entries.push({ epoch, startPosition })
    this.#save()
    return true
  }

  /** Forgets epochs that begin at `position` or behind it: the log ends there now. */
  truncate(position: number): void {
    const kept = this.#entries.filter((one) => one.startPosition < position)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#save()
  }

  #save(): void {
    const text = print(this.#entries)
    const old = this.#files.readWhole(this.#path)
    if (old) replaceFile(this.#files, `${this.#path}.bak`, old)
    replaceFile(this.#files, this.#path, text)
  }
}

/**
 * Up to where two logs are the same: the end of the newest epoch that both have, beginning at the
 * same place. Undefined: they have none in common.
 * Source: EpochFileCache.findConsistentPoint.
 */
export function agreedPosition(
  own: readonly Epoch[],
  ownEnd: number,
  master: readonly Epoch[],
  masterEnd: number,
): number | undefined {
  for (let index = own.length - 1; index >= 0; index--) {
    const one = own[index]
    const at = master.findIndex(
      ({ epoch, startPosition }) => epoch === one?.epoch && startPosition === one.startPosition,
    )
    if (at < 0) continue
    const end = own[index + 1]?.startPosition ?? ownEnd
    return Math.min(end, master[at + 1]?.startPosition ?? masterEnd)
  }
  return undefined
}

function print(entries: readonly Epoch[]): Uint8Array {
  const lines = entries.map(({ epoch, startPosition }) => `${epoch}-${startPosition}\n`).join('')
  const checksum = crc32(Buffer.from(lines)) & 0x7fffffff
  return Buffer.from(`${entries.length}\n${checksum}\n${lines}`)
}

function read(files: Files, path: string): Epoch[] | undefined {
  const bytes = files.readWhole(path)
  if (!bytes) return undefined
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n')
  const found = /^(\d{1,6})\n(\d{1,10})\n([\d\n-]*)$/.exec(text)
  if (!found) return undefined
  const [, count, checksum, lines = ''] = found
  const isWhole = Number(checksum) === (crc32(Buffer.from(lines)) & 0x7fffffff)
  if (Number(checksum) !== 0 && !isWhole) return undefined
  const entries: Epoch[] = []
  for (const line of lines.split('\n').filter((one) => one !== '')) {
    const [epoch, startPosition] = line.split('-').map(Number)
    const last = entries.at(-1)
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(startPosition)) return undefined
    if (epoch === undefined || startPosition === undefined) return undefined
    if (last && (epoch <= last.epoch || startPosition <= last.startPosition)) return undefined
    entries.push({ epoch, startPosition })
  }
  return entries.length === Number(count) ? entries : undefined
}
