// One pop: looks through the queues, takes what it may, makes the checkpoints.
//
// Nothing is handed out before its checkpoint is appended, and the group's offset moves in the
// same turn, so no second pop can see the messages. Only cold reads are asynchronous; while
// one is under way its queue is busy for the group.
//
// Source: PopMessageProcessor.popMsgFromQueue.

import type { ReadResult } from '../ports.ts'
import { checkpointSizeMax } from './in-flight.ts'
import { orderReviveQid, popRetryTopicOf, retryMarkerOf } from './names.ts'
import type { PopParts } from './parts.ts'
import type { Popped, PopQuery } from './ports.ts'
import { printReceipt } from './receipt.ts'
import { asNormalRecord } from './retry-record.ts'

/** Of the records of one answer; the first is given whatever its size. */
const answerBytesMax = 256 * 1024

/** How often one queue is read on within one pop when a filter lets nothing pass. */
const filteredRoundsMax = 16

/** A queue to look into. */
type Visit = { readonly topic: string; readonly queueId: number }

/** Throws `broker-busy` when too much is in flight already. */
export class Take {
  readonly #parts: PopParts
  readonly #query: PopQuery
  readonly #popTime: number
  readonly #reviveQid: number
  readonly #visits: readonly Visit[]
  #next = 0
  #rest = 0
  #bytes = 0
  #endPosition = 0
  #isMore = false
  readonly #records: Uint8Array[] = []
  readonly #starts: string[] = []
  readonly #offsets: string[] = []
  readonly #orderCounts: string[] = []

  constructor(parts: PopParts, query: PopQuery, readQueueNums: number) {
    if (!query.isOrder) parts.inFlight.checkRoom()
    this.#parts = parts
    this.#query = query
    this.#popTime = parts.clock.now()
    this.#reviveQid = query.isOrder ? orderReviveQid : parts.nextReviveQid()
    this.#visits = this.#plan(readQueueNums)
  }

  /** Looks through the queues; a promise only when cold bytes have to be fetched. */
  run(): Popped | Promise<Popped> {
    while (this.#next < this.#visits.length) {
      const visit = this.#visits[this.#next++] as Visit
      const reading = this.#visit(visit, 0)
      if (reading) return reading.then(() => this.run())
    }
    return {
      popTime: this.#popTime,
      reviveQid: this.#reviveQid,
      rest: this.#rest,
      isMore: this.#isMore,
      count: this.#records.length,
      startOffsetInfo: this.#starts.join(';'),
      msgOffsetInfo: this.#offsets.join(';'),
      orderCountInfo: this.#orderCounts.join(';'),
      records: this.#records,
      endPosition: this.#endPosition,
    }
  }

  /** The queues in their order: in one of five pops the retry topic first, else last. */
  #plan(readQueueNums: number): Visit[] {
    const { group, topic, queueId, isOrder } = this.#query
    const start = this.#parts.random.below(100)
    const visits: Visit[] = []
    if (queueId >= 0) visits.push({ topic, queueId })
    else {
      for (let i = 0; i < readQueueNums; i++) {
        visits.push({ topic, queueId: (start + i) % readQueueNums })
      }
    }
    const retryTopic = popRetryTopicOf(group, topic)
    if (isOrder || retryTopic === topic || !this.#parts.topics.find(retryTopic)) return visits
    const retry = { topic: retryTopic, queueId: 0 }
    return start % 5 === 0 ? [retry, ...visits] : [...visits, retry]
  }

