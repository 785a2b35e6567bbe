// What a record of the timer topic says: when it is due, what it is for, and the message that
// it becomes.
//
// The message keeps all properties of its record, those of the timer included, and gets when it
// was put aside and when it was taken up again, as Apache's delivery does.
//
// Source: TimerMessageStore.convert, convertMessage, TimerMessageStore.doPut.

import type { OutgoingMessage } from '../../message/message.ts'
import {
  parseProperties,
  printPropertiesAsJava,
  propertyIn,
  propertyNames,
} from '../../message/properties.ts'
import {
  bornHostOf,
  decodeRecord,
  propertiesTextOf,
  storeTimestampOf,
} from '../../message/record.ts'
import { javaHash } from '../../message/tags.ts'
import { timerPrecisionMs, timerTopic, wholeSecond } from '../../message/timer.ts'
import { type TimerEntry, timerMagics } from '../../store/timer-entry.ts'
import type { Self } from '../ports.ts'

/** Seconds that a slot may be ahead; what is later waits in stages. Source: timerRollWindowSlot. */
const rollWindowMs = 172_800 * timerPrecisionMs
/** The wheel cannot tell a second from the one two weeks after it. */
const pastMsMax = rollWindowMs

/** Of a message that was late for the wheel. Source: Long.MAX_VALUE in TimerEnqueuePutService. */
const neverPutAside = '9223372036854775807'

export type Waiting = { readonly entry: TimerEntry; readonly outMs: number }

/** What is put into the log for a record of the timer topic at `now`. */
export function waitingOf(record: Uint8Array, position: number, now: number): Waiting {
  const properties = propertiesTextOf(record)
  const outMs = wholeSecond(Number(propertyIn(properties, propertyNames.timerOutMs)) || 0)
  const isRecall = propertyIn(properties, propertyNames.timerDeleteKey) !== undefined
  const enqueueMs = wholeSecond(now)
  const dueMs = stageOf(outMs, enqueueMs)
  const entry = {
    magic:
      timerMagics.plain |
      (dueMs < outMs ? timerMagics.roll : 0) |
      (isRecall ? timerMagics.delete : 0),
    enqueueMs,
    dueMs,
    position,
    size: record.length,
    topicHash: javaHash(propertyIn(properties, propertyNames.realTopic) ?? ''),
  }
  return { entry, outMs }
}

/** The second that is waited for next. Source: TimerMessageStore.doEnqueue. */
function stageOf(outMs: number, enqueueMs: number): number {
  const beyond = outMs - enqueueMs - rollWindowMs
  if (beyond < 0) return Math.max(outMs, enqueueMs - pastMsMax)
  // Two stages of a like length, rather than a long one and a very short one.
  const isShort = beyond < rollWindowMs / 3
  return enqueueMs + (isShort ? rollWindowMs / 2 : rollWindowMs)
}

export const isRolled = ({ magic }: TimerEntry): boolean => (magic & timerMagics.roll) !== 0

/** An entry that only takes back another message of its second. */
export const isRecall = (entry: TimerEntry): boolean =>
  (entry.magic & timerMagics.delete) !== 0 && !isRolled(entry)

/** The keys under which a recall may name the message of this record. */
export function recallKeysOf(properties: string): readonly string[] {
  const key = propertyIn(properties, propertyNames.uniqueKey)
  if (key === undefined) return []
  return [key, `${propertyIn(properties, propertyNames.realTopic)}+${key}`]
}

/** Where a message goes when its second is over; undefined when it does not say so. */
function realQueueOf(
  properties: string,
): { readonly topic: string; readonly queueId: number } | undefined {
  const topic = propertyIn(properties, propertyNames.realTopic)
  const queueId = Number(propertyIn(properties, propertyNames.realQueueId))
  return topic === undefined || !Number.isInteger(queueId) ? undefined : { topic, queueId }
}

/** The message of a record that is due: for its own queue, or for another stage. */
export function dueMessage(
  record: Uint8Array,
  entry: TimerEntry | undefined,
  { now, storeHost }: { readonly now: number } & Pick<Self, 'storeHost'>,
): OutgoingMessage | undefined {
  const text = propertiesTextOf(record)
  const isStage = entry !== undefined && isRolled(entry)
  const target = isStage ? { topic: timerTopic, queueId: 0 } : realQueueOf(text)
  if (!target) return undefined
  const properties = parseProperties(text)
  properties.set(propertyNames.timerEnqueueMs, entry ? String(entry.enqueueMs) : neverPutAside)
  if (isStage) {
    const times = Number(properties.get(propertyNames.timerRollTimes) ?? 0)
    properties.set(propertyNames.timerRollTimes, String(times + 1))
  }
  properties.set(propertyNames.timerDequeueMs, String(now))
  const { flag, sysFlag, bornTimestamp, reconsumeTimes, body } = decodeRecord(record)
  return {
    ...target,
    flag,
    sysFlag,
    bornTimestamp,
    bornHost: bornHostOf(record),
    storeHost,
    reconsumeTimes,
    preparedPosition: 0,
    body,
    properties: printPropertiesAsJava(properties),
  }
}

/** Whether the message waited in stages from its first day on. */
export const wasFar = (record: Uint8Array, outMs: number): boolean =>
  outMs - wholeSecond(storeTimestampOf(record)) >= rollWindowMs
