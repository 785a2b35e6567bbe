// All consume queues of a store, by topic and queue id. A queue without a message costs nothing
// but its place in the map, and that only once somebody appended to it.
// Source: ConsumeQueueStore.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Files } from '../base/files.ts'
import { ConsumeQueue } from './consume-queue.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { FileCache } from './file-cache.ts'
import { entrySize } from './queue-entry.ts'
import { QueueFiles, type QueueFilesContext } from './queue-files.ts'

// All tails together stay below this; one queue has at least the smaller and at most the larger.
const tailsSizeMax = 32 * 1024 * 1024
const tailCountLeast = 64
const tailCountMost = 2048

export type QueueTableSettings = {
  readonly directory: string
  readonly fileSize: number
  readonly openMax: number
}

export class QueueTable {
  readonly #context: QueueFilesContext
  readonly #topics = new Map<string, Map<number, ConsumeQueue>>()
  #count = 0
  #tailCount = tailCountMost
  readonly #tailCountMax = (): number => this.#tailCount

  constructor(files: Files, settings: QueueTableSettings) {
    const fileSize = Math.ceil(settings.fileSize / entrySize) * entrySize
    const { directory, openMax } = settings
    const cache = new FileCache(files, openMax)
    this.#context = { files, directory, fileSize, cache, blocks: new EntryBlocks() }
  }

  /** The queue; undefined when nothing was ever appended to it. */
  get(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  /**
   * The queue, made (in memory) when there is none. Throws `message-illegal` when the topic
   * cannot be the name of a folder.
   */
  obtain(topic: string, queueId: number): ConsumeQueue {
    const found = this.get(topic, queueId)
    if (found) return found
    if (!this.isPossible(topic, queueId)) {
      throw new MqError('message-illegal', 'the queue cannot have a folder')
    }
    return this.#add(topic, queueId)
  }

  /** Whether the queue can have a folder. */
  isPossible(topic: string, queueId: number): boolean {
    const isName = topic !== '' && topic !== '.' && topic !== '..' && !/[/\0]/.test(topic)
    return isName && Buffer.byteLength(topic) <= 255 && queueId >= 0
  }

  *all(): Generator<ConsumeQueue> {
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
    const { files, directory } = this.#context
    let damagedFrom: number | undefined
    for (const topic of files.list(directory)) {
      if (!topic.isDirectory) continue
      for (const queue of files.list(`${directory}/${topic.name}`)) {
        if (!queue.isDirectory || !/^\d{1,10}$/.test(queue.name)) continue
        const from = this.#add(topic.name, Number(queue.name)).look()
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
    const path = `${this.#context.directory}/${topic}`
    this.#context.cache.dropUnder(path)
    this.#context.files.remove(path)
    this.#context.files.syncDirectory(this.#context.directory)
  }

  close(): void {
    this.#context.cache.close()
  }

  #add(topic: string, queueId: number): ConsumeQueue {
    const files = new QueueFiles(this.#context, topic, queueId)
    const queue = new ConsumeQueue(topic, queueId, files, this.#tailCountMax)
    let queues = this.#topics.get(topic)
    if (!queues) {
      queues = new Map()
      this.#topics.set(topic, queues)
    }
    queues.set(queueId, queue)
    this.#recount(this.#count + 1)
    return queue
  }

  #recount(count: number): void {
    this.#count = count
    const each = Math.floor(tailsSizeMax / entrySize / Math.max(1, count))
    this.#tailCount = Math.min(Math.max(each, tailCountLeast), tailCountMost)
  }
}
