// What was flushed when: 4096 bytes, replaced in place.
//   0 physicMsgTimestamp | 8 logicsMsgTimestamp | 16 indexMsgTimestamp | 24 masterFlushedOffset
//   32 confirmPhyOffset | 40 logicsPhysicalOffset, all i64
//
// logicsPhysicalOffset is the start of the last record that is in the queue files for certain,
// on disk: everything before it needs no dispatch after a crash.
// Format: docs/formats/checkpoint.md. Source: StoreCheckpoint.

import type { Files } from '../base/files.ts'
import { readInt64, viewOf, writeInt64 } from '../base/int64.ts'

const fileSize = 4096

export type CheckpointValues = {
  /** Store time of the last record known to be synced. */
  physicMsgTimestamp: number
  /** Store time of the record at {@link logicsPhysicalOffset}. */
  logicsMsgTimestamp: number
  /** End time of the last full index file that is synced. */
  indexMsgTimestamp: number
  masterFlushedOffset: number
  confirmPhyOffset: number
  logicsPhysicalOffset: number
}

/** Nothing is known: everything is read again after a crash. */
export const noCheckpoint: CheckpointValues = {
  physicMsgTimestamp: 0,
  logicsMsgTimestamp: 0,
  indexMsgTimestamp: 0,
  masterFlushedOffset: 0,
  confirmPhyOffset: 0,
  logicsPhysicalOffset: 0,
}

/** Everything up to the record at `position` is on disk, queues included. */
export const reached = (
  position: number,
  storeTimestamp: number,
  indexMsgTimestamp: number,
): Partial<CheckpointValues> => ({
  physicMsgTimestamp: storeTimestamp,
  logicsMsgTimestamp: storeTimestamp,
  logicsPhysicalOffset: position,
  indexMsgTimestamp,
})

const order = [
  'physicMsgTimestamp',
  'logicsMsgTimestamp',
  'indexMsgTimestamp',
  'masterFlushedOffset',
  'confirmPhyOffset',
  'logicsPhysicalOffset',
] as const satisfies readonly (keyof CheckpointValues)[]

/** The values in the file; zeros when there is none or it is damaged. */
export function readCheckpoint(files: Files, path: string): CheckpointValues {
  const bytes = files.readWhole(path)
  const whole = bytes && bytes.length >= order.length * 8 ? viewOf(bytes) : undefined
  const valueAt = (index: number): number => {
    const value = whole ? readInt64(whole, index * 8) : 0
    return Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  return {
    physicMsgTimestamp: valueAt(0),
    logicsMsgTimestamp: valueAt(1),
    indexMsgTimestamp: valueAt(2),
    masterFlushedOffset: valueAt(3),
    confirmPhyOffset: valueAt(4),
    logicsPhysicalOffset: valueAt(5),
  }
}

/** Writes the values and makes them durable. One sector: it is old or new after a crash. */
export async function writeCheckpoint(
  files: Files,
  path: string,
  values: CheckpointValues,
): Promise<void> {
  const file = files.open(path, 'create')
  try {
    file.write(encode(values), 0)
    await file.sync()
  } finally {
    file.close()
  }
}

/** As {@link writeCheckpoint}, blocking: for start and stop. */
export function writeCheckpointNow(files: Files, path: string, values: CheckpointValues): void {
  const file = files.open(path, 'create')
  try {
    file.write(encode(values), 0)
    file.syncNow()
  } finally {
    file.close()
  }
}

function encode(values: CheckpointValues): Uint8Array {
  const bytes = Buffer.alloc(fileSize)
  const view = viewOf(bytes)
  order.forEach((name, index) => {
    writeInt64(view, index * 8, values[name])
  })
  return bytes
}
