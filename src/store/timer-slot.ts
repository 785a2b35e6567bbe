// One slot of the timer wheel: 32 bytes for one second, at an index that comes round every two
// weeks. A slot whose time is another second's is empty.
//
//   0 second i64 | 8 first entry i64 | 16 last entry i64 | 24 count i32 | 28 unused i32
//
// Format: docs/formats/timer.md. Source: Slot, TimerWheel.

import { readInt64, viewOf, writeInt64 } from '../base/int64.ts'
import { timerPrecisionMs } from '../message/timer.ts'

export const timerSlotSize = 32

/** Seconds of a week, twice. Source: TimerWheel, TIMER_WHEEL_TTL_DAY. */
export const timerWheelSlots = 2 * 7 * 24 * 3600

export type TimerSlot = {
  /** ms since 1970. */
  readonly dueMs: number
  /** Positions in the timer log. */
  readonly first: number
  readonly last: number
  /** Messages, less those that recall one. */
  readonly count: number
}

export const timerSlotIndex = (dueMs: number, slots: number): number =>
  Math.floor(dueMs / timerPrecisionMs) % slots

export function encodeTimerSlot({ dueMs, first, last, count }: TimerSlot): Buffer {
  const bytes = Buffer.alloc(timerSlotSize)
  const view = viewOf(bytes)
  writeInt64(view, 0, Math.floor(dueMs / timerPrecisionMs))
  writeInt64(view, 8, first)
  writeInt64(view, 16, last)
  view.setInt32(24, count)
  return bytes
}

/** The slot at `at`; its time is 0 when it was never used. */
export const decodeTimerSlot = (view: DataView, at: number): TimerSlot => ({
  dueMs: readInt64(view, at) * timerPrecisionMs,
  first: readInt64(view, at + 8),
  last: readInt64(view, at + 16),
  count: view.getInt32(at + 24),
})
