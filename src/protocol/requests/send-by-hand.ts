// The header and the answer of a send by hand, for the one request that is worth it: as the
// table reads and prints them, in a third of the time. test/fuzz/headers.test.ts holds both to
// the same.

import { fromDigits } from '../field.ts'
import { quote } from '../json-header.ts'
import type { ExtFields } from '../request.ts'

/** What {@link parseSend} reads: see the header in send.ts. */
export type ParsedSend = {
  readonly producerGroup: string
  readonly topic: string
  readonly defaultTopic: string
  readonly defaultTopicQueueNums: number
  readonly queueId: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  readonly flag: number
  readonly properties: string | undefined
  readonly reconsumeTimes: number
  readonly unitMode: boolean
  readonly maxReconsumeTimes: undefined
  readonly batch: boolean
  readonly bname: string | undefined
}

const int32Max = 2 ** 31 - 1

/**
 * The header of SEND_MESSAGE_V2 as a producer of a plain message writes it. Undefined when any
 * field is unusual: the table then reads or refuses it.
 */
export function parseSend(ext: ExtFields): ParsedSend | undefined {
  const { a, b, c, k, m } = ext
  if (a === undefined || b === undefined || c === undefined || ext['l'] !== undefined) return
  if ((k !== 'false' && k !== 'true') || (m !== 'false' && m !== 'true')) return
  const defaultTopicQueueNums = fromDigits(ext['d'] ?? '')
  const queueId = fromDigits(ext['e'] ?? '')
  const sysFlag = fromDigits(ext['f'] ?? '')
  const bornTimestamp = fromDigits(ext['g'] ?? '')
  const flag = fromDigits(ext['h'] ?? '')
  const reconsumeTimes = fromDigits(ext['j'] ?? '')
  const largest = Math.max(defaultTopicQueueNums, queueId, sysFlag, flag, reconsumeTimes)
  // NaN is not at most anything.
  if (!(largest <= int32Max && bornTimestamp >= 0)) return
  return {
    producerGroup: a,
    topic: b,
    defaultTopic: c,
    defaultTopicQueueNums,
    queueId,
    sysFlag,
    bornTimestamp,
    flag,
    properties: ext['i'],
    reconsumeTimes,
    unitMode: k === 'true',
    maxReconsumeTimes: undefined,
    batch: m === 'true',
    bname: ext['n'],
  }
}

/** What {@link printSendReply} prints: see the reply in send.ts. */
export type SendReply = {
  readonly msgId: string
  readonly queueId: number
  readonly queueOffset: number
  readonly transactionId?: string | undefined
  readonly batchUniqId?: string | undefined
  readonly recallHandle?: string | undefined
  readonly region?: string | undefined
  readonly traceOn?: boolean | undefined
  readonly rwStoreTime?: number | undefined
  readonly rwReplayed?: boolean | undefined
}

/** The answer's `extFields` as JSON, its fields in the table's order. */
export function printSendReply(reply: SendReply): string {
  const { transactionId, batchUniqId, recallHandle, region, traceOn, rwStoreTime } = reply
  let json = `{"msgId":${quote(reply.msgId)},"queueId":"${reply.queueId}","queueOffset":"${reply.queueOffset}"`
  if (transactionId !== undefined) json += `,"transactionId":${quote(transactionId)}`
  if (batchUniqId !== undefined) json += `,"batchUniqId":${quote(batchUniqId)}`
  if (recallHandle !== undefined) json += `,"recallHandle":${quote(recallHandle)}`
  if (region !== undefined) json += `,"MSG_REGION":${quote(region)}`
  if (traceOn !== undefined) json += `,"TRACE_ON":"${traceOn}"`
  if (rwStoreTime !== undefined) json += `,"rwStoreTime":"${rwStoreTime}"`
  if (reply.rwReplayed !== undefined) json += `,"rwReplayed":"${reply.rwReplayed}"`
  return `${json}}`
}
