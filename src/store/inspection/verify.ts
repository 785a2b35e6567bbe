// Whether everything in a store agrees: each record with itself, each queue entry with its
// record and the other way round, each index entry with a key of its record. Reads only.
//
// Entries that a killed broker had not written yet are made again when the store is opened;
// they are counted, not complained about.

import { parseDelayLevels } from '../../message/delay.ts'
import { batchCountOf } from '../../message/inner-batch.ts'
import { hasQueueEntry } from '../dispatcher.ts'
import { entryCodeOf } from '../entry-code.ts'
import type { ScannedRecord } from '../log-scan.ts'
import { storeDefaults } from '../options.ts'
import { Problems } from './problem.ts'
import { QueueView, type ViewedEntry } from './queue-view.ts'
import { factsOf } from './record-facts.ts'
import type { StoreFolder } from './store-folder.ts'
import { verifyIndex } from './verify-index.ts'
import { verifyTimer } from './verify-timer.ts'
import { type DamagedRange, walkLog } from './walk-log.ts'

export type VerifyReport = {
  readonly records: number
  readonly queueEntries: number
  readonly indexEntries: number
  readonly timerEntries: number
  /** Entries that the next start makes again, as the last run did not end in order. */
  readonly pendingEntries: number
  /** Position after the last record that a start of the store would keep. */
  readonly endPosition: number
  readonly damaged: readonly DamagedRange[]
  /** Good records behind the first damage: a start of the store would cut them off. */
  readonly recordsBehindDamage: number
  /** Queues with entries that are wrong, as `topic/queueId`. */
  readonly badQueues: readonly string[]
  /** Paths of index files that are wrong. */
  readonly badIndexFiles: readonly string[]
  readonly problems: Problems
}

export type VerifyOptions = {
  readonly messageDelayLevel?: string
  /** How much of the work is done, 0 to 1. */
  readonly onProgress?: (done: number) => void
}

export function verifyStore(folder: StoreFolder, options: VerifyOptions = {}): VerifyReport {
  const problems = new Problems()
  checkFiles(folder, problems)
  const queues = new QueueCheck(folder, problems, options.messageDelayLevel)
  const total = Math.max(1, folder.logFiles.length * folder.log.segmentSize)
  const first = folder.log.bases[0] ?? 0
  let records = 0
  let recordsBehindDamage = 0
  const walked = walkLog(folder.log, queues.knownPosition, (record, isBehindDamage) => {
    if (isBehindDamage) recordsBehindDamage++
    queues.check(record)
    if (++records % 1000 === 0) options.onProgress?.(((record.position - first) / total) * 0.9)
  })
  reportLog(folder, walked, recordsBehindDamage, problems)
  if (folder.checkpoint.logicsPhysicalOffset > walked.lastEnd) {
    const { logicsPhysicalOffset } = folder.checkpoint
    problems.add('checkpoint-beyond-log', 'checkpoint', `says ${logicsPhysicalOffset}`)
  }
  const queueEntries = queues.finish()
  const index = verifyIndex(folder, problems, (done) => options.onProgress?.(0.9 + done * 0.1))
  const timer = verifyTimer(folder, problems)
  return {
    records,
    queueEntries,
    indexEntries: index.entries,
    timerEntries: timer.entries,
    pendingEntries: queues.pending,
    endPosition: walked.endPosition,
    damaged: walked.damaged,
    recordsBehindDamage,
    badQueues: [...queues.bad],
    badIndexFiles: index.bad,
    problems,
  }
}

function checkFiles(folder: StoreFolder, problems: Problems): void {
  const { logFiles, log, queues, queueFileSize, batchFileSize } = folder
  let expected = logFiles[0]?.base
  for (const { base, size } of logFiles) {
    const where = `commitlog/${base}`
    if (size !== log.segmentSize) problems.add('log-file-size', where, `${size} bytes`)
    if (base !== expected) problems.add('log-files-missing', where, `${expected} is not there`)
    expected = base + log.segmentSize
  }
  for (const { topic, queueId, files, isBatch } of queues) {
    const expectedSize = isBatch ? batchFileSize : queueFileSize
    for (const { base, size } of files) {
      const where = `${topic}/${queueId}/${base}`
      if (size !== expectedSize) problems.add('queue-file-size', where, `${size} bytes`)
    }
  }
}