  #visit(visit: Visit, round: number): Promise<void> | undefined {
    const { queues, busy } = this.#parts
    const { group, maxCount, filter } = this.#query
    const offset = this.#parts.positionOf(group, visit, this.#query.from)
    if (this.#isClosed(visit, offset)) return undefined

    const key = `${visit.topic}@${group}@${visit.queueId}`
    const room = maxCount - this.#records.length
    if (room <= 0 || this.#bytes >= answerBytesMax || busy.has(key)) {
      if (!this.#query.isOrder) this.#rest += Math.max(0, queues.maxOffset(visit) - offset)
      return undefined
    }
    const result = this.#parts.reader.read({
      topic: visit.topic,
      queueId: visit.queueId,
      offset,
      maxCount: Math.min(room, checkpointSizeMax),
      maxBytes: answerBytesMax - this.#bytes,
      filter,
    })
    if (!(result instanceof Promise)) return this.#take(visit, offset, result, round)
    busy.add(key)
    return result
      .then((cold) => {
        busy.delete(key)
        // Somebody set the group's offset meanwhile: what was read is not what is next.
        const isCurrent = this.#parts.offsets.find(group, visit) === offset
        return isCurrent ? this.#take(visit, offset, cold, round) : undefined
      })
      .finally(() => {
        busy.delete(key)
        this.#parts.freed({ group, ...visit })
      })
  }

  /** An ordered queue whose batch is out gives nothing, and is not counted as backlog. */
  #isClosed(visit: Visit, offset: number): boolean {
    if (!this.#query.isOrder) return false
    const { orders } = this.#parts
    const queue = { ...visit, group: this.#query.group }
    orders.check(queue, offset)
    // By the time that is told of it: no batch is given before the one before it is over.
    return orders.blockedUntil(queue, this.#query.attemptId, this.#popTime) !== undefined
  }

  #take(visit: Visit, offset: number, result: ReadResult, round: number) {
    const { offsets, log } = this.#parts
    const { group } = this.#query
    if (result.records.length === 0) {
      if (passesOver(result, offset)) {
        if (result.status !== 'NO_MATCHED_MESSAGE') {
          const { status, nextOffset } = result
          log.warn('pop-offset-moved', { group, ...visit, offset, nextOffset, status })
        }
        offsets.commit(group, visit, result.nextOffset)
        const isMore = result.nextOffset < result.maxOffset
        if (isMore && round < filteredRoundsMax) return this.#visit(visit, round + 1)
        this.#isMore ||= isMore
      }
      this.#rest += Math.max(0, result.maxOffset - result.nextOffset)
      return undefined
    }
    if (this.#query.isOrder) this.#giveInOrder(visit, result)
    else this.#give(visit, offset, result)
    this.#rest += Math.max(0, result.maxOffset - result.nextOffset)
    this.#bytes += result.bytes
    return undefined
  }

  #give(visit: Visit, offset: number, result: ReadResult): void {
    const { clock, self, inFlight, journal, offsets } = this.#parts
    const { group, invisibleMs } = this.#query
    const checkpoint = {
      group,
      topic: visit.topic,
      queueId: visit.queueId,
      startOffset: offset,
      popTime: this.#popTime,
      invisibleMs,
      reviveQid: this.#reviveQid,
      brokerName: self.brokerName,
      offsets: result.offsets,
      isSuspended: false,
    }
    const appended = journal.appendCheckpoint(checkpoint, clock.now())
    journal.watch(inFlight.add(checkpoint), appended.home, appended.queueOffset)
    offsets.commit(group, visit, result.nextOffset)
    journal.reflect(appended.home, appended.queueOffset + 1)
    this.#endPosition = appended.endPosition
    this.#parts.armRevive()
    this.#hand(visit, offset, result)
  }

  #giveInOrder(visit: Visit, result: ReadResult): void {
    const { orders, clock, offsets } = this.#parts
    const { group, invisibleMs, attemptId } = this.#query
    const first = result.offsets[0] ?? 0
    const taken = { popTime: this.#popTime, invisibleMs, offsets: result.offsets, attemptId }
    this.#orderCounts.push(orders.take({ ...visit, group }, taken, clock.now()))
    // What a filter passed over before the first message will never be asked for again.
    offsets.commit(group, visit, first)
    this.#parts.orderChanged({ ...visit, group })
    this.#hand(visit, first, result)
  }

  #hand(visit: Visit, startOffset: number, result: ReadResult): void {
    const marker = retryMarkerOf(visit.topic)
    this.#starts.push(`${marker} ${visit.queueId} ${startOffset}`)
    this.#offsets.push(`${marker} ${visit.queueId} ${result.offsets.join(',')}`)
    const { topic, invisibleMs } = this.#query
    if (visit.topic === topic) {
      for (const record of result.records) this.#records.push(record)
      return
    }
    // Clients look a retried message up under the topic that they asked for.
    const pop = { startOffset, popTime: this.#popTime, invisibleMs, reviveQid: this.#reviveQid }
    result.records.forEach((record, i) => {
      const message = { ...visit, queueOffset: result.offsets[i] ?? 0 }
      const receipt = printReceipt(pop, this.#parts.self.brokerName, message)
      this.#records.push(asNormalRecord(record, topic, receipt))
    })
  }
}

/** Whether an empty read says that the group's offset has no message to wait for. */
function passesOver(result: ReadResult, offset: number): boolean {
  if (result.nextOffset === offset) return false
  switch (result.status) {
    case 'NO_MATCHED_MESSAGE':
    case 'MESSAGE_WAS_REMOVING':
    case 'OFFSET_FOUND_NULL':
    case 'OFFSET_TOO_SMALL':
    case 'OFFSET_OVERFLOW_BADLY':
    case 'NO_MATCHED_LOGIC_QUEUE':
    case 'NO_MESSAGE_IN_QUEUE':
      return true
    default:
      return false
  }
}
