// One entry of the timer log: 52 bytes that say which message waits for which second.
//
//   0 size i32 (52) | 4 previous entry of the same second i64 (-1: none) | 12 magic i32
//   16 enqueue time i64 | 24 delivery time - enqueue time i32 | 28 position of the record i64
//   36 size of the record i32 | 40 Java's hash of the real topic i32 | 44 reserved i64
//
// The rest of a file that has no room for another entry begins with a blank: i32 remaining
// bytes, i64 0, i32 magic.
// Format: docs/formats/timer.md. Source: TimerLog.

import { readInt64, writeInt64 } from '../base/int64.ts'

export const timerEntrySize = 52
/** Bytes that a file keeps free for its blank. */
export const timerBlankSize = 16
const blankMagic = -875286124

/** Bits of the magic. */
export const timerMagics = { plain: 1, roll: 2, delete: 4 } as const
const magicMax = 0xf

export type TimerEntry = {
  /** Bits of {@link timerMagics}. */
  readonly magic: number
  /** When it was put into the log, a whole second, ms since 1970. */
  readonly enqueueMs: number
  /** The second it waits for, ms since 1970. */
  readonly dueMs: number
  /** Of the record in the timer topic. */
  readonly position: number
  readonly size: number
  /** Java's hash of the topic that it is for. */
  readonly topicHash: number
}

/** An entry and where the one before it of the same second is; -1: nowhere. */
export type LinkedEntry = TimerEntry & { readonly previous: number }

/** Writes the entry at `at`, all of its bytes. */
export function encodeTimerEntry(
  view: DataView,
  at: number,
  entry: TimerEntry,
  previous: number,
): void {
  view.setInt32(at, timerEntrySize)
  writeInt64(view, at + 4, previous)
  view.setInt32(at + 12, entry.magic)
  writeInt64(view, at + 16, entry.enqueueMs)
  view.setInt32(at + 24, entry.dueMs - entry.enqueueMs)
  writeInt64(view, at + 28, entry.position)
  view.setInt32(at + 36, entry.size)
  view.setInt32(at + 40, entry.topicHash)
  writeInt64(view, at + 44, 0)
}

/** The entry at `at`; undefined when the bytes there are none. */
export function decodeTimerEntry(view: DataView, at: number): LinkedEntry | undefined {
  if (at + timerEntrySize > view.byteLength || view.getInt32(at) !== timerEntrySize) {
    return undefined
  }
  const magic = view.getInt32(at + 12)
  const enqueueMs = readInt64(view, at + 16)
  const position = readInt64(view, at + 28)
  const size = view.getInt32(at + 36)
  const isSound =
    magic > 0 && magic <= magicMax && Number.isSafeInteger(enqueueMs) && position >= 0 && size > 0
  if (!isSound) return undefined
  return {
    previous: readInt64(view, at + 4),
    magic,
    enqueueMs,
    dueMs: enqueueMs + view.getInt32(at + 24),
    position,
    size,
    topicHash: view.getInt32(at + 40),
  }
}

/** What closes a file of which `remaining` bytes are left. */
export function encodeTimerBlank(remaining: number): Buffer {
  const bytes = Buffer.alloc(timerBlankSize)
  bytes.writeInt32BE(remaining, 0)
  bytes.writeInt32BE(blankMagic, 12)
  return bytes
}

export const isTimerBlank = (view: DataView, at: number): boolean =>
  at + timerBlankSize <= view.byteLength && view.getInt32(at + 12) === blankMagic
