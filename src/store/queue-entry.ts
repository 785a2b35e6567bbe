// One unit of a consume queue: 0 position i64 | 8 record size i32 | 12 tags code i64.
// Format: docs/formats/consume-queue.md. Source: ConsumeQueue.CQ_STORE_UNIT_SIZE.

import { readInt64, writeInt64 } from '../base/int64.ts'

export const entrySize = 20

/** Size of the units that Java fills the first file with before the queue's first offset. */
export const fillerSize = 0x7fffffff

export type QueueEntry = {
  readonly position: number
  readonly size: number
  readonly tagsCode: number
}

/** An entry as a reader walks over it: which offsets of the queue it is for. */
export type EntryStep = QueueEntry & {
  readonly offset: number
  /** Of the entry behind it. */
  readonly nextOffset: number
}

/** Entries that follow each other; valid until the queue is written to again. */
export type EntryRun = {
  readonly view: DataView
  /** Index in `view` of the first one. */
  readonly at: number
  readonly count: number
}

/** How the units of a kind of queue are kept in its files. */
export type UnitFormat<Entry extends QueueEntry = QueueEntry> = {
  /** Bytes of a unit. */
  readonly size: number
  write(view: DataView, at: number, entry: Entry): void
  read(view: DataView, at: number): Entry
  /** Whether something was written at `at`. */
  isEntry(view: DataView, at: number): boolean
}

export function writeEntry(view: DataView, at: number, entry: QueueEntry): void {
  writeInt64(view, at, entry.position)
  view.setInt32(at + 8, entry.size)
  writeInt64(view, at + 12, entry.tagsCode)
}

export function readEntry(view: DataView, at: number): QueueEntry {
  return {
    position: readInt64(view, at),
    size: view.getInt32(at + 8),
    tagsCode: readInt64(view, at + 12),
  }
}

/** Whether something was written at `at`: a filler counts, zeros do not. */
export function isEntry(view: DataView, at: number): boolean {
  return view.getInt32(at + 8) > 0 && view.getInt32(at) >= 0
}

export const entryFormat: UnitFormat = {
  size: entrySize,
  write: writeEntry,
  read: readEntry,
  isEntry,
}
