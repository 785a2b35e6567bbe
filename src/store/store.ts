// The message store: one log of all topics, queues and index derived from it, durability and
// recovery. Fits MessageStore of the broker's ports by shape and imports nothing of it.
//
// A store of the Java broker opens here and the other way round.
// Source: DefaultMessageStore. Not served: RocksDB, multi-dispatch.

import type { Clock, Timer } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import type { Log as Logger } from '../base/log.ts'
import { parseDelayLevels } from '../message/delay.ts'
import type { OutgoingBatch, OutgoingMessage } from '../message/message.ts'
import { storeTimestampOf } from '../message/record.ts'
import {
  type CheckpointValues,
  reached,
  writeCheckpoint,
  writeCheckpointNow,
} from './checkpoint.ts'
import { CommitLog } from './commit-log.ts'
import { Dispatcher, type QueueArrival } from './dispatcher.ts'
import { Flusher, type FlushWaiter, flushTimes } from './flush.ts'
import type { KeyIndex } from './key-index.ts'
import { type FoundByKey, queryByKey, type RecordsByKey } from './key-query.ts'
import type { Log } from './log.ts'
import { OldFiles } from './old-files.ts'
import { type Opened, openFiles, pathsOf } from './opening.ts'
import type { StoreOptions } from './options.ts'
import type { QueueEntry } from './queue-entry.ts'
import { QueueSweep } from './queue-sweep.ts'
import type { Queue, QueueTable } from './queue-table.ts'
import { type QueueQuery, QueueReader, type QueueReadResult } from './reader.ts'
import { replicaLogOf } from './replica-cut.ts'
import type { ReplicaLog } from './replica-log.ts'
import { Retention } from './retention.ts'
import { RunMarks } from './run-marks.ts'
import { offsetByTime } from './time-search.ts'
import { Trouble } from './trouble.ts'
import { type AppendedRecords, Writer } from './writer.ts'

/** The parts of the host that a store needs. */
export type StorePorts = {
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  /** Whether a topic keeps batches whole (queue.type=BatchCQ); when absent: none. */
  readonly isBatchTopic?: (topic: string) => boolean
}

type QueueKey = { readonly topic: string; readonly queueId: number }

const retryAfterMs = 1_000

/**
 * Opens the store in `options.storePathRootDir`, recovering what needs it; blocking, as nothing
 * runs yet. Call `start` for flushes and checkpoints, `stop` to end. Throws
 * `broker-unavailable` when another process has the store open, and what the files throw.
 */
export function openStore(ports: StorePorts, options: StoreOptions): Store {
  ports.files.makeDirectory(options.storePathRootDir)
  const marks = new RunMarks(ports.files, options.storePathRootDir)
  try {
    const delayLevels = parseDelayLevels(options.messageDelayLevel)
    const opened = openFiles({ ...ports, options, delayLevels, abort: marks.hasAbort })
    // Here so that its name becomes durable with that of the abort file.
    writeCheckpointNow(ports.files, pathsOf(options).checkpoint, opened.checkpoint)
    marks.setAbort(options.processId)
    return new Store(ports, options, { marks, opened, delayLevels })
  } catch (error) {
    marks.release()
    throw error
  }
}

export class Store {
  readonly name = 'store'
  /** The log as master and slave see it. */
  readonly replica: ReplicaLog
  readonly #ports: StorePorts
  readonly #options: StoreOptions
  readonly #marks: RunMarks
  readonly #writer: Writer
  readonly #log: Log
  readonly #commitLog: CommitLog
  readonly #queues: QueueTable
  readonly #index: KeyIndex | undefined
  readonly #dispatcher: Dispatcher
  readonly #flusher: Flusher
  readonly #sweep: QueueSweep
  readonly #oldFiles: OldFiles
  readonly #retention: Retention
  readonly #reader: QueueReader
  readonly #checkpoint: CheckpointValues
  #stopping = false
  #retry: Timer | undefined
  readonly trouble: Trouble
  readonly cleaning = {
    deleteExpiredFiles: (): void => this.#retention.deleteExpired(),
    deleteExpiredQueues: (): Promise<void> => this.#oldFiles.forget(),
  }

