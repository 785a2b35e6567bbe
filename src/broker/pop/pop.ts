// Pop: the broker gives messages out for a time and keeps who has what. This is the assembly
// of its parts and what the handlers call.
//
//   take.ts         one pop                       in-flight.ts      the state
//   settle.ts       acknowledge, change the time  journal.ts        the state in the log
//   settle-order.ts the same in ordered queues    order.ts          ordered batches
//   revive.ts       visible again when due        rebuild.ts        the state at the start
//   waits.ts        who waits for what
//
// Records: docs/formats/pop.md. Not served: retry topics of version 2 (they are read when they
// exist in receipts), static topics, the RocksDB form of Java's pop state.

import type { Timer } from '../../base/clock.ts'
import type { MqError } from '../../base/errors.ts'
import type { Message } from '../../message/message.ts'
import type { Arrival, QueueKey, ReadResult } from '../ports.ts'
import { InFlight, isSettled } from './in-flight.ts'
import { Journal } from './journal.ts'
import { readJournal } from './journal-records.ts'
import { isRetryTopicName, orderReviveQid, popRetryTopicOf, reviveTopicOf } from './names.ts'
import { OrderedBatches, type OrderedQueue } from './order.ts'
import type { PopParts } from './parts.ts'
import type { Claim, PopPorts, Popped, PopQuery, PopTarget } from './ports.ts'
import { rebuild } from './rebuild.ts'
import { Reviver } from './revive.ts'
import { type Acked, type Changed, Settlement } from './settle.ts'
import { OrderedSettlement } from './settle-order.ts'
import { Take } from './take.ts'
import { PopWaits } from './waits.ts'

/** Checkpoints in memory; each is about 300 bytes. */
const checkpointsMax = 1_000_000

/** How often the marks of the journal and the ordered batches are brought up to date. */
const housekeepingMs = 1000
/** Between two rounds of checkpoints that are appended anew, when there are many. */
const renewAgainMs = 10

/** Of the records of one look, and how often a queue is read on when a filter passes nothing. */
const peekBytesMax = 256 * 1024
const lookRoundsMax = 16

/** What a notification asks. */
export type PopLook = Omit<PopQuery, 'maxCount' | 'invisibleMs' | 'from'>

export type Peeked = { readonly records: readonly Uint8Array[]; readonly rest: number }

type Options = PopPorts & {
  readonly reviveQueueNum: number
  /** Records that a start reads at least before those of long held messages are said again. */
  readonly journalSpan?: number
  /** Where ordered batches are kept: config/consumerOrderInfo.json. */
  readonly orderFile: {
    load<T>(parse: (value: unknown) => T): T | undefined
    save(snapshot: () => unknown): Promise<void>
  }
}

export class Pop {
  readonly name = 'pop'
  readonly #options: Options
  readonly #parts: PopParts
  readonly #settlement: Settlement
  readonly #orderedSettlement: OrderedSettlement
  readonly #reviver: Reviver
  readonly #waits: PopWaits
  readonly #orderTimers = new Map<string, Timer>()
  readonly #reviveTopic: string
  #reviveQid = 0
  #housekeeping: Timer | undefined
  #renewing: Timer | undefined

