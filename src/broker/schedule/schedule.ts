// Delivers messages whose delay is a level: from the queue of the level to where they belong.
//
// All messages of a level wait equally long, so its queue is in the order of delivery and only
// its head needs a timer: a level costs nothing while nothing is due, however much waits. The
// record that is delivered keeps its properties byte for byte, as in Apache: DELAY, REAL_TOPIC
// and REAL_QID are still in it. Delivery is at least once.
//
// Not served: asynchronous delivery (enableScheduleAsyncDeliver), which is about threads.
// Source: ScheduleMessageService.

import type { Clock, Timer } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { deliverAt, scheduleTopic } from '../../message/delay.ts'
import type { OutgoingMessage } from '../../message/message.ts'
import { propertyIn, propertyNames } from '../../message/properties.ts'
import {
  bornHostOf,
  decodeRecord,
  propertiesTextOf,
  storeTimestampOf,
} from '../../message/record.ts'
import type { Appender, Arrival, Queues, Reader, ReadResult, Self } from '../ports.ts'
import type { DelayOffsets } from './delay-offsets.ts'

const batchCount = 64
const batchBytes = 1024 * 1024
/** After a refused append: the store is short of something. */
const retryMs = 1000

type Options = {
  readonly clock: Clock
  readonly log: Log
  readonly self: Pick<Self, 'storeHost'>
  readonly appender: Appender
  readonly queues: Queues
  readonly reader: Reader
  readonly offsets: DelayOffsets
  /** ms by level; level 1 is index 0. */
  readonly levels: readonly number[]
}

/** The levels as a service. Tell it of every arrival in the schedule topic. */
export class Schedule {
  readonly name = 'schedule'
  readonly #levels: readonly Level[]
  readonly #offsets: DelayOffsets

  constructor(options: Options) {
    this.#offsets = options.offsets
    this.#levels = options.levels.map((_, index) => new Level(index + 1, options))
  }

  start(): void {
    this.#offsets.start()
    for (const level of this.#levels) level.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#levels.map((level) => level.stop()))
    await this.#offsets.stop()
  }

  onArrival(arrival: Arrival): void {
    if (arrival.topic === scheduleTopic) this.#levels[arrival.queueId]?.wake()
  }
}

/** One level: idle, waiting for its head to be due, or delivering. */
class Level {
  readonly #level: number
  readonly #options: Options
  #offset = 0
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #stopped = true

  constructor(level: number, options: Options) {
    this.#level = level
    this.#options = options
  }

  start(): void {
    const { offsets, queues } = this.#options
    const queue = { topic: scheduleTopic, queueId: this.#level - 1 }
    const [min, max] = [queues.minOffset(queue), queues.maxOffset(queue)]
    const known = offsets.find(this.#level) ?? 0
    this.#offset = Math.min(Math.max(known, min), max)
    this.#stopped = false
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  /** Looks at the head, unless a look is due already. */
  wake(): void {
    if (this.#stopped || this.#timer || this.#running) return
    this.#running = this.#deliver().then(
      (nextMs) => this.#rest(nextMs),
      (error: unknown) => {
        this.#options.log.warn('delayed-delivery-failed', { level: this.#level, error })
        this.#rest(retryMs)
      },
    )
  }

  #rest(nextMs: number | undefined): void {
    this.#running = undefined
    if (this.#stopped) return
    if (nextMs === undefined) {
      // Something may have arrived since the last look.
      if (this.#hasMore()) this.wake()
      return
    }
    this.#timer = this.#options.clock.after(nextMs, () => {
      this.#timer = undefined
      this.wake()
    })
  }

  /** Delivers what is due. Answers when to look again; undefined: when something arrives. */
  async #deliver(): Promise<number | undefined> {
    const { clock } = this.#options
    while (!this.#stopped && this.#hasMore()) {
      const result = await this.#read()
      if (result.status !== 'FOUND') {
        // Nothing can be read here any more: the store says where to go on.
        if (result.nextOffset <= this.#offset) return retryMs
        this.#advance(result.nextOffset)
        continue
      }
      for (const [index, record] of result.records.entries()) {
        const waitMs = this.#dueAt(record) - clock.now()
        if (waitMs > 0) return waitMs
        const offset = result.offsets[index] ?? this.#offset
        this.#put(record)
        this.#advance(offset + 1)
      }
      // Others have their turn between two batches.
      await new Promise<void>((resolve) => clock.endOfTurn(resolve))
    }
    return undefined
  }

  #hasMore(): boolean {
    const queue = { topic: scheduleTopic, queueId: this.#level - 1 }
    return this.#offset < this.#options.queues.maxOffset(queue)
  }

  #read(): ReadResult | Promise<ReadResult> {
    return this.#options.reader.read({
      topic: scheduleTopic,
      queueId: this.#level - 1,
      offset: this.#offset,
      maxCount: batchCount,
      maxBytes: batchBytes,
    })
  }

  /** Never later than a whole delay from now, should the clock have been set back. */
  #dueAt(record: Uint8Array): number {
    const { clock, levels } = this.#options
    const due = deliverAt(levels, this.#level, storeTimestampOf(record))
    return Math.min(due, clock.now() + (levels[this.#level - 1] ?? 0))
  }

  #put(record: Uint8Array): void {
    const message = delivered(record, this.#options.self)
    if (message) {
      this.#options.appender.append(message)
      return
    }
    this.#options.log.warn('delayed-message-without-topic', {
      level: this.#level,
      offset: this.#offset,
    })
  }

  #advance(offset: number): void {
    this.#offset = offset
    this.#options.offsets.advance(this.#level, offset)
  }
}

/** The message as it is delivered; undefined when it does not say where to. */
function delivered(
  record: Uint8Array,
  { storeHost }: Pick<Self, 'storeHost'>,
): OutgoingMessage | undefined {
  const waiting = decodeRecord(record)
  const properties = propertiesTextOf(record)
  const topic = propertyIn(properties, propertyNames.realTopic)
  const queueId = Number(propertyIn(properties, propertyNames.realQueueId))
  if (topic === undefined || !Number.isInteger(queueId)) return undefined
  return {
    topic,
    queueId,
    flag: waiting.flag,
    sysFlag: waiting.sysFlag,
    bornTimestamp: waiting.bornTimestamp,
    bornHost: bornHostOf(record),
    storeHost,
    reconsumeTimes: waiting.reconsumeTimes,
    preparedPosition: 0,
    body: waiting.body,
    properties,
  }
}
