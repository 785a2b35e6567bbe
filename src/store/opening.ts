// Opening a store's folder: look, plan, read what is not checkpointed, repair.

import type { Clock } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import { readInt64 } from '../base/int64.ts'
import type { Log as Logger } from '../base/log.ts'
import { type CheckpointValues, noCheckpoint, readCheckpoint } from './checkpoint.ts'
import { indexedOf, makeUpIndex } from './index-rebuild.ts'
import { keptSizes } from './kept-sizes.ts'
import { KeyIndex } from './key-index.ts'
import { Log } from './log.ts'
import { cutLogFile } from './log-files.ts'
import { foldersIn, LogFolders } from './log-folders.ts'
import { type LogShape, recordStartingAt, scanLog } from './log-scan.ts'
import type { StoreOptions } from './options.ts'
import { QueueTable } from './queue-table.ts'
import { lastKnownPosition, planRepair, planScan, type ScanStart } from './recovery.ts'
import { Redispatch } from './redispatch.ts'

const queueFilesOpenMost = 16_384

export type Opened = {
  readonly log: Log
  readonly queues: QueueTable
  /** Undefined when it is turned off. */
  readonly index: KeyIndex | undefined
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
  readonly clock: Clock
  readonly isBatchTopic?: (topic: string) => boolean
}

export type StorePaths = {
  readonly queues: string
  readonly batchQueues: string
  readonly index: string
  readonly checkpoint: string
}

/** Where Java keeps the parts of a store. Source: StorePathConfigHelper. */
export function pathsOf(options: StoreOptions): StorePaths {
  const root = options.storePathRootDir
  return {
    queues: `${root}/consumequeue`,
    batchQueues: `${root}/batchconsumequeue`,
    index: `${root}/index`,
    checkpoint: `${root}/checkpoint`,
  }
}

function logFoldersOf(files: Files, options: StoreOptions): LogFolders {
  const named = foldersIn(options.storePathCommitLog)
  return new LogFolders(files, {
    folders: named.length > 0 ? named : [`${options.storePathRootDir}/commitlog`],
    readOnly: foldersIn(options.readOnlyCommitLogStorePaths),
    fullPercent: options.diskSpaceCleanForciblyRatio,
  })
}

/** Opens and repairs. Afterwards all that was read is on disk and the log ends in zeros. */
export function openFiles(parts: OpeningParts): Opened {
  const { files, options } = parts
  const paths = pathsOf(options)
  const folders = logFoldersOf(files, options)
  for (const folder of folders.writable) files.makeDirectory(folder)
  files.makeDirectory(paths.queues)
  const sizes = keptSizes(parts, { folders, ...paths }, options)
  bringToSize(parts, folders, sizes.mappedFileSizeCommitLog)

  const log = new Log(files, {
    folders,
    segmentSize: sizes.mappedFileSizeCommitLog,
    mapped: options.mapFiles,
  })
  log.load()
  const shape = {
    files,
    pathOf: (base: number) => log.pathOf(base),
    segmentSize: log.segmentSize,
    bases: log.bases,
    needsRecordCrc: options.forceVerifyPropCRC,
  }
  const checkpoint = readCheckpoint(files, paths.checkpoint)
  const queues = new QueueTable(files, {
    directory: paths.queues,
    fileSize: sizes.mappedFileSizeConsumeQueue,
    batchDirectory: paths.batchQueues,
    batchFileSize: sizes.mapperFileSizeBatchConsumeQueue,
    isBatchTopic: parts.isBatchTopic ?? (() => false),
    openMax: queueFilesOpenMax(parts),
  })
  const facts = {
    abort: parts.abort,
    checkpoint,
    checkpointIsRecord: recordStartingAt(shape, checkpoint.logicsPhysicalOffset) !== undefined,
    // A log with records and no queue at all: their folder is gone.
    queuesDamagedFrom: queues.look() ?? (queues.count === 0 ? 0 : undefined),
    heads: headsOf(shape),
  }
  const scanStart = planScan(facts)
  queues.load(scanStart.position)
  const index = openIndex(parts, checkpoint)
  if (index?.isLacking) makeUpIndex(parts, { shape, index, until: scanStart.position })
  const redispatch = new Redispatch(queues, parts.delayLevels, parts.log)
  const scan = scanLog(shape, scanStart.position, (record) => {
    const indexed = indexedOf(record)
    redispatch.take(record, indexed)
    index?.add(indexed)
  })
  redispatch.finish()
  const repair = planRepair(scan, log.bases, log.segmentSize, lastKnownPosition(facts))

  log.removeFrom(repair.removeFrom)
  if (repair.cut) {
    const path = log.pathOf(repair.cut.base)
    cutLogFile(files, path, repair.cut.at, log.segmentSize)
  }
  if (index && index.lastPosition >= repair.endPosition) {
    index.load({ ...checkpointed(parts, checkpoint), endPosition: repair.endPosition })
    makeUpIndex(parts, { shape, index, until: repair.endPosition })
  }
  syncScanned(log, files, scanStart.position)
  for (const queue of queues.all()) queue.forgetBefore(log.minPosition)
  report(parts, { scanStart, end: scan.end, repair, count: scan.count })
  return {
    log,
    queues,
    index,
    // One beyond the end would be trusted again once the log has grown over it.
    checkpoint: checkpoint.logicsPhysicalOffset < repair.endPosition ? checkpoint : noCheckpoint,
    endPosition: repair.endPosition,
    lastPosition: scan.lastPosition,
    lastStoreTimestamp: scan.lastStoreTimestamp,
    scanStart,
  }
}

// To open and close a file costs three times as much as to write some entries to it.
function queueFilesOpenMax({ files, options }: OpeningParts): number {
  if (options.queueFilesOpenMax > 0) return options.queueFilesOpenMax
  return Math.min(Math.floor(files.descriptors() / 2), queueFilesOpenMost)
}

function openIndex(parts: OpeningParts, checkpoint: CheckpointValues): KeyIndex | undefined {
  const { files, clock, log, options } = parts
  if (!options.messageIndexEnable) return undefined
  const directory = pathsOf(options).index
  files.makeDirectory(directory)
  const shape = { slotCount: options.maxHashSlotNum, entryCountMax: options.maxIndexNum }
  const index = new KeyIndex({ files, clock, log, directory, shape })
  index.load(checkpointed(parts, checkpoint))
  return index
}

function checkpointed({ abort }: OpeningParts, { indexMsgTimestamp }: CheckpointValues) {
  return { abort, sealedTimestamp: indexMsgTimestamp }
}

// Java refuses a file of another size. A short one is what a crash leaves while it was being
// made or cut; its missing bytes are zeros.
function bringToSize(parts: OpeningParts, folders: LogFolders, size: number): void {
  for (const found of folders.list()) {
    if (found.size === size) continue
    parts.log.warn('log-file-has-wrong-size', {
      base: found.base,
      size: found.size,
      expected: size,
    })
    cutLogFile(parts.files, folders.pathOf(found.base), Math.min(found.size, size), size)
  }
}

function headsOf(shape: LogShape): { base: number; storeTimestamp: number | undefined }[] {
  return shape.bases.map((base) => {
    const record = recordStartingAt(shape, base)
    const storeTimestamp = record && readInt64(record.view, record.at + record.parts.storeTimestamp)
    return { base, storeTimestamp }
  })
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
