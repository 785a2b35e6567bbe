// Checkpoints and acknowledgements as records, in Apache's form: a JSON body, a tag, a unique
// key, addressed to the revive topic and sent there through the timer topic, exactly as
// Java's put would store them. See docs/formats/pop.md.
//
// Source: PopCheckPoint, AckMsg, BatchAckMsg, PopMessageProcessor.buildCkMsg,
// AckMessageProcessor.appendAck, HookUtils.transformTimerMessage.

import * as z from 'zod'
import type { Message, OutgoingMessage } from '../../message/message.ts'
import { tagsCodeOf } from '../../message/tags.ts'
import { timerOutMs, timerTopic } from '../../message/timer.ts'
import { type Checkpoint, checkpointKey, checkpointSizeMax, dueAtOf } from './in-flight.ts'
import { reviveTopicOf } from './names.ts'

/** A checkpoint is delivered this long before its messages are due, so that it is read first. */
const checkpointLeadMs = 1000

const checkpointTag = 'ck'
const ackTag = 'ack'
const batchAckTag = 'bAck'

/** The part of the broker that its own records carry. */
export type Origin = { readonly clusterName: string; readonly storeHost: Uint8Array }

/** The record of a checkpoint that is made at `now`, or that is said again. */
export function checkpointRecord(
  ck: Checkpoint,
  origin: Origin,
  now: number,
  isAgain = false,
): OutgoingMessage {
  const body =
    `{"bm":0,"bn":${quoted(ck.brokerName)},"c":${quoted(ck.group)},"d":[${diffsOf(ck)}],` +
    `"it":${ck.invisibleMs},"n":${ck.offsets.length},"pt":${ck.popTime},"q":${ck.queueId},` +
    `"ro":0,${isAgain ? '"rwAgain":true,' : ''}${ck.isSuspended ? '"rwSuspend":true,' : ''}` +
    `"so":${ck.startOffset},` +
    `"t":${quoted(ck.topic)}}`
  const key = uniqueKey(ck, ck.startOffset, checkpointTag)
  const deliverAt = dueAtOf(ck) - checkpointLeadMs
  return record(checkpointTag, key, body, ck.reviveQid, deliverAt, origin, now)
}

/** `0,1,…` up to each count, of messages that follow one another: nearly all do. */
const rows = Array.from({ length: checkpointSizeMax + 1 }, (_, count) =>
  Array.from({ length: count }, (_, diff) => diff).join(','),
)

function diffsOf({ offsets, startOffset }: Checkpoint): string {
  const { length } = offsets
  const isRow = offsets[0] === startOffset && offsets[length - 1] === startOffset + length - 1
  const row = isRow ? rows[length] : undefined
  return row ?? offsets.map((offset) => offset - startOffset).join(',')
}

/** The record of what is done with messages of a checkpoint: `ack` for one, `bAck` for more. */
export function ackRecord(
  ck: Checkpoint,
  offsets: readonly number[],
  origin: Origin,
  now: number,
): OutgoingMessage {
  const isBatch = offsets.length > 1
  const tag = isBatch ? batchAckTag : ackTag
  const ackOffset = isBatch ? -1 : (offsets[0] ?? -1)
  const body =
    `{"ao":${ackOffset},${isBatch ? `"aol":[${offsets.join(',')}],` : ''}` +
    `"bn":${quoted(ck.brokerName)},"c":${quoted(ck.group)},"pt":${ck.popTime},` +
    `"q":${ck.queueId},"so":${ck.startOffset},"t":${quoted(ck.topic)}}`
  // Java gives a batch the key of a single one with the offset -1.
  const key = uniqueKey(ck, ackOffset, ackTag)
  return record(tag, key, body, ck.reviveQid, dueAtOf(ck), origin, now)
}

const uniqueKey = (ck: Checkpoint, offset: number, tag: string): string =>
  `${ck.topic}@${ck.queueId}@${offset}@${ck.group}@${ck.popTime}@${ck.brokerName}@${tag}`

function record(
  tag: string,
  key: string,
  body: string,
  reviveQid: number,
  deliverAt: number,
  origin: Origin,
  now: number,
): OutgoingMessage {
  const reviveTopic = reviveTopicOf(origin.clusterName)
  const properties =
    property('TIMER_DELIVER_MS', deliverAt) + property('TAGS', tag) + property('UNIQ_KEY', key)
  const isDue = deliverAt <= now
  const timed = isDue
    ? ''
    : property('TIMER_OUT_MS', timerOutMs(deliverAt)) +
      property('REAL_TOPIC', reviveTopic) +
      property('REAL_QID', reviveQid)
  return {
    topic: isDue ? reviveTopic : timerTopic,
    queueId: isDue ? reviveQid : 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: now,
    bornHost: origin.storeHost,
    storeHost: origin.storeHost,
    reconsumeTimes: 0,
    preparedPosition: 0,
    body: Buffer.from(body),
    properties: properties + timed,
  }
}

