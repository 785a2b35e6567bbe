// How far the timer has come, config/timercheck: 4096 bytes, replaced in place.
//
//   0 read time | 8 end of the synced timer log | 16 queue offset | 24 the master's queue offset
//   32 state version | 40 time of this version | 48 counter of this version, all i64
//
// A second copy with a checksum follows, which Java leaves alone: without it one flipped bit of
// the read time would lose or repeat what waits. Java's own part counts when Java has written
// since, which its counter tells.
//
//   64 magic i32 | 68 crc32 of what follows i32 | 72 the seven values again
//
// Format: docs/formats/timer.md. Source: TimerCheckpoint.

import { crc32 } from '../base/crc32.ts'
import type { Files } from '../base/files.ts'
import { readInt64, viewOf, writeInt64 } from '../base/int64.ts'

const fileSize = 4096
const valuesSize = 56
const copyAt = 64
const copyMagic = 0x52575443

export type TimerCheckpoint = {
  /** What waits for an earlier second is delivered. ms since 1970. */
  readonly readMs: number
  /** Positions of the timer log before it are synced. */
  readonly logEnd: number
  /** Messages of the timer topic before it are in the log or delivered. */
  readonly queueOffset: number
  readonly masterQueueOffset: number
  readonly stateVersion: number
  readonly versionMs: number
  readonly counter: number
}

/** Nothing was delivered yet. */
export const noTimer: TimerCheckpoint = {
  readMs: 0,
  logEnd: 0,
  queueOffset: 0,
  masterQueueOffset: 0,
  stateVersion: 0,
  versionMs: 0,
  counter: 0,
}

const order = [
  'readMs',
  'logEnd',
  'queueOffset',
  'masterQueueOffset',
  'stateVersion',
  'versionMs',
  'counter',
] as const satisfies readonly (keyof TimerCheckpoint)[]

export function encodeTimerCheckpoint(values: TimerCheckpoint): Buffer {
  const bytes = Buffer.alloc(fileSize)
  const view = viewOf(bytes)
  order.forEach((name, index) => {
    writeInt64(view, index * 8, values[name])
  })
  bytes.copyWithin(copyAt + 8, 0, valuesSize)
  view.setInt32(copyAt, copyMagic)
  view.setInt32(copyAt + 4, crc32(bytes.subarray(copyAt + 8, copyAt + 8 + valuesSize)) | 0)
  return bytes
}

/** As Java's master answers GET_TIMER_CHECK_POINT. */
export const timerCheckpointBytes = (values: TimerCheckpoint): Uint8Array =>
  encodeTimerCheckpoint(values).subarray(0, valuesSize)

/** Undefined when the bytes say nothing that can be believed. */
export function decodeTimerCheckpoint(bytes: Uint8Array): TimerCheckpoint | undefined {
  if (bytes.length < valuesSize) return undefined
  const plain = valuesAt(bytes, 0)
  const copy = copyIn(bytes)
  if (!copy || (plain && plain.counter > copy.counter && plain.readMs >= copy.readMs)) return plain
  return copy
}

/** The checkpoint in the file; undefined when there is none that can be believed. */
export function readTimerCheckpoint(files: Files, path: string): TimerCheckpoint | undefined {
  const bytes = files.readWhole(path)
  return bytes && decodeTimerCheckpoint(bytes)
}

/** Writes the values and makes them durable. One page: it is old or new after a crash. */
export async function writeTimerCheckpoint(
  files: Files,
  path: string,
  values: TimerCheckpoint,
): Promise<void> {
  const file = files.open(path, 'create')
  try {
    file.write(encodeTimerCheckpoint(values), 0)
    await file.sync()
  } finally {
    file.close()
  }
}

function copyIn(bytes: Uint8Array): TimerCheckpoint | undefined {
  const at = copyAt + 8
  if (bytes.length < at + valuesSize) return undefined
  const view = viewOf(bytes)
  if (view.getInt32(copyAt) !== copyMagic) return undefined
  const isWhole = view.getInt32(copyAt + 4) === (crc32(bytes.subarray(at, at + valuesSize)) | 0)
  return isWhole ? valuesAt(bytes, at) : undefined
}

function valuesAt(bytes: Uint8Array, at: number): TimerCheckpoint | undefined {
  const view = viewOf(bytes)
  const value = (index: number): number => readInt64(view, at + index * 8)
  const values: TimerCheckpoint = {
    readMs: value(0),
    logEnd: value(1),
    queueOffset: value(2),
    masterQueueOffset: value(3),
    stateVersion: value(4),
    versionMs: value(5),
    counter: value(6),
  }
  const isSound = order.every((name) => Number.isSafeInteger(values[name]) && values[name] >= 0)
  return isSound ? values : undefined
}
