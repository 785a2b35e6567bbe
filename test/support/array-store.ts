// A message store in arrays: real records, real filters, no bytes on a disk. For unit tests of
// the broker; src/store is held to the same ports by broker.ts.

import { MqError } from '../../src/base/errors.ts'
import type {
  Appended,
  Arrival,
  DurableStatus,
  DurableWaiter,
  MessageStore,
  QueueEntry,
  QueueKey,
  ReadQuery,
  ReadResult,
} from '../../src/broker/ports.ts'
import { decodeBatch } from '../../src/message/batch.ts'
import type { OutgoingBatch, OutgoingMessage } from '../../src/message/message.ts'
import { propertyIn, propertyNames } from '../../src/message/properties.ts'
import { encodeRecord, recordSize } from '../../src/message/record.ts'
import { tagsCodeOf } from '../../src/message/tags.ts'

type Stored = { record: Uint8Array; tagsCode: number; storeTimestamp: number; position: number }
type Queue = { first: number; messages: Stored[] }

export class ArrayStore implements MessageStore {
  readonly name = 'array-store'
  /** False: an append waits until {@link release}. */
  durable = true
  /** True: reads answer with promises, as cold ones do. */
  cold = false
  /** True: reads say that a slave should serve the next one. */
  isLoaded = false
  refusal: string | undefined = undefined
  minPosition = 0
  maxPosition = 0
  readonly appended: OutgoingMessage[] = []
  readonly #now: () => number
  readonly #queues = new Map<string, Queue>()
  readonly #byPosition = new Map<number, Uint8Array>()
  readonly #listeners: ((arrival: Arrival) => void)[] = []
  #arrivals = new Map<string, Arrival>()
  #waiters: DurableWaiter[] = []

  constructor(now: () => number = () => 1_700_000_000_000) {
    this.#now = now
  }

  start(): void {}
  stop(): void {}

  get flushedPosition(): number {
    return this.maxPosition
  }

  append(message: OutgoingMessage): Appended {
    if (this.refusal !== undefined) throw new MqError('broker-unavailable', this.refusal)
    this.appended.push({ ...message })
    return this.#put([message])
  }

  appendBatch(batch: OutgoingBatch): Appended {
    if (this.refusal !== undefined) throw new MqError('broker-unavailable', this.refusal)
    this.appended.push({ ...batch })
    return this.#put(decodeBatch(batch.body).map((entry) => ({ ...batch, ...entry })))
  }

  isDurable(_: number, waiter: DurableWaiter): boolean {
    if (!this.durable) this.#waiters.push(waiter)
    return this.durable
  }

