// One unit of a batch queue: 0 position i64 | 8 record size i32 | 12 tags code i64 |
// 20 store time i64 | 28 base offset i64 | 36 count i16 | 38 compacted i32 (-1) | 42 unused i32.
// It stands for `count` messages with the offsets from `base` on, all in one record.
// Format: docs/formats/consume-queue.md. Source: BatchConsumeQueue.CQ_STORE_UNIT_SIZE.

import { readInt64, writeInt64 } from '../base/int64.ts'
import { isEntry, type QueueEntry, readEntry, type UnitFormat, writeEntry } from './queue-entry.ts'

const notCompacted = -1

export type BatchUnit = QueueEntry & {
  readonly storeTimestamp: number
  /** Offset of the first message. */
  readonly base: number
  readonly count: number
}

export const batchFormat: UnitFormat<BatchUnit> = {
  size: 46,
  write(view, at, unit) {
    writeEntry(view, at, unit)
    writeInt64(view, at + 20, unit.storeTimestamp)
    writeInt64(view, at + 28, unit.base)
    view.setInt16(at + 36, unit.count)
    view.setInt32(at + 38, notCompacted)
    view.setInt32(at + 42, 0)
  },
  read: (view, at) => ({
    ...readEntry(view, at),
    storeTimestamp: readInt64(view, at + 20),
    base: readInt64(view, at + 28),
    count: view.getInt16(at + 36),
  }),
  isEntry: (view, at) =>
    isEntry(view, at) && view.getInt32(at + 28) >= 0 && view.getInt16(at + 36) > 0,
}
