// Taking messages: pulling from a queue, popping from a broker, and what becomes of popped ones.
//
// A broker whose disk is loaded by a backlog suggests a slave for the next pull of a queue, and
// the slave the master when it is not needed any more.
// Source: MQClientAPIImpl (pullMessage, popMessageAsync, ackMessageAsync), PullAPIWrapper,
// DefaultMQPushConsumerImpl.processPopResult.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import { unwrapped } from '../message/inner-batch.ts'
import type { Message } from '../message/message.ts'
import { propertyNames } from '../message/properties.ts'
import { decodeRecords } from '../message/record.ts'
import {
  ackMessage,
  batchAckMessage,
  changeMessageInvisibleTime,
  consumerSendMsgBack,
} from '../protocol/requests/ack.ts'
import { notification, popMessage } from '../protocol/requests/pop.ts'
import { pullMessage } from '../protocol/requests/pull.ts'
import { batchesOf } from './batch-ack.ts'
import { type Brokers, masterId } from './cluster.ts'
import { infoOf, orderCount, printReceipt, receiptsOf } from './receipt.ts'
import type {
  NotificationRequest,
  PoppedMessage,
  PopReceipt,
  PopRequest,
  PopResult,
  PullRequest,
  PullResult,
  ReceiptOptions,
} from './types.ts'

type Filter = PullRequest['filter']

/** How much longer than the broker's wait a call may take. */
const graceMs = 10_000

const pullFlags = { suspend: 2, subscription: 4 } as const

const pullStatuses: Readonly<Record<number, PullResult['status']>> = {
  0: 'FOUND',
  19: 'NO_NEW_MSG',
  20: 'NO_MATCHED_MSG',
  21: 'OFFSET_ILLEGAL',
}

const popStatuses: Readonly<Record<number, PopResult['status']>> = {
  0: 'FOUND',
  209: 'POLLING_FULL',
  210: 'NO_NEW_MSG',
}

const codesOf = (statuses: Readonly<Record<number, string>>) => Object.keys(statuses).map(Number)
const pullCodes = codesOf(pullStatuses)
const popCodes = codesOf(popStatuses)

/** Queues that are read from a slave; of more than these the oldest go back to the master. */
const slaveReadsMax = 10_000

export class Receiver {
  readonly #brokers: Pick<Brokers, 'master' | 'any'>
  readonly #clock: Clock
  /** By queue: the broker id that was suggested, where it is not the master's. */
  readonly #suggested = new Map<string, number>()

  constructor(brokers: Pick<Brokers, 'master' | 'any'>, clock: Clock) {
    this.#brokers = brokers
    this.#clock = clock
  }

  async pull(request: PullRequest): Promise<PullResult> {
    const { queue, filter, waitMs } = request
    const suspend = waitMs > 0 ? pullFlags.suspend : 0
    const header = {
      consumerGroup: request.group,
      topic: queue.topic,
      queueId: queue.queueId,
      queueOffset: request.offset,
      maxMsgNums: request.max,
      maxMsgBytes: request.maxBytes,
      // The subscription comes along: nothing depends on a heartbeat.
      sysFlag: pullFlags.subscription | suspend,
      commitOffset: 0,
      suspendTimeoutMillis: waitMs,
      subscription: filter?.expression ?? '*',
      subVersion: 0,
      expressionType: filter?.type ?? 'TAG',
    }
    const options = { timeoutMs: waitMs + graceMs, signal: request.signal, accept: pullCodes }
    const ask = (brokerId: number) =>
      this.#brokers.any(queue.broker, pullMessage, header, { ...options, brokerId })
    const key = `${queue.topic}@${queue.broker}@${queue.queueId}`
    const { code, header: reply, body } = await this.#askSuggested(key, request.signal, ask)
    this.#suggest(key, reply.suggestWhichBrokerId)
    return {
      status: pullStatuses[code] ?? 'NO_NEW_MSG',
      nextOffset: reply.nextBeginOffset,
      minOffset: reply.minOffset,
      maxOffset: reply.maxOffset,
      suggestedBrokerId: reply.suggestWhichBrokerId,
      messages: decodeRecords(body).flatMap(unwrapped).filter(matching(filter)),
    }
  }

