// What to do with a store that is opened: a plan, made from facts and nothing else. The store
// carries it out.
//
// Only what is behind the checkpoint is read again, so that the time to start depends on what
// was not checkpointed and not on the size of the store.
// Source: CommitLog.recoverNormally, recoverAbnormally, isMappedFileMatchedRecover.

import type { CheckpointValues } from './checkpoint.ts'
import type { ScanResult } from './log-scan.ts'

/** The first record of a log file; absent when the file does not start with a good one. */
type FileHead = {
  readonly base: number
  readonly storeTimestamp: number | undefined
}

export type OpenFacts = {
  /** The last run did not end in order. */
  readonly abort: boolean
  readonly checkpoint: CheckpointValues
  /** Whether a good record starts at the checkpoint's logicsPhysicalOffset. */
  readonly checkpointIsRecord: boolean
  /** Queue entries are missing: position of the last record before them. */
  readonly queuesDamagedFrom: number | undefined
  /** Files of the log, ascending. */
  readonly heads: readonly FileHead[]
}

export type ScanStart = {
  readonly position: number
  readonly reason: 'empty-log' | 'checkpoint' | 'checkpoint-time' | 'queue-damage' | 'first-file'
}

/**
 * Where reading starts. Queue entries of records before it are trusted; all others are made
 * again. Source: CommitLog.isMmapFileMatchedRecover (5.5.0: by offset, else by time).
 */
export function planScan(facts: OpenFacts): ScanStart {
  const start = planByCheckpoint(facts)
  const { queuesDamagedFrom = start.position, heads } = facts
  if (queuesDamagedFrom >= start.position) return start
  const file = heads.findLast((head) => head.base <= queuesDamagedFrom) ?? heads[0]
  return { position: file?.base ?? 0, reason: 'queue-damage' }
}

function planByCheckpoint(facts: OpenFacts): ScanStart {
  const { checkpoint, heads } = facts
  const first = heads[0]
  if (!first) return { position: 0, reason: 'empty-log' }
  if (checkpoint.logicsPhysicalOffset >= first.base && facts.checkpointIsRecord) {
    return { position: checkpoint.logicsPhysicalOffset, reason: 'checkpoint' }
  }

  // Without the position the time decides, with the margin that Java took before 5.5.0.
  const time = Math.min(checkpoint.physicMsgTimestamp, checkpoint.logicsMsgTimestamp) - 3_000
  const file = heads.findLast(
    (head) => head.storeTimestamp !== undefined && head.storeTimestamp <= time,
  )
  if (file && file.base > first.base) return { position: file.base, reason: 'checkpoint-time' }
  return { position: first.base, reason: 'first-file' }
}

/** The last position at which a record is known to start; -1 when there is none. */
export function lastKnownPosition({ checkpoint, heads }: OpenFacts): number {
  const head = heads.findLast((one) => one.storeTimestamp !== undefined)
  return Math.max(checkpoint.logicsPhysicalOffset || -1, head?.base ?? -1)
}

export type Repair = {
  /** Position after the last good record; everything behind it goes. */
  readonly endPosition: number
  /** Files that hold nothing but what goes. */
  readonly removeFrom: number
  /** The file to cut at endPosition, unless it ends there. */
  readonly cut: { readonly base: number; readonly at: number } | undefined
  /** Whether bytes that were written are lost: a torn write after a crash, or damage. */
  readonly isDamaged: boolean
}

/**
 * What a scan's end means for the files. `knownPosition`: a record started there, as the
 * checkpoint or a later file says; -1: none is known of.
 */
export function planRepair(
  scan: ScanResult,
  bases: readonly number[],
  segmentSize: number,
  knownPosition = -1,
): Repair {
  const { endPosition } = scan
  const base = endPosition - (endPosition % segmentSize)
  const at = endPosition - base
  const isEnd =
    scan.end === 'zeros' || (scan.end === 'no-file' && bases.every((one) => one < endPosition))
  const isDamaged = !isEnd || knownPosition >= endPosition
  return {
    endPosition,
    // A file that would start at the end stays: it is the one made ahead.
    removeFrom: base + segmentSize,
    cut: bases.includes(base) ? { base, at } : undefined,
    isDamaged,
  }
}