  /** Ends the wait of every append that is not durable yet. */
  release(status: DurableStatus): void {
    for (const waiter of this.#waiters.splice(0)) waiter.release(status)
  }

  /** Removes the messages before `offset`, as retention does. */
  trim(queue: QueueKey, offset: number): void {
    const found = this.#queue(queue)
    found.messages.splice(0, offset - found.first)
    found.first = offset
  }

  recordsOf(queue: QueueKey): Uint8Array[] {
    return (this.#queues.get(keyOf(queue))?.messages ?? []).map(({ record }) => record)
  }

  minOffset(queue: QueueKey): number {
    return this.#queues.get(keyOf(queue))?.first ?? 0
  }

  maxOffset(queue: QueueKey): number {
    const found = this.#queues.get(keyOf(queue))
    return found ? found.first + found.messages.length : 0
  }

  isHot(queue: QueueKey, offset: number): boolean {
    return !this.cold && offset >= this.minOffset(queue) && offset < this.maxOffset(queue)
  }

  offsetByTime(queue: QueueKey, timestamp: number, boundary: 'lower' | 'upper'): number {
    const { first, messages } = this.#queues.get(keyOf(queue)) ?? { first: 0, messages: [] }
    const index =
      boundary === 'lower'
        ? messages.findIndex(({ storeTimestamp }) => storeTimestamp >= timestamp)
        : messages.findLastIndex(({ storeTimestamp }) => storeTimestamp <= timestamp)
    return first + (index < 0 ? messages.length : index)
  }

  storeTime(queue: QueueKey, offset: number): number | undefined {
    const found = this.#queues.get(keyOf(queue))
    return found?.messages[offset - found.first]?.storeTimestamp
  }

  deleteTopic(topic: string): void {
    for (const key of this.#queues.keys()) {
      if (key.startsWith(`${topic}@`)) this.#queues.delete(key)
    }
  }

  entryAt(queue: QueueKey, offset: number): QueueEntry | undefined {
    const found = this.#queues.get(keyOf(queue))
    const stored = found?.messages[offset - found.first]
    if (!stored) return undefined
    const { position, tagsCode, record } = stored
    return { position, tagsCode, size: record.length }
  }

  topicsWithQueues(): Iterable<string> {
    return new Set([...this.#queues.keys()].map((key) => key.slice(0, key.lastIndexOf('@'))))
  }

  read(query: ReadQuery): ReadResult | Promise<ReadResult> {
    const result = this.#read(query)
    return this.cold ? Promise.resolve(result) : result
  }

  recordAt(position: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const record = this.#byPosition.get(position)
    return this.cold ? Promise.resolve(record) : record
  }

  onArrival(listener: (arrival: Arrival) => void): void {
    this.#listeners.push(listener)
  }

  #put(messages: readonly OutgoingMessage[]): Appended {
    const positions: number[] = []
    let queueOffset = -1
    for (const message of messages) {
      const { position, offset } = this.#putOne(message)
      positions.push(position)
      if (queueOffset < 0) queueOffset = offset
    }
    return {
      position: positions[0] ?? 0,
      endPosition: this.maxPosition,
      queueOffset,
      storeTimestamp: this.#now(),
      positions,
    }
  }

  #putOne(message: OutgoingMessage): { position: number; offset: number } {
    const queue = this.#queue(message)
    const offset = queue.first + queue.messages.length
    const position = this.maxPosition
    const storeTimestamp = this.#now()
    const topic = Buffer.from(message.topic)
    const propertiesSize = Buffer.byteLength(message.properties)
    const size = recordSize(message, topic.length, propertiesSize)
    const bytes = Buffer.alloc(size)
    const view = new DataView(bytes.buffer, bytes.byteOffset, size)
    encodeRecord({ bytes, view }, 0, message, {
      queueOffset: offset,
      position,
      storeTimestamp,
      topic,
      propertiesSize,
      size,
    })
    const tagsCode = tagsCodeOf(propertyIn(message.properties, propertyNames.tags))
    queue.messages.push({ record: bytes, tagsCode, storeTimestamp, position })
    this.#byPosition.set(position, bytes)
    this.maxPosition += size
    this.#arrived({
      topic: message.topic,
      queueId: message.queueId,
      maxOffset: offset + 1,
      tagsCode,
      storeTimestamp,
    })
    return { position, offset }
  }

  #arrived(arrival: Arrival): void {
    if (this.#arrivals.size === 0) setImmediate(() => this.#tell())
    this.#arrivals.set(keyOf(arrival), arrival)
  }

  #tell(): void {
    const arrivals = this.#arrivals
    this.#arrivals = new Map()
    for (const arrival of arrivals.values()) {
      for (const listener of this.#listeners) listener(arrival)
    }
  }

  #read(query: ReadQuery): ReadResult {
    const minOffset = this.minOffset(query)
    const maxOffset = this.maxOffset(query)
    const empty = (status: ReadResult['status'], nextOffset: number): ReadResult => ({
      status,
      nextOffset,
      minOffset,
      maxOffset,
      records: [],
      offsets: [],
      messageCount: 0,
      bytes: 0,
      suggestSlave: this.isLoaded,
    })
    const { offset, filter } = query
    if (!this.#queues.has(keyOf(query))) return empty('NO_MATCHED_LOGIC_QUEUE', 0)
    if (maxOffset === 0) return empty('NO_MESSAGE_IN_QUEUE', 0)
    if (offset < minOffset) return empty('OFFSET_TOO_SMALL', minOffset)
    if (offset === maxOffset) return empty('OFFSET_OVERFLOW_ONE', offset)
    if (offset > maxOffset) return empty('OFFSET_OVERFLOW_BADLY', maxOffset)

    const records: Uint8Array[] = []
    const offsets: number[] = []
    let bytes = 0
    let next = offset
    for (; next < maxOffset && records.length < query.maxCount; next++) {
      const stored = this.#queue(query).messages[next - minOffset]
      if (!stored) break
      if (filter?.matchesTagsCode?.(stored.tagsCode) === false) continue
      if (filter?.matchesRecord?.(stored.record) === false) continue
      if (records.length > 0 && bytes + stored.record.length > query.maxBytes) break
      records.push(stored.record)
      offsets.push(next)
      bytes += stored.record.length
    }
    if (records.length === 0) return empty('NO_MATCHED_MESSAGE', next)
    const messageCount = records.length
    return { ...empty('FOUND', next), records, offsets, messageCount, bytes }
  }

  #queue(queue: QueueKey): Queue {
    const key = keyOf(queue)
    const known = this.#queues.get(key)
    if (known) return known
    const fresh: Queue = { first: 0, messages: [] }
    this.#queues.set(key, fresh)
    return fresh
  }
}

const keyOf = ({ topic, queueId }: QueueKey): string => `${topic}@${queueId}`
