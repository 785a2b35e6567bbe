// Whether timer log, wheel and timer checkpoint agree with each other and with the commit log:
// each entry is of a record of the timer topic that waits for that second, the entries of a second
// are chained backwards, and a slot of the wheel ends at an entry of its second.
//
// A killed broker's wheel may lack the last entries: only what it has is checked.
// Format: docs/formats/timer.md. Source: TimerLog, TimerWheel, TimerCheckpoint.

import { viewOf } from '../../base/int64.ts'
import { propertyIn, propertyNames } from '../../message/properties.ts'
import { timerTopic } from '../../message/timer.ts'
import { fileNameOf, listLogFiles } from '../log-files.ts'
import { RecordReader } from '../log-scan.ts'
import { readTimerCheckpoint } from '../timer-checkpoint.ts'
import {
  decodeTimerEntry,
  isTimerBlank,
  type LinkedEntry,
  timerEntrySize,
  timerMagics,
} from '../timer-entry.ts'
import { decodeTimerSlot, timerSlotSize } from '../timer-slot.ts'
import type { Problems } from './problem.ts'
import { factsOf } from './record-facts.ts'
import type { StoreFolder } from './store-folder.ts'

/** What stands in the timer log. */
type TimerLogView = {
  readonly start: number
  readonly end: number
  /** Position to the second that the entry waits for. */
  readonly dueMs: ReadonlyMap<number, number>
}

/** Answers how many entries the timer log has. */
export function verifyTimer(folder: StoreFolder, problems: Problems): { entries: number } {
  const log = readLog(folder, problems)
  verifyWheel(folder, log, problems)
  const checkpoint = readTimerCheckpoint(folder.files, `${folder.root}/config/timercheck`)
  // Without any timer log a broker fills one again and keeps what is said to be delivered.
  if (checkpoint && log.end > 0 && checkpoint.logEnd > log.end) {
    const detail = `says ${checkpoint.logEnd}, the timer log ends at ${log.end}`
    problems.add('timer-checkpoint-wrong', 'config/timercheck', detail)
  }
  return { entries: log.dueMs.size }
}

function readLog(folder: StoreFolder, problems: Problems): TimerLogView {
  const { files, root } = folder
  const directory = `${root}/timerlog`
  const found = listLogFiles(files, directory)
  const dueMs = new Map<number, number>()
  const start = found[0]?.base ?? 0
  const size = found[0]?.size ?? 0
  let end = start
  const reader = new RecordReader(folder.log)
  try {
    for (const [index, { base, size: own }] of found.entries()) {
      if (own !== size || base !== start + index * size) {
        problems.add('timer-log-damaged', `timerlog/${base}`, `${own} bytes, not ${size}`)
        break
      }
      const path = `${directory}/${fileNameOf(base)}`
      const bytes = files.readWhole(path) ?? new Uint8Array(0)
      const view = viewOf(bytes)
      let at = 0
      for (; at + timerEntrySize <= size && !isTimerBlank(view, at); at += timerEntrySize) {
        const entry = decodeTimerEntry(view, at)
        if (!entry) break
        const wrong = wrongIn(folder, reader, { entry, at: base + at, start, dueMs })
        if (wrong) problems.add('timer-entry-wrong', `timerlog@${base + at}`, wrong)
        dueMs.set(base + at, entry.dueMs)
        end = base + at + timerEntrySize
      }
      const isZero = bytes.subarray(at, at + timerEntrySize).every((byte) => byte === 0)
      if (isZero) break
      if (at + timerEntrySize <= size && !isTimerBlank(view, at)) {
        problems.add('timer-log-damaged', `timerlog@${base + at}`, 'neither an entry nor the end')
        break
      }
      end = base + size
    }
  } finally {
    reader.close()
  }
  return { start, end, dueMs }
}

function wrongIn(
  folder: StoreFolder,
  reader: RecordReader,
  found: { entry: LinkedEntry; at: number; start: number; dueMs: ReadonlyMap<number, number> },
): string | undefined {
  const { entry, at, start, dueMs } = found
  const { previous, position, size, magic } = entry
  if (previous >= at) return `the one before it is ${previous}`
  if (previous >= start && dueMs.get(previous) !== entry.dueMs) {
    return `the one before it, ${previous}, does not wait for ${entry.dueMs}`
  }
  // Records go before the entries that speak of them.
  if (position < (folder.log.bases[0] ?? 0)) return undefined
  const record = reader.at(position)
  if (!record || record.size !== size) return `no record of ${size} bytes is at ${position}`
  const { topic, properties } = factsOf(record)
  if (topic !== timerTopic) return `the record at ${position} is of ${topic}`
  const outMs = propertyIn(properties, propertyNames.timerOutMs)
  const isStage = (magic & timerMagics.roll) !== 0
  if (!isStage && Number(outMs) !== entry.dueMs) {
    return `waits for ${entry.dueMs}, its record for ${outMs}`
  }
  return undefined
}

function verifyWheel(folder: StoreFolder, log: TimerLogView, problems: Problems): void {
  const bytes = folder.files.readWhole(`${folder.root}/timerwheel`)
  if (!bytes) return
  if (bytes.length % timerSlotSize !== 0) {
    problems.add('timer-wheel-wrong', 'timerwheel', `${bytes.length} bytes`)
    return
  }
  const view = viewOf(bytes)
  for (let at = 0; at < bytes.length; at += timerSlotSize) {
    if (view.getInt32(at) === 0 && view.getInt32(at + 4) === 0) continue
    const { dueMs, last } = decodeTimerSlot(view, at)
    // Slots are not cleared: one of entries that are gone says nothing.
    if (last >= 0 && last < log.start) continue
    if (log.dueMs.get(last) === dueMs) continue
    const detail = `the second ${dueMs / 1000} ends at ${last}, which does not wait for it`
    problems.add('timer-wheel-wrong', `timerwheel@${at}`, detail)
  }
}
