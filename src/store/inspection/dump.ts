// The messages of a store as JSON, one object each, in the order of the log.

import { MqError } from '../../base/errors.ts'
import { unwrapped } from '../../message/inner-batch.ts'
import type { Message } from '../../message/message.ts'
import { decodeRecord } from '../../message/record.ts'
import type { StoreFolder } from './store-folder.ts'
import { walkLog } from './walk-log.ts'

/** Everything that is given must hold. Offsets and times include both ends. */
export type DumpFilter = {
  readonly topic?: string | undefined
  readonly queueId?: number | undefined
  readonly offsetFrom?: number | undefined
  readonly offsetTo?: number | undefined
  /** One of the message's keys, or its unique key. */
  readonly key?: string | undefined
  /** Store time, ms. */
  readonly timeFrom?: number | undefined
  readonly timeTo?: number | undefined
}

export type DumpedMessage = Omit<Message, 'body' | 'properties'> & {
  readonly properties: Readonly<Record<string, string>>
  readonly bodySize: number
  /** The body when it is UTF-8 text, else `bodyBase64`. */
  readonly body?: string
  readonly bodyBase64?: string
  /** Set: one of so many messages that a record holds together. */
  readonly batchSize?: number
}

/** Hands each message that matches to `take`. Damaged parts of the log are left out. */
export function dumpStore(
  folder: StoreFolder,
  filter: DumpFilter,
  take: (message: DumpedMessage) => void,
): void {
  walkLog(folder.log, folder.checkpoint.logicsPhysicalOffset, ({ bytes }) => {
    const messages = messagesOf(bytes)
    const batch = messages.length > 1 ? { batchSize: messages.length } : {}
    for (const message of messages) {
      if (matches(message, filter)) take({ ...printable(message), ...batch })
    }
  })
}

/** A batch that cannot be taken apart is shown as it is. */
function messagesOf(bytes: Uint8Array): readonly Message[] {
  const record = decodeRecord(bytes)
  try {
    return unwrapped(record)
  } catch (error) {
    if (error instanceof MqError) return [record]
    throw error
  }
}

function matches(message: Message, filter: DumpFilter): boolean {
  const within = (value: number, from = 0, to = Number.POSITIVE_INFINITY) =>
    value >= from && value <= to
  return (
    (filter.topic === undefined || message.topic === filter.topic) &&
    (filter.queueId === undefined || message.queueId === filter.queueId) &&
    within(message.queueOffset, filter.offsetFrom, filter.offsetTo) &&
    within(message.storeTimestamp, filter.timeFrom, filter.timeTo) &&
    (filter.key === undefined || hasKey(message, filter.key))
  )
}

function hasKey({ messageId, properties }: Message, key: string): boolean {
  return messageId === key || (properties.get('KEYS') ?? '').split(' ').includes(key)
}

function printable({ body, properties, ...rest }: Message): DumpedMessage {
  const bytes = Buffer.from(body)
  const text = bytes.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(bytes)
  return {
    ...rest,
    properties: Object.fromEntries(properties),
    bodySize: bytes.length,
    ...(isText ? { body: text } : { bodyBase64: bytes.toString('base64') }),
  }
}