  constructor(options: Options) {
    this.#options = options
    const { appender, offsets, queues, self } = options
    this.#reviveTopic = reviveTopicOf(self.clusterName)
    this.#parts = {
      ...options,
      inFlight: new InFlight(checkpointsMax),
      journal: new Journal({ appender, offsets, queues }, self, options.journalSpan),
      orders: new OrderedBatches(),
      busy: new Set(),
      nextReviveQid: () => {
        this.#reviveQid = (this.#reviveQid + 1) % options.reviveQueueNum
        return this.#reviveQid
      },
      positionOf: (group, queue, from) => this.#positionOf(group, queue, from),
      armRevive: () => this.#reviver.arm(),
      orderChanged: (queue) => this.#orderChanged(queue),
      freed: (queue) => this.#waits.wake(queue),
    }
    this.#settlement = new Settlement(this.#parts)
    this.#orderedSettlement = new OrderedSettlement(this.#parts)
    this.#reviver = new Reviver(this.#parts)
    this.#waits = new PopWaits(options.holds, (group, topic, queueId) =>
      this.#backlogOf(group, { topic, queueId }),
    )
  }

  /** Checkpoints whose messages are in flight. */
  get inFlightCount(): number {
    return this.#parts.inFlight.count
  }

  /** Reads back what is in flight. After the store and the offsets, before any request. */
  async start(): Promise<void> {
    const { self, reviveQueueNum, clock, orderFile } = this.#options
    orderFile.load((value) => this.#parts.orders.load(value))
    const { clusterName } = self
    const sources = { ...this.#parts, clusterName, reviveQueueNum, now: clock.now() }
    const read = await rebuild(sources)
    this.#parts.log.info('pop-rebuilt', { read, inFlight: this.inFlightCount })
    for (const { queue } of this.#parts.orders.blocked(clock.now())) this.#orderChanged(queue)
    this.#reviver.start()
    this.#housekeeping = clock.every(housekeepingMs, () => this.#keepHouse())
  }

  /** Before the offsets and the store. */
  async stop(): Promise<void> {
    this.#housekeeping?.cancel()
    this.#renewing?.cancel()
    for (const timer of this.#orderTimers.values()) timer.cancel()
    this.#orderTimers.clear()
    this.#settlement.flush()
    await this.#reviver.stop()
    this.#parts.journal.commitResolved()
    await this.#saveOrders()
  }

  /** Told by the store, once per turn and queue. */
  arrived(arrival: Arrival): void {
    if (arrival.topic === this.#reviveTopic) this.#parts.journal.moved(arrival, arrival.maxOffset)
    this.#waits.arrived(arrival)
  }

  /**
   * Whether a record of the timer topic that is due is still needed in its revive queue: a
   * checkpoint with messages in flight, or what was acknowledged of one. Only a Java broker that
   * takes the store over reads them there; everything that is settled is needed nowhere.
   */
  needsDue(message: Message): boolean {
    const record = readJournal(message, this.#reviveTopic)
    if (!record) return true
    const entry = this.#parts.inFlight.find(record.key)
    return entry !== undefined && !isSettled(entry)
  }

  /** Takes messages; a promise only when cold bytes have to be fetched. */
  take(query: PopQuery): Popped | Promise<Popped> {
    const topic = this.#parts.topics.find(query.topic)
    return new Take(this.#parts, query, topic?.readQueueNums ?? 0).run()
  }

  /**
   * A pop or a notification is about to wait for messages of `target`. `isMore`: there are
   * some that were not looked at, so that it is run again after this turn.
   */
  expect(target: PopTarget, isMore: boolean): void {
    this.#waits.expect(target)
    if (isMore) this.#parts.clock.endOfTurn(() => this.#waits.wake(target))
  }

  /** Acknowledges messages of one receipt; a refusal is for strict callers and wrong offsets. */
  ack(claim: Claim, offsets: readonly number[], isStrict: boolean): Acked {
    if (claim.reviveQid !== orderReviveQid) return this.#settlement.ack(claim, offsets, isStrict)
    let refusal: MqError | undefined
    for (const offset of offsets) {
      refusal = this.#orderedSettlement.ack(claim, offset, isStrict) ?? refusal
    }
    return { refusal }
  }

  /** Appends and answers at once what was acknowledged in this turn: else its end does. */
  settle(): void {
    this.#settlement.flush()
  }

  /** Changes when a message is visible again. Throws as {@link Settlement.change}. */
  change(
    claim: Claim,
    offset: number,
    asked: { invisibleMs: number; isSuspended: boolean; isStrict: boolean },
  ): Changed {
    if (claim.reviveQid !== orderReviveQid) return this.#settlement.change(claim, offset, asked)
    const invisibleMs = this.#orderedSettlement.change(claim, offset, asked)
    const { popTime } = claim
    return { popTime, invisibleMs: invisibleMs ?? asked.invisibleMs, endPosition: 0 }
  }

  /** Whether a pop would find something. With a filter the next messages are looked at. */
  hasMessages(query: PopLook): boolean | Promise<boolean> {
    const queues = this.#queuesOf(query)
    const look = (): boolean | Promise<boolean> => {
      for (const queue of queues) {
        const found = this.#hasMatch(query, queue)
        if (found instanceof Promise) return found.then((it) => it || look())
        if (found) return true
      }
      return false
    }
    return look()
  }

  /** Messages that a pop would get, without taking them. */
  async peek(target: PopTarget, maxCount: number): Promise<Peeked> {
    const { reader, offsets, queues } = this.#parts
    const peeked: { records: Uint8Array[]; rest: number } = { records: [], rest: 0 }
    for (const queue of this.#queuesOf(target)) {
      const room = maxCount - peeked.records.length
      const offset = offsets.find(target.group, queue) ?? queues.minOffset(queue)
      if (room > 0) {
        const query = { ...queue, offset, maxCount: room, maxBytes: peekBytesMax }
        const result = await reader.read(query)
        peeked.records.push(...result.records)
        peeked.rest += Math.max(0, result.maxOffset - result.nextOffset)
      } else peeked.rest += Math.max(0, queues.maxOffset(queue) - offset)
    }
    return peeked
  }

  /** The queues that a pop of this target looks into, its retry topic last. */
  *#queuesOf({ group, topic, queueId }: PopTarget): Iterable<QueueKey> {
    const readQueueNums = this.#parts.topics.find(topic)?.readQueueNums ?? 0
    for (let id = 0; id < readQueueNums; id++) {
      if (queueId < 0 || queueId === id) yield { topic, queueId: id }
    }
    const retryTopic = popRetryTopicOf(group, topic)
    if (retryTopic !== topic && this.#parts.topics.find(retryTopic)) {
      yield { topic: retryTopic, queueId: 0 }
    }
  }

  #hasMatch(query: PopLook, queue: QueueKey): boolean | Promise<boolean> {
    const { group, isOrder, attemptId, filter } = query
    if (isOrder && this.#isBlocked({ ...queue, group }, attemptId)) return false
    if (this.#backlogOf(group, queue) <= 0) return false
    if (!filter) return true
    const { reader, offsets, queues } = this.#parts
    const look = (offset: number, round: number): boolean | Promise<boolean> => {
      const isFound = (result: ReadResult): boolean | Promise<boolean> => {
        if (result.records.length > 0) return true
        const isMore = result.nextOffset > offset && result.nextOffset < result.maxOffset
        return isMore && round < lookRoundsMax && look(result.nextOffset, round + 1)
      }
      const result = reader.read({ ...queue, offset, maxCount: 1, maxBytes: 1, filter })
      return result instanceof Promise ? result.then(isFound) : isFound(result)
    }
    return look(offsets.find(group, queue) ?? queues.minOffset(queue), 0)
  }

  #isBlocked(queue: OrderedQueue, attemptId: string | undefined): boolean {
    const { orders, clock } = this.#parts
    return orders.blockedUntil(queue, attemptId, clock.now()) !== undefined
  }

  #backlogOf(group: string, queue: QueueKey): number {
    const { queues, offsets } = this.#parts
    return queues.maxOffset(queue) - (offsets.find(group, queue) ?? queues.minOffset(queue))
  }

  #positionOf(group: string, queue: QueueKey, from: 'min' | 'max'): number {
    const { offsets, queues } = this.#parts
    const known = offsets.find(group, queue)
    if (known !== undefined) return known
    const min = queues.minOffset(queue)
    const max = queues.maxOffset(queue)
    // A queue whose beginning is still in memory is new: its first messages are meant too.
    const isYoung = min <= 0 && (max === 0 || queues.isHot(queue, 0))
    const fromMin = from === 'min' || isRetryTopicName(queue.topic)
    const offset = fromMin ? min : isYoung ? 0 : Math.max(0, max - 1)
    offsets.commit(group, queue, offset)
    return offset
  }

  /** Looks at the queue again when its batch is over. */
  #orderChanged(queue: OrderedQueue): void {
    const { orders, clock } = this.#parts
    const key = `${queue.topic}@${queue.group}@${queue.queueId}`
    this.#orderTimers.get(key)?.cancel()
    this.#orderTimers.delete(key)
    const until = orders.blockedUntil(queue, undefined, clock.now())
    const wait = until === undefined ? 0 : until - clock.now()
    const timer = clock.after(wait, () => {
      this.#orderTimers.delete(key)
      // A timer may be a little early by the wall clock.
      if (until !== undefined && clock.now() < until) this.#orderChanged(queue)
      else this.#waits.wake(queue)
    })
    this.#orderTimers.set(key, timer)
  }

  #keepHouse(): void {
    this.#parts.journal.commitResolved()
    this.#renew()
    this.#saveOrders().catch((error: unknown) => {
      this.#parts.orders.isDirty = true
      this.#parts.log.error('order-info-not-saved', { error })
    })
  }

  #renew(): void {
    const { journal, clock, log } = this.#parts
    try {
      const isMore = journal.renewFar(clock.now())
      this.#renewing?.cancel()
      this.#renewing = isMore ? clock.after(renewAgainMs, () => this.#renew()) : undefined
    } catch (error) {
      log.warn('pop-checkpoints-not-renewed', { error })
    }
  }

  async #saveOrders(): Promise<void> {
    const { orders, clock } = this.#parts
    if (!orders.isDirty) return
    orders.isDirty = false
    await this.#options.orderFile.save(() => orders.snapshot(clock.now()))
  }
}
