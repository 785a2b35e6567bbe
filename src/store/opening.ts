// Opening a store's folder: look, plan, read what is not checkpointed, repair.

import type { Files } from '../base/files.ts'
import { readInt64, viewOf } from '../base/int64.ts'
import type { Log as Logger } from '../base/log.ts'
import { recordFields } from '../message/record.ts'
import { type CheckpointValues, readCheckpoint } from './checkpoint.ts'
import { hasQueueEntry, type RecordVisitor } from './dispatcher.ts'
import { entryCodeOf } from './entry-code.ts'
import { Log } from './log.ts'
import { cutLogFile, listLogFiles } from './log-files.ts'
import { type LogShape, recordStartingAt, type ScannedRecord, scanLog } from './log-scan.ts'
import type { StoreOptions } from './options.ts'
import { QueueTable } from './queue-table.ts'
import { planRepair, planScan, type ScanStart } from './recovery.ts'

export type Opened = {
  readonly log: Log
  readonly queues: QueueTable
  readonly checkpoint: CheckpointValues
  /** Position after the last record. */
  readonly endPosition: number
  /** Start of the last record, -1 when there is none, and when it was stored. */
  readonly lastPosition: number
  readonly lastStoreTimestamp: number
  readonly scanStart: ScanStart
}

export type OpeningParts = {
  readonly files: Files
  readonly log: Logger
  readonly options: StoreOptions
  readonly delayLevels: readonly number[]
  /** Whether the last run did not end in order. */
  readonly abort: boolean
  /** Called for each record that is read again, in order. */
  readonly visit: RecordVisitor
}

export type StorePaths = {
  readonly commitLog: string
  readonly queues: string
  readonly checkpoint: string
}

/** Where Java keeps the parts of a store. Source: StorePathConfigHelper. */
export function pathsOf(options: StoreOptions): StorePaths {
  const root = options.storePathRootDir
  return {
    commitLog: options.storePathCommitLog ?? `${root}/commitlog`,
    queues: `${root}/consumequeue`,
    checkpoint: `${root}/checkpoint`,
  }
}

/** Opens and repairs. Afterwards all that was read is on disk and the log ends in zeros. */
export function openFiles(parts: OpeningParts): Opened {
  const { files, options } = parts
  const paths = pathsOf(options)
  files.makeDirectory(paths.commitLog)
  files.makeDirectory(paths.queues)
  bringToSize(parts, paths)

  const log = new Log(files, {
    directory: paths.commitLog,
    segmentSize: options.mappedFileSizeCommitLog,
    mapped: options.mapFiles,
  })
  log.load()
  const shape = {
    files,
    directory: paths.commitLog,
    segmentSize: log.segmentSize,
    bases: log.bases,
  }
  const checkpoint = readCheckpoint(files, paths.checkpoint)
  const queues = new QueueTable(files, {
    directory: paths.queues,
    fileSize: options.mappedFileSizeConsumeQueue,
    openMax: options.queueFilesOpenMax,
  })
  const scanStart = planScan({
    abort: parts.abort,
    checkpoint,
    checkpointIsRecord: recordStartingAt(shape, checkpoint.logicsPhysicalOffset) !== undefined,
    queuesDamagedFrom: queues.look(),
    heads: headsOf(shape),
  })
  queues.load(scanStart.position)
  const scan = scanLog(shape, scanStart.position, (record) => redispatch(parts, queues, record))
  const repair = planRepair(scan, log.bases, log.segmentSize)

  log.removeFrom(repair.removeFrom)
  if (repair.cut) {
    const path = log.pathOf(repair.cut.base)
    cutLogFile(files, path, repair.cut.at, log.segmentSize)
  }
  syncScanned(log, files, scanStart.position)
  for (const queue of queues.all()) queue.forgetBefore(log.minPosition)
  report(parts, { scanStart, end: scan.end, repair, count: scan.count })
  return {
    log,
    queues,
    checkpoint,
    endPosition: repair.endPosition,
    lastPosition: scan.lastPosition,
    lastStoreTimestamp: scan.lastStoreTimestamp,
    scanStart,
  }
}

// Java refuses a file of another size. A short one is what a crash leaves while it was being
// made or cut; its missing bytes are zeros.
function bringToSize(parts: OpeningParts, paths: StorePaths): void {
  const size = parts.options.mappedFileSizeCommitLog
  for (const found of listLogFiles(parts.files, paths.commitLog)) {
    if (found.size === size) continue
    parts.log.warn('log-file-has-wrong-size', {
      base: found.base,
      size: found.size,
      expected: size,
    })
    const path = `${paths.commitLog}/${String(found.base).padStart(20, '0')}`
    cutLogFile(parts.files, path, Math.min(found.size, size), size)
  }
}

function headsOf(shape: LogShape): { base: number; storeTimestamp: number | undefined }[] {
  return shape.bases.map((base) => {
    const record = recordStartingAt(shape, base)
    const storeTimestamp = record && readInt64(viewOf(record.bytes), record.parts.storeTimestamp)
    return { base, storeTimestamp }
  })
}

function redispatch(parts: OpeningParts, queues: QueueTable, record: ScannedRecord): void {
  const { bytes, position, size } = record
  const { topic, topicSize, properties, propertiesSize, storeTimestamp } = record.parts
  const view = viewOf(bytes)
  const sysFlag = view.getInt32(recordFields.sysFlag)
  const topicName = bytes.toString('utf8', topic, topic + topicSize)
  const text = bytes.toString('utf8', properties, properties + propertiesSize)
  const time = readInt64(view, storeTimestamp)
  const tagsCode = entryCodeOf(topicName, text, time, parts.delayLevels)
  if (hasQueueEntry(sysFlag)) {
    const queue = queues.obtain(topicName, view.getInt32(recordFields.queueId))
    queue.append(readInt64(view, recordFields.queueOffset), { position, size, tagsCode })
    if (queue.isWriteDue) queue.writeOut()
  }
  parts.visit({ topic: topicName, position, storeTimestamp: time, sysFlag, properties: text })
}

// What a killed process left in the page cache counts as flushed from now on, so it must be.
function syncScanned(log: Log, files: Files, from: number): void {
  for (const base of log.bases) {
    if (base + log.segmentSize <= from) continue
    const file = files.open(log.pathOf(base), 'write')
    file.syncNow()
    file.close()
  }
}

function report(
  parts: OpeningParts,
  facts: {
    scanStart: ScanStart
    end: string
    repair: { endPosition: number; isDamaged: boolean }
    count: number
  },
): void {
  const { scanStart, end, repair, count } = facts
  const fields = {
    abort: parts.abort,
    from: scanStart.position,
    reason: scanStart.reason,
    records: count,
    end,
    endPosition: repair.endPosition,
  }
  if (repair.isDamaged) parts.log.warn('store-cut-behind-last-good-record', fields)
  else parts.log.info('store-opened', fields)
}
