// The property text of a record: `name 0x01 value 0x02`, repeated. Source: MessageDecoder.

import { javaHash } from './tags.ts'

const nameEnd = '\u0001'
const valueEnd = '\u0002'

/** Names that the system itself gives a meaning. Source: MessageConst. */
export const propertyNames = {
  keys: 'KEYS',
  tags: 'TAGS',
  wait: 'WAIT',
  delay: 'DELAY',
  retryTopic: 'RETRY_TOPIC',
  originGroup: 'ORIGIN_GROUP',
  realTopic: 'REAL_TOPIC',
  realQueueId: 'REAL_QID',
  transactionPrepared: 'TRAN_MSG',
  producerGroup: 'PGROUP',
  minOffset: 'MIN_OFFSET',
  maxOffset: 'MAX_OFFSET',
  originMessageId: 'ORIGIN_MESSAGE_ID',
  reconsumeTime: 'RECONSUME_TIME',
  maxReconsumeTimes: 'MAX_RECONSUME_TIMES',
  region: 'MSG_REGION',
  trace: 'TRACE_ON',
  uniqueKey: 'UNIQ_KEY',
  cluster: 'CLUSTER',
  transactionId: '__transactionId__',
  transactionCheckTimes: 'TRANSACTION_CHECK_TIMES',
  checkImmunitySeconds: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  preparedQueueOffset: 'TRAN_PREPARED_QUEUE_OFFSET',
  shardingKey: '__SHARDINGKEY',
  firstPopTime: '1ST_POP_TIME',
  popCheckpoint: 'POP_CK',
  bornHost: '__BORNHOST',
  bornTimestamp: 'BORN_TIMESTAMP',
  timerDeliverMs: 'TIMER_DELIVER_MS',
  timerDelayMs: 'TIMER_DELAY_MS',
  timerDelaySeconds: 'TIMER_DELAY_SEC',
  timerOutMs: 'TIMER_OUT_MS',
  timerEnqueueMs: 'TIMER_ENQUEUE_MS',
  timerDequeueMs: 'TIMER_DEQUEUE_MS',
  timerRollTimes: 'TIMER_ROLL_TIMES',
  timerDeleteKey: 'TIMER_DEL_UNIQKEY',
  innerNumber: 'INNER_NUM',
  innerBase: 'INNER_BASE',
  replyToClient: 'REPLY_TO_CLIENT',
  correlationId: 'CORRELATION_ID',
  messageType: 'MSG_TYPE',
  requestTtl: 'TTL',
  pushReplyTime: 'PUSH_REPLY_TIME',
  recordCrc: '__CRC32#',
  /** Ours: of the body of a message that is to be stored once. */
  digest: '__RWDIGEST',
} as const

/**
 * Reads property text. The last 0x02 may be missing (old clients); an entry with an empty name
 * or value is dropped; of two entries with one name the last one counts.
 * Source: MessageDecoder.string2messageProperties.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const found = text.indexOf(valueEnd, at)
    const end = found < 0 ? text.length : found
    const split = text.indexOf(nameEnd, at)
    if (split > at && split < end - 1) {
      properties.set(text.slice(at, split), text.slice(split + 1, end))
    }
    at = end + 1
  }
  return properties
}

/** Prints properties in the order of the iterable. Source: MessageDecoder.messageProperties2String. */
export function printProperties(properties: Iterable<readonly [string, string]>): string {
  let text = ''
  for (const [name, value] of properties) text += name + nameEnd + value + valueEnd
  return text
}

/**
 * Prints properties in the order in which the Java broker writes them, which is that of its
 * hash map. Only needed for equal bytes: readers do not care.
 * Source: MessageAccessor.setProperties over a java.util.HashMap of 128 buckets.
 */
export function printPropertiesAsJava(properties: ReadonlyMap<string, string>): string {
  let buckets = 128
  while (properties.size > buckets * 0.75) buckets *= 2
  const bucketOf = (name: string) => {
    const hash = javaHash(name)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  const ordered = [...properties].map((entry) => ({ entry, bucket: bucketOf(entry[0]) }))
  ordered.sort((a, b) => a.bucket - b.bucket)
  return printProperties(ordered.map(({ entry }) => entry))
}

/** One value out of property text without reading the rest; undefined when absent or empty. */
export function propertyIn(text: string, name: string): string | undefined {
  const needle = name + nameEnd
  let at = text.indexOf(needle)
  while (at > 0 && text.charCodeAt(at - 1) !== 2) at = text.indexOf(needle, at + 1)
  if (at < 0) return undefined

  const start = at + needle.length
  const end = text.indexOf(valueEnd, start)
  return text.slice(start, end < 0 ? text.length : end) || undefined
}

/** Property text with one more entry; an entry of the same name must not exist. */
export function addProperty(text: string, name: string, value: string): string {
  const joined = text === '' || text.endsWith(valueEnd) ? text : text + valueEnd
  return joined + name + nameEnd + value + valueEnd
}

/** Property text without the entries of that name. */
export function withoutProperty(text: string, name: string): string {
  if (!text.includes(name)) return text
  const kept = text.split(valueEnd).filter((one) => one !== '' && !one.startsWith(name + nameEnd))
  return kept.length === 0 ? '' : kept.join(valueEnd) + valueEnd
}

/** Property text in which `name` has `value`, whatever it had before. */
export const withProperty = (text: string, name: string, value: string): string =>
  addProperty(
    propertyIn(text, name) === undefined ? text : withoutProperty(text, name),
    name,
    value,
  )

/** Whether a name or value would break the text form: it contains a separator. */
export function hasSeparator(text: string): boolean {
  return text.includes(nameEnd) || text.includes(valueEnd)
}
