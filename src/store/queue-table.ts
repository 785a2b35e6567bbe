// All consume queues of a store, by topic and queue id. A queue without a message costs nothing
// but its place in the map, and that only once somebody appended to it.
//
// Batch queues are in a folder of their own. What is on disk says of which kind a queue is; a new
// one is what its topic or its first record says.
// Source: ConsumeQueueStore. Not served: queues of the multi-dispatch (%LMQ%), left as they are.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Files } from '../base/files.ts'
import { BatchQueue } from './batch-queue.ts'
import { batchFormat } from './batch-unit.ts'
import { ConsumeQueue } from './consume-queue.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { FileCache } from './file-cache.ts'
import { entryFormat, entrySize } from './queue-entry.ts'
import { QueueFiles, type QueueFilesContext } from './queue-files.ts'

// All tails together stay below this; one queue has at least the smaller and at most the larger.
const tailsSizeMax = 32 * 1024 * 1024
const tailCountLeast = 64
const tailCountMost = 2048

/** Of queues of the multi-dispatch: entries of records of other topics. */
export const lightQueuePrefix = '%LMQ%'

export type QueueTableSettings = {
  readonly directory: string
  readonly fileSize: number
  readonly batchDirectory: string
  readonly batchFileSize: number
  readonly openMax: number
  /** Whether new queues of the topic are batch queues. */
  readonly isBatchTopic: (topic: string) => boolean
}

/** A queue of either kind. */
export type Queue = ConsumeQueue | BatchQueue

export class QueueTable {
  readonly #context: QueueFilesContext
  readonly #batchContext: QueueFilesContext
  readonly #isBatchTopic: (topic: string) => boolean
  readonly #topics = new Map<string, Map<number, Queue>>()
  #count = 0
  #tailCount = tailCountMost
  readonly #tailCountMax = (): number => this.#tailCount

  constructor(files: Files, settings: QueueTableSettings) {
    const cache = new FileCache(files, settings.openMax)
    const context = (directory: string, size: number, unitSize: number): QueueFilesContext => {
      const fileSize = Math.ceil(size / unitSize) * unitSize
      return { files, cache, directory, fileSize, blocks: new EntryBlocks(unitSize) }
    }
    const { directory, fileSize, batchDirectory, batchFileSize } = settings
    this.#context = context(directory, fileSize, entrySize)
    this.#batchContext = context(batchDirectory, batchFileSize, batchFormat.size)
    this.#isBatchTopic = settings.isBatchTopic
  }

  /** The queue; undefined when nothing was ever appended to it. */
  get(topic: string, queueId: number): Queue | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  /**
   * The queue, made (in memory) when there is none. `isBatch`: what is to be put into it is an
   * inner batch. Throws `message-illegal` when the topic cannot be the name of a folder.
   */
  obtain(topic: string, queueId: number, isBatch: boolean): Queue {
    const found = this.get(topic, queueId)
    if (found) return found
    if (!this.isPossible(topic, queueId)) {
      throw new MqError('message-illegal', 'the queue cannot have a folder')
    }
    return this.#add(topic, queueId, isBatch || this.#isBatchTopic(topic))
  }

  /** Whether the queue can have a folder. */
  isPossible(topic: string, queueId: number): boolean {
    const isName = topic !== '' && topic !== '.' && topic !== '..' && !/[/\0]/.test(topic)
    return isName && Buffer.byteLength(topic) <= 255 && queueId >= 0
  }

  *all(): Generator<Queue> {
    for (const queues of this.#topics.values()) yield* queues.values()
  }

  topics(): Iterable<string> {
    return this.#topics.keys()
  }

  get count(): number {
    return this.#count
  }

  /**
   * At start: looks at the files of all queues. Answers the position from which records have to
   * be dispatched again because entries are missing; undefined when none is.
   */
  look(): number | undefined {
    const plain = this.#lookInto(this.#context, false)
    const batch = this.#lookInto(this.#batchContext, true)
    return plain === undefined ? batch : Math.min(plain, batch ?? plain)
  }

  #lookInto({ files, directory }: QueueFilesContext, isBatch: boolean): number | undefined {
    let damagedFrom: number | undefined
    for (const topic of files.list(directory)) {
      if (!topic.isDirectory || topic.name.startsWith(lightQueuePrefix)) continue
      for (const queue of files.list(`${directory}/${topic.name}`)) {
        if (!queue.isDirectory || !/^\d{1,10}$/.test(queue.name)) continue
        const from = this.#add(topic.name, Number(queue.name), isBatch).look()
        if (from !== undefined) damagedFrom = Math.min(from, damagedFrom ?? from)
      }
    }
    return damagedFrom
  }

  /** At start: keeps the entries whose records begin before `position`. */
  load(position: number): void {
    for (const queue of this.all()) queue.load(position)
  }

  /** Lets all queues forget records before `position`. They look into files: in small steps. */
  async forgetBefore(position: number, clock: Clock): Promise<void> {
    let done = 0
    for (const queue of [...this.all()]) {
      queue.forgetBefore(position)
      if (++done % 8 === 0) await new Promise<void>((go) => clock.endOfTurn(go))
    }
  }

  /** Forgets the queues of a topic and removes their files. */
  deleteTopic(topic: string): void {
    const queues = this.#topics.get(topic)
    if (!queues) return
    this.#topics.delete(topic)
    this.#recount(this.#count - queues.size)
    for (const queue of queues.values()) queue.discard()
    for (const { files, cache, directory } of [this.#context, this.#batchContext]) {
      const path = `${directory}/${topic}`
      if (!files.exists(path)) continue
      cache.dropUnder(path)
      files.remove(path)
      files.syncDirectory(directory)
    }
  }

  close(): void {
    this.#context.cache.close()
  }

  #add(topic: string, queueId: number, isBatch: boolean): Queue {
    const queue = isBatch ? this.#batchQueue(topic, queueId) : this.#plainQueue(topic, queueId)
    let queues = this.#topics.get(topic)
    if (!queues) {
      queues = new Map()
      this.#topics.set(topic, queues)
    }
    queues.set(queueId, queue)
    this.#recount(this.#count + 1)
    return queue
  }

  #plainQueue(topic: string, queueId: number): ConsumeQueue {
    const files = new QueueFiles(this.#context, entryFormat, topic, queueId)
    return new ConsumeQueue(topic, queueId, files, this.#tailCountMax)
  }

  #batchQueue(topic: string, queueId: number): BatchQueue {
    const files = new QueueFiles(this.#batchContext, batchFormat, topic, queueId)
    return new BatchQueue(new ConsumeQueue(topic, queueId, files, this.#tailCountMax))
  }

  #recount(count: number): void {
    this.#count = count
    const each = Math.floor(tailsSizeMax / entrySize / Math.max(1, count))
    this.#tailCount = Math.min(Math.max(each, tailCountLeast), tailCountMost)
  }
}
