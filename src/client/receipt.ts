// Apache's receipt of a popped message: eight fields joined by spaces, made by the client from
// what the broker said of the whole pop, and given back with an ack or a change of time.
//
//   <first offset of the queue in that pop> <pop time> <invisible ms> <revive queue>
//   <retry mark> <broker> <queue> <offset>
//
// The retry mark says from which topic the message was read: 0 the one that was asked for,
// 1 or 2 the group's retry topic in the older or newer form of its name.
// Source: ExtraInfoUtil, KeyBuilder; remoting facts 6.9, 200050.

import { MqError } from '../base/errors.ts'
import type { Message } from '../message/message.ts'
import type { PopReceipt } from './types.ts'

export type RetryFlag = PopReceipt['retryFlag']

/** What the broker says of one pop. */
export type PopAnswer = {
  readonly topic: string
  readonly group: string
  readonly broker: string
  readonly popTime: number
  readonly invisibleMs: number
  readonly reviveQueueId: number
  /** `mark queue firstOffset;…` */
  readonly startOffsetInfo: string | undefined
  /** `mark queue offset,offset…;…` */
  readonly msgOffsetInfo: string | undefined
}

/** The topic that is really read under a retry mark. */
export function realTopic(topic: string, group: string, flag: RetryFlag): string {
  if (flag === 0) return topic
  return `%RETRY%${group}${flag === 1 ? '_' : '+'}${topic}`
}

/** The topic that was asked for, from the one that was really read. */
export function plainTopic(topic: string, group: string, flag: RetryFlag): string {
  const prefix = realTopic('', group, flag)
  return flag !== 0 && topic.startsWith(prefix) ? topic.slice(prefix.length) : topic
}

/** Reads a receipt as the broker puts it into redelivered messages. Throws `broker-error`. */
export function parseReceipt(
  text: string,
  topic: string,
  group: string,
  position: number,
): PopReceipt {
  const parts = text.split(' ')
  const [checkpointOffset, popTime, invisibleMs, reviveQueueId] = parts.slice(0, 4).map(whole)
  const retryFlag = flagOf(parts[4])
  const broker = parts[5]
  const [queueId, queueOffset] = parts.slice(6, 8).map(whole)
  if (
    checkpointOffset === undefined ||
    popTime === undefined ||
    invisibleMs === undefined ||
    reviveQueueId === undefined ||
    broker === undefined ||
    queueId === undefined ||
    queueOffset === undefined
  ) {
    throw new MqError('broker-error', 'a receipt of the broker cannot be read')
  }
  return {
    topic: realTopic(topic, group, retryFlag),
    broker,
    checkpointOffset,
    popTime,
    invisibleMs,
    reviveQueueId,
    retryFlag,
    queueId,
    queueOffset,
    position,
  }
}

/** The text that the broker takes back. */
export function printReceipt(receipt: PopReceipt): string {
  return [
    receipt.checkpointOffset,
    receipt.popTime,
    receipt.invisibleMs,
    receipt.reviveQueueId,
    receipt.retryFlag,
    receipt.broker,
    receipt.queueId,
    receipt.queueOffset,
  ].join(' ')
}

/**
 * Makes the receipts of the messages of one pop. A redelivered message brings its own; of the
 * others the place in its queue's list of offsets tells which it is, as the record may be
 * another one than the queue's entry says (compaction).
 */
export function receiptsOf(messages: readonly Message[], answer: PopAnswer): PopReceipt[] {
  const starts = infoOf(answer.startOffsetInfo)
  const offsets = new Map(
    [...infoOf(answer.msgOffsetInfo)].map(([key, list]) => [key, list.split(',').map(whole)]),
  )
  const seen = new Map<string, number>()
  return messages.map((message) => {
    const own = message.properties.get('POP_CK')
    if (own) return parseReceipt(own, answer.topic, answer.group, message.position)
    const retryFlag = flagOfTopic(message.topic, answer)
    const key = `${retryFlag} ${message.queueId}`
    const place = seen.get(key) ?? 0
    seen.set(key, place + 1)
    const listed = offsets.get(key)
    const queueOffset = listed?.[place] ?? message.queueOffset
    return {
      topic: realTopic(answer.topic, answer.group, retryFlag),
      broker: answer.broker,
      checkpointOffset: whole(starts.get(key) ?? '') ?? listed?.[0] ?? queueOffset,
      popTime: answer.popTime,
      invisibleMs: answer.invisibleMs,
      reviveQueueId: answer.reviveQueueId,
      retryFlag,
      queueId: message.queueId,
      queueOffset,
      position: message.position,
    }
  })
}

/**
 * How often an orderly group was given this message before, from `mark queue count` or
 * `mark qo<queue>%<offset> count`; undefined when not told.
 */
export function orderCount(
  receipt: PopReceipt,
  info: ReadonlyMap<string, string>,
): number | undefined {
  const { retryFlag, queueId, queueOffset } = receipt
  const count =
    info.get(`${retryFlag} qo${queueId}%${queueOffset}`) ?? info.get(`${retryFlag} ${queueId}`)
  return whole(count ?? '')
}

/** `a b c;d e f` as a map from `a b` to `c`. */
export function infoOf(text: string | undefined): ReadonlyMap<string, string> {
  const info = new Map<string, string>()
  for (const item of text ? text.split(';') : []) {
    const end = item.lastIndexOf(' ')
    if (end > 0) info.set(item.slice(0, end), item.slice(end + 1))
  }
  return info
}

function flagOfTopic(topic: string, { topic: asked, group }: PopAnswer): RetryFlag {
  if (topic === asked) return 0
  if (topic === realTopic(asked, group, 2)) return 2
  return topic === realTopic(asked, group, 1) ? 1 : 0
}

function flagOf(text: string | undefined): RetryFlag {
  return text === '1' ? 1 : text === '2' ? 2 : 0
}

const whole = (text: string): number | undefined =>
  /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