  constructor(
    ports: StorePorts,
    options: StoreOptions,
    found: { marks: RunMarks; opened: Opened; delayLevels: readonly number[] },
  ) {
    const { opened } = found
    this.#ports = ports
    this.trouble = new Trouble(ports.log)
    this.#options = options
    this.#marks = found.marks
    this.#log = opened.log
    this.#queues = opened.queues
    this.#index = opened.index
    if (this.#index) {
      this.#index.onTrouble = (cause) => {
        this.#sweep.hurry()
        this.trouble.begin('index-write', cause)
      }
    }
    this.#checkpoint = { ...opened.checkpoint }
    this.#commitLog = new CommitLog(opened.log, opened.endPosition, options)
    this.#flusher = this.#makeFlusher(opened.endPosition)
    this.#dispatcher = this.#makeDispatcher(opened)
    this.#writer = new Writer({
      clock: ports.clock,
      commitLog: this.#commitLog,
      queues: opened.queues,
      dispatcher: this.#dispatcher,
      delayLevels: found.delayLevels,
      refusal: () => this.refusal,
      onFailure: (cause) => {
        this.trouble.begin('log-write', cause)
        this.#retryLater()
      },
    })
    this.#sweep = this.#makeSweep(opened)
    this.replica = replicaLogOf({
      ...ports,
      log: opened.log,
      commitLog: this.#commitLog,
      queues: opened.queues,
      index: opened.index,
      dispatcher: this.#dispatcher,
      flusher: this.#flusher,
      sweep: this.#sweep,
      checkpoint: this.#checkpoint,
      checkpointPath: pathsOf(options).checkpoint,
      delayLevels: found.delayLevels,
    })
    for (const queue of opened.queues.all()) this.#sweep.add(queue)
    this.#reader = new QueueReader({
      log: opened.log,
      options,
      endPosition: () => this.#commitLog.endPosition,
      residentFrom: opened.endPosition,
      memorySize: (ports.files.memory() * options.accessMessageInMemoryMaxRatio) / 100,
    })
    this.#oldFiles = new OldFiles({
      ...{ files: ports.files, clock: ports.clock, log: opened.log },
      ...{ queues: opened.queues, index: opened.index, reader: this.#reader },
      settledPosition: () =>
        Math.min(this.#flusher.flushedPosition, this.#checkpoint.logicsPhysicalOffset),
    })
    this.#retention = this.#makeRetention()
    this.#prepare()
  }

  /** Starts the timers of flush and checkpoint. */
  start(): void {
    this.#flusher.start()
    this.#sweep.start()
    this.#retention.start()
  }

  /**
   * Refuses appends, makes everything durable and closes the files. Rejects when that fails;
   * the store then recovers at its next start.
   */
  async stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#retry?.cancel()
    try {
      await this.#retention.stop()
      await this.#flusher.stop()
      this.#dispatcher.run()
      await this.#sweep.stop()
      this.#index?.stop()
      writeCheckpointNow(this.#ports.files, pathsOf(this.#options).checkpoint, this.#checkpoint)
      this.#log.close()
      this.#log.removeFrom(this.#log.nextBase(this.#commitLog.endPosition))
      this.#marks.clearAbort()
    } finally {
      this.#queues.close()
      this.#index?.close()
      this.#log.close()
      this.#marks.release()
    }
  }

  /** Why nothing can be appended now; undefined when it can. */
  get refusal(): string | undefined {
    return this.#stopping ? 'the store is stopping' : this.trouble.refusal
  }

  get minPosition(): number {
    return this.#commitLog.minPosition
  }

  get maxPosition(): number {
    return this.#commitLog.endPosition
  }

  get flushedPosition(): number {
    return this.#flusher.flushedPosition
  }

  append(message: OutgoingMessage): AppendedRecords {
    return this.#writer.append(message)
  }

  appendBatch(batch: OutgoingBatch): AppendedRecords {
    return this.#writer.appendBatch(batch)
  }

  isDurable(endPosition: number, waiter: FlushWaiter): boolean {
    return this.#flusher.isDurable(endPosition, waiter)
  }

  minOffset(queue: QueueKey): number {
    return this.#find(queue)?.minOffset ?? 0
  }

  maxOffset(queue: QueueKey): number {
    return this.#find(queue)?.maxOffset ?? 0
  }

  isHot(queue: QueueKey, offset: number): boolean {
    const entry = this.#find(queue)?.entryAt(offset)
    return entry !== undefined && this.#reader.isInMemory(entry.position)
  }

  offsetByTime(queue: QueueKey, timestamp: number, boundary: 'lower' | 'upper'): number {
    const found = this.#find(queue)
    if (!found) return 0
    const walk = { queue: found, timeAt: (at: number) => this.#storeTimeAt(found, at) }
    return offsetByTime(walk, timestamp, boundary)
  }

  storeTime(queue: QueueKey, offset: number): number | undefined {
    const found = this.#find(queue)
    return found && this.#storeTimeAt(found, offset)
  }

  entryAt(queue: QueueKey, offset: number): QueueEntry | undefined {
    return this.#find(queue)?.entryAt(offset)
  }

  topicsWithQueues(): Iterable<string> {
    return this.#queues.topics()
  }

  deleteTopic(topic: string): void {
    this.#sweep.forget(topic)
    this.#queues.deleteTopic(topic)
    // Until then a crash would bring the queues back.
    this.#sweep.hurry()
  }

  read(query: QueueKey & QueueQuery): QueueReadResult | Promise<QueueReadResult> {
    return this.#reader.read(this.#find(query), query)
  }

  recordAt(position: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    return this.#reader.recordStartingAt(position)
  }

  /** See KeyIndex in the broker's ports; empty when there is no index. */
  async queryByKey(query: RecordsByKey): Promise<FoundByKey> {
    if (this.#index) return queryByKey(this.#index, (at) => this.recordAt(at), query)
    return { records: [], lastUpdateTimestamp: 0, lastUpdatePosition: 0 }
  }

  onArrival(listener: (arrival: QueueArrival) => void): void {
    this.#dispatcher.onArrival(listener)
  }

  #find(queue: QueueKey): Queue | undefined {
    return this.#queues.get(queue.topic, queue.queueId)
  }

  #storeTimeAt(queue: Queue, offset: number): number | undefined {
    const entry = queue.entryAt(offset)
    const record = entry && this.#reader.recordNow(entry.position, entry.size)
    return record && storeTimestampOf(record)
  }

  #makeFlusher(endPosition: number): Flusher {
    const options = this.#options
    return new Flusher(
      {
        clock: this.#ports.clock,
        ...flushTimes(options),
        written: () => this.#commitLog.endPosition,
        sync: (from, to) => this.#log.sync(from, to),
        onFlushed: () => options.flushDiskType === 'SYNC_FLUSH' && this.#dispatcher.run(),
        onFailure: (cause) => this.trouble.begin('log-sync', cause),
      },
      endPosition,
    )
  }

  #makeDispatcher(opened: Opened): Dispatcher {
    const isSync = this.#options.flushDiskType === 'SYNC_FLUSH'
    return new Dispatcher(
      {
        clock: this.#ports.clock,
        limit: () => (isSync ? this.#flusher.flushedPosition : this.#commitLog.endPosition),
        index: (record) => this.#index?.add(record),
        dirty: (queue) => this.#sweep.take(queue),
        afterTurn: () => this.#prepare(),
      },
      { position: opened.lastPosition, storeTimestamp: opened.lastStoreTimestamp },
    )
  }

  /** Makes everything durable that was written so far. Rejects when it cannot be. */
  flush = (): Promise<void> => this.#flusher.flush()

  #makeRetention(): Retention {
    return new Retention({
      ...this.#ports,
      options: this.#options,
      usedPercent: () => this.#log.folders.usedPercent(),
      oldest: () => this.#oldFiles.oldest(),
      removeOldest: () => this.#oldFiles.removeOldest(),
      forget: () => this.#oldFiles.forget(),
      onFull: (isFull) => {
        if (isFull) this.trouble.begin('disk-full')
        else this.trouble.end('disk-full')
      },
    })
  }

  #makeSweep(opened: Opened): QueueSweep {
    const { clock, files } = this.#ports
    return new QueueSweep(
      {
        clock,
        thoroughIntervalMs: this.#options.flushConsumeQueueThoroughInterval,
        dispatched: () => ({
          position: this.#dispatcher.lastPosition,
          storeTimestamp: this.#dispatcher.lastStoreTimestamp,
        }),
        syncAll: () => files.syncFileSystem(this.#options.storePathRootDir),
        flush: () => this.#flusher.flush(),
        syncIndex: async (turn) => this.#index?.sync(turn),
        checkpoint: (position, storeTimestamp) => {
          const sealedTimestamp = this.#index?.sealedTimestamp ?? 0
          Object.assign(this.#checkpoint, reached(position, storeTimestamp, sealedTimestamp))
          return writeCheckpoint(files, pathsOf(this.#options).checkpoint, this.#checkpoint)
        },
        onTrouble: (cause) => {
          if (cause !== undefined) return this.trouble.begin('queue-write', cause)
          this.trouble.end('queue-write')
          this.trouble.end('index-write')
        },
      },
      opened.scanStart.position,
    )
  }

  /** Gets the next pages and the next file ready. */
  #prepare(): void {
    if (this.#stopping || this.#retry) return
    try {
      this.#commitLog.prepare()
    } catch (cause) {
      // Appends go on until the file is full: only then there is something to refuse.
      this.#ports.log.warn('next-log-file-not-made', { cause })
      this.#retryLater()
    }
  }

  #retryLater(): void {
    this.#retry ??= this.#ports.clock.after(retryAfterMs, () => {
      this.#retry = undefined
      this.trouble.end('log-write')
      this.#prepare()
    })
  }
}
