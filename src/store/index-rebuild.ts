// Making up for what the key index lacks, from the log: at start, after damage or a loss of
// files. As much of the log as a start has time for; older messages keep their places in the
// queues and are no longer found by key.

import { readInt64 } from '../base/int64.ts'
import type { Log as Logger } from '../base/log.ts'
import { recordFields } from '../message/record.ts'
import type { IndexedRecord } from './index-keys.ts'
import type { KeyIndex } from './key-index.ts'
import { type LogShape, recordStartingAt, type ScannedRecord, scanLog } from './log-scan.ts'

// About two seconds of reading.
const readSizeMax = 1024 * 1024 * 1024

/** Indexes the records before `until` that the index does not have. */
export function makeUpIndex(
  { log }: { log: Logger },
  { shape, index, until }: { shape: LogShape; index: KeyIndex; until: number },
): void {
  const from = startOf(shape, index.lastPosition, until)
  if (from >= until) return
  const { count } = scanLog(shape, from, (record) => index.add(indexedOf(record)), until)
  log.warn('index-made-again', { from, until, records: count })
}

function startOf(shape: LogShape, lastPosition: number, until: number): number {
  const least = until - readSizeMax
  const isInReach = lastPosition >= least && lastPosition >= (shape.bases[0] ?? 0)
  if (isInReach && recordStartingAt(shape, lastPosition)) return lastPosition
  return shape.bases.find((base) => base >= least) ?? until
}

/** What the index and the queues need of a record that is read again. */
export function indexedOf({ bytes, view, at, position, parts }: ScannedRecord): IndexedRecord {
  const { topic, topicSize, properties, propertiesSize, storeTimestamp } = parts
  return {
    topic: bytes.toString('utf8', topic, topic + topicSize),
    position,
    storeTimestamp: readInt64(view, at + storeTimestamp),
    sysFlag: view.getInt32(at + recordFields.sysFlag),
    properties: bytes.toString('utf8', properties, properties + propertiesSize),
  }
}