  /** What a slave cannot answer, or does not have, is asked of the master. */
  async #askSuggested<R extends { readonly code: number }>(
    key: string,
    signal: AbortSignal | undefined,
    ask: (brokerId: number) => Promise<R>,
  ): Promise<R> {
    const brokerId = this.#suggested.get(key)
    if (brokerId === undefined) return ask(masterId)
    const answer = await ask(brokerId).catch((error: unknown) => {
      this.#suggested.delete(key)
      // The caller has waited long enough.
      const isOver = error instanceof MqError && error.failure === 'broker-timeout'
      if (isOver || signal?.aborted) throw error
      return undefined
    })
    const isThere = answer && pullStatuses[answer.code] !== 'OFFSET_ILLEGAL'
    return isThere ? answer : ask(masterId)
  }

  #suggest(key: string, brokerId: number): void {
    this.#suggested.delete(key)
    if (brokerId === masterId) return
    this.#suggested.set(key, brokerId)
    for (const oldest of this.#suggested.keys()) {
      if (this.#suggested.size <= slaveReadsMax) return
      this.#suggested.delete(oldest)
    }
  }

  async pop(request: PopRequest): Promise<PopResult> {
    const { topic, group, broker, filter, waitMs } = request
    const header = {
      consumerGroup: group,
      topic,
      queueId: request.queueId,
      maxMsgNums: request.max,
      invisibleTime: request.invisibleMs,
      pollTime: waitMs,
      bornTime: this.#clock.now(),
      initMode: request.initMode === 'min' ? 0 : 1,
      expType: filter?.type ?? 'TAG',
      exp: filter?.expression ?? '*',
      order: request.order ?? false,
      attemptId: request.attemptId,
    }
    const {
      code,
      header: reply,
      body,
    } = await this.#brokers.master(broker, popMessage, header, {
      timeoutMs: waitMs + graceMs,
      signal: request.signal,
      accept: popCodes,
    })
    const answer = {
      topic,
      group,
      broker,
      popTime: reply.popTime,
      invisibleMs: reply.invisibleTime,
      reviveQueueId: reply.reviveQid,
      startOffsetInfo: reply.startOffsetInfo,
      msgOffsetInfo: reply.msgOffsetInfo,
    }
    const messages = decodeRecords(body)
    const taken = counted(messages, receiptsOf(messages, answer), reply.orderCountInfo)
    const isWanted = matching(filter)
    const wanted = taken.filter(({ message }) => isWanted(message))
    if (wanted.length < taken.length) {
      await this.#drop(
        group,
        taken.filter((one) => !wanted.includes(one)),
      )
    }
    return {
      status: popStatuses[code] ?? 'NO_NEW_MSG',
      popTime: reply.popTime,
      invisibleMs: reply.invisibleTime,
      restCount: reply.restNum,
      messages: wanted,
    }
  }

  /** Nobody of the group wants these. One whose acknowledgement is lost comes again, and so here. */
  async #drop(group: string, unwanted: readonly PoppedMessage[]): Promise<void> {
    const receipts = unwanted.map(({ receipt }) => receipt)
    await this.ackBatch(group, receipts).catch((error: unknown) => {
      if (!(error instanceof MqError)) throw error
    })
  }

  /** `too-many-waiters` when the broker holds as many as it can. */
  async notification(request: NotificationRequest): Promise<boolean> {
    const { filter, waitMs } = request
    const header = {
      consumerGroup: request.group,
      topic: request.topic,
      queueId: request.queueId,
      pollTime: waitMs,
      bornTime: this.#clock.now(),
      order: request.order ?? false,
      attemptId: request.attemptId,
      expType: filter?.type,
      exp: filter?.expression,
    }
    const { header: reply } = await this.#brokers.master(request.broker, notification, header, {
      timeoutMs: waitMs + graceMs,
      signal: request.signal,
    })
    if (!reply.hasMsg && reply.pollingFull) throw new MqError('too-many-waiters')
    return reply.hasMsg
  }

  async ack(group: string, receipt: PopReceipt, options: ReceiptOptions = {}): Promise<void> {
    const header = { ...receiptHeader(group, receipt), rwStrict: options.strict }
    await this.#brokers.master(receipt.broker, ackMessage, header, options)
  }

  async ackBatch(
    group: string,
    receipts: readonly PopReceipt[],
    options: ReceiptOptions = {},
  ): Promise<void> {
    for (const { broker, body } of batchesOf(group, receipts)) {
      const header = { rwStrict: options.strict }
      await this.#brokers.master(broker, batchAckMessage, header, { ...options, body })
    }
  }

  async changeInvisible(
    group: string,
    receipt: PopReceipt,
    invisibleMs: number,
    options: ReceiptOptions = {},
  ): Promise<PopReceipt> {
    const header = {
      ...receiptHeader(group, receipt),
      invisibleTime: invisibleMs,
      rwStrict: options.strict,
    }
    const spec = changeMessageInvisibleTime
    const { header: reply } = await this.#brokers.master(receipt.broker, spec, header, options)
    return {
      ...receipt,
      checkpointOffset: receipt.queueOffset,
      popTime: reply.popTime,
      invisibleMs: reply.invisibleTime,
      reviveQueueId: reply.reviveQid,
    }
  }

  /** Source: the proxy's ConsumerProcessor.forwardMessageToDeadLetterQueue. */
  async sendToDeadLetters(group: string, receipt: PopReceipt): Promise<void> {
    const header = {
      offset: receipt.position,
      group,
      delayLevel: straightToDeadLetters,
      originTopic: receipt.topic,
      maxReconsumeTimes: 0,
    }
    await this.#brokers.master(receipt.broker, consumerSendMsgBack, header)
  }
}

const straightToDeadLetters = -1

const receiptHeader = (group: string, receipt: PopReceipt) => ({
  consumerGroup: group,
  topic: receipt.topic,
  queueId: receipt.queueId,
  extraInfo: printReceipt(receipt),
  offset: receipt.queueOffset,
})

/** Joins messages and receipts; of an orderly pop the broker tells the count of deliveries. */
function counted(
  messages: readonly Message[],
  receipts: readonly PopReceipt[],
  orderCountInfo: string | undefined,
): readonly PoppedMessage[] {
  const counts = infoOf(orderCountInfo)
  return messages.flatMap((message, at) => {
    const receipt = receipts[at]
    if (!receipt) return []
    const reconsumeTimes = orderCount(receipt, counts)
    return [
      { message: reconsumeTimes === undefined ? message : { ...message, reconsumeTimes }, receipt },
    ]
  })
}

/** Brokers match tags by a hash of 32 bits; the tag itself decides. */
function matching(filter: Filter): (message: Message) => boolean {
  if (filter?.type !== 'TAG' || /^\s*\*?\s*$/.test(filter.expression)) return () => true
  const tags = new Set(filter.expression.split('||').map((tag) => tag.trim()))
  return ({ properties }) => tags.has(properties.get(propertyNames.tags) ?? '')
}