function reportLog(
  folder: StoreFolder,
  walked: ReturnType<typeof walkLog>,
  behind: number,
  problems: Problems,
): void {
  for (const { from, to, reason } of walked.damaged) {
    const bytes = to === undefined ? 'up to the end' : `${to - from} bytes`
    const kind = to === undefined ? 'log-torn-tail' : 'log-damaged'
    const lost = to === undefined ? '' : `, ${behind} good records are behind it`
    problems.add(kind, `commitlog@${from}`, `${reason}, ${bytes}${lost}`)
  }
  const { files, log, logFolders } = folder
  const isEmpty = logFolders.every((one) => files.list(one).length === 0)
  if (log.bases.length === 0 && !isEmpty) {
    problems.add('log-files-missing', 'commitlog', 'no file has the name of a log file')
  }
}

/** Compares records, as they come, with the entries of their queues. */
class QueueCheck {
  readonly bad = new Set<string>()
  pending = 0
  /** Start of the last record that something in the store refers to; -1: none. */
  readonly knownPosition: number
  readonly #folder: StoreFolder
  readonly #problems: Problems
  readonly #delayLevels: readonly number[]
  readonly #views = new Map<string, QueueView>()
  readonly #seen = new Map<string, number>()

  constructor(folder: StoreFolder, problems: Problems, delayLevels?: string) {
    this.#folder = folder
    this.#problems = problems
    this.#delayLevels = parseDelayLevels(delayLevels ?? storeDefaults.messageDelayLevel)
    const logEnd = (folder.log.bases.at(-1) ?? 0) + folder.log.segmentSize
    let known = folder.checkpoint.logicsPhysicalOffset || -1
    for (const queue of folder.queues) {
      const view = new QueueView(folder, queue)
      this.#views.set(`${queue.topic}/${queue.queueId}`, view)
      for (const { entry } of view.entries()) {
        // What points outside of all files says nothing about the log.
        if (entry.position < logEnd) known = Math.max(known, entry.position)
      }
    }
    this.knownPosition = known
  }

  check(record: ScannedRecord): void {
    const { topic, queueId, queueOffset, sysFlag, properties, storeTimestamp } = factsOf(record)
    if (!hasQueueEntry(sysFlag)) return
    const name = `${topic}/${queueId}`
    const view = this.#views.get(name)
    const isBatch = view?.folder.isBatch ?? this.#folder.batchTopics.has(topic)
    const count = isBatch ? batchCountOf(properties, queueOffset) : 1
    // What is no batch has no unit in a batch queue.
    if (count === 0) return
    const found = view?.entryAt(queueOffset)
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1)
    if (!found) {
      this.#missing(name, queueOffset, record.position)
      return
    }
    const tagsCode = entryCodeOf(topic, properties, storeTimestamp, this.#delayLevels)
    const { position, size } = record
    const nextOffset = queueOffset + count
    const is = printed(found)
    const should = printed({
      ...{ offset: queueOffset, nextOffset, entry: { position, size, tagsCode } },
      ...(isBatch && { storeTimestamp }),
    })
    if (is === should) return
    this.#wrong('queue-entry-wrong', name, `${queueOffset} is ${is}, not ${should}`)
  }

  /** Counts entries that no record asked for; answers how many there are in all. */
  finish(): number {
    const minPosition = this.#folder.log.bases[0] ?? 0
    let total = 0
    for (const [name, view] of this.#views) {
      let live = 0
      for (const { entry } of view.entries()) {
        total++
        if (entry.position >= minPosition) live++
      }
      const extra = live - (this.#seen.get(name) ?? 0)
      if (extra > 0) this.#wrong('queue-entry-without-record', name, `${extra} entries`)
    }
    return total
  }

  #missing(name: string, queueOffset: number, position: number): void {
    const { abort, checkpoint } = this.#folder
    const { logicsPhysicalOffset } = checkpoint
    // 0 says nothing: not known.
    const isChecked = logicsPhysicalOffset > 0 && position <= logicsPhysicalOffset
    if (abort !== undefined && !isChecked) {
      this.pending++
      this.#seen.set(name, (this.#seen.get(name) ?? 0) - 1)
    } else {
      this.#wrong('queue-entry-missing', name, `${queueOffset} of the record at ${position}`)
    }
  }

  #wrong(
    kind: 'queue-entry-missing' | 'queue-entry-wrong' | 'queue-entry-without-record',
    name: string,
    detail: string,
  ): void {
    this.bad.add(name)
    this.#problems.add(kind, name, detail)
  }
}

function printed({ offset, nextOffset, entry, storeTimestamp }: ViewedEntry): string {
  const { position, size, tagsCode } = entry
  const unit = `${position}+${size} ${tagsCode}`
  if (storeTimestamp === undefined) return unit
  return `${unit} of ${offset} to ${nextOffset - 1} at ${storeTimestamp}`
}