const property = (name: string, value: string | number): string => `${name}\x01${value}\x02`

/** Names are legal topic and group names or this broker's: only quotes could need an escape. */
const quoted = (name: string): string => JSON.stringify(name)

const checkpointJson = z.object({
  bn: z.string().nullish(),
  c: z.string(),
  d: z.array(z.number().int()).nullish(),
  it: z.number().int(),
  n: z.number().int(),
  pt: z.number().int(),
  q: z.number().int(),
  so: z.number().int(),
  t: z.string(),
  rwAgain: z.boolean().nullish(),
  rwSuspend: z.boolean().nullish(),
})

const ackJson = z.object({
  ao: z.number().int().nullish(),
  aol: z.array(z.number().int()).nullish(),
  bn: z.string().nullish(),
  c: z.string(),
  pt: z.number().int(),
  q: z.number().int(),
  so: z.number().int(),
  t: z.string(),
})

/** Java's hashes of the tags that such records have, which others may have as well. */
const tagsCodes: ReadonlySet<number> = new Set(
  [checkpointTag, ackTag, batchAckTag].map((tag) => tagsCodeOf(tag)),
)

/** Lets pass what may be about pops: of the others nothing is read. */
export const journalFilter = { matchesTagsCode: (code: number): boolean => tagsCodes.has(code) }

export type JournalRecord =
  | {
      readonly kind: 'checkpoint'
      readonly key: string
      readonly checkpoint: Checkpoint
      /** It was said before: its group's offset has moved long ago. */
      readonly isAgain: boolean
    }
  | { readonly kind: 'ack'; readonly key: string; readonly offsets: readonly number[] }

/** The long names that older brokers wrote. Source: the alternate names of the JSON fields. */
const shortNames: Readonly<Record<string, string>> = {
  ackOffset: 'ao',
  ackOffsetList: 'aol',
  brokerName: 'bn',
  consumerGroup: 'c',
  popTime: 'pt',
  queueId: 'q',
  startOffset: 'so',
  topic: 't',
}

/**
 * What a record of the timer topic or the revive topic says about pops; undefined when it is
 * about something else or is damaged.
 */
export function readJournal(message: Message, reviveTopic: string): JournalRecord | undefined {
  const { properties } = message
  const target = message.topic === timerTopic ? properties.get('REAL_TOPIC') : message.topic
  if (target !== reviveTopic) return undefined
  const tag = properties.get('TAGS')
  const value = parsed(message.body)
  if (tag === checkpointTag) {
    const reviveQid = Number(properties.get('REAL_QID') ?? message.queueId)
    return readCheckpoint(value, reviveQid)
  }
  return tag === ackTag || tag === batchAckTag ? readAck(value) : undefined
}

function parsed(body: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [shortNames[name] ?? name, field]),
    )
  } catch {
    return undefined
  }
}

function readCheckpoint(value: unknown, reviveQid: number): JournalRecord | undefined {
  const { data } = checkpointJson.safeParse(value)
  if (!data || data.n < 1 || data.n > checkpointSizeMax) return undefined
  // Checkpoints of old brokers have no differences: their messages follow one another.
  const diffs = data.d?.length ? data.d : Array.from({ length: data.n }, (_, i) => i)
  if (diffs.length > checkpointSizeMax) return undefined
  const checkpoint: Checkpoint = {
    group: data.c,
    topic: data.t,
    queueId: data.q,
    startOffset: data.so,
    popTime: data.pt,
    invisibleMs: data.it,
    reviveQid,
    brokerName: data.bn ?? '',
    offsets: diffs.map((diff) => data.so + diff),
    isSuspended: data.rwSuspend === true,
  }
  const key = checkpointKey(data.c, data.t, data.q, data.so, data.pt)
  return { kind: 'checkpoint', key, checkpoint, isAgain: data.rwAgain === true }
}

function readAck(value: unknown): JournalRecord | undefined {
  const { data } = ackJson.safeParse(value)
  if (!data) return undefined
  const offsets = data.aol?.length ? data.aol : [data.ao ?? -1]
  return { kind: 'ack', key: checkpointKey(data.c, data.t, data.q, data.so, data.pt), offsets }
}
