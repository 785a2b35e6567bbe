// Looking at messages without consuming them.

import { MqError } from '../../src/base/errors.ts'
import { cloudEventType, printCloudEvent } from '../core/cloud-events.ts'
import type { Delivered } from '../core/core.ts'
import { parseTime } from '../core/envelope.ts'
import { type BodyForm, messageMembers } from '../core/message-json.ts'
import { chooseType } from './accept.ts'
import { parseBodyForm } from './convert.ts'
import type { Exchange } from './exchange.ts'
import { pageSizeOf, wholeOf } from './item-page.ts'
import type { Operation } from './ports.ts'
import { queueIdOf } from './topic-operations.ts'

const json = 'application/json'
const browseMax = 32
const searchMax = 256
const keyLengthMax = 255
// What is looked for without a beginning is looked for this far back.
const searchMs = 3_600_000

/** Messages as they were stored, and what else there is to say. */
export function answerMessages(
  exchange: Exchange,
  member: 'messages' | 'items',
  messages: readonly Delivered[],
  rest: Readonly<Record<string, unknown>>,
  form: BodyForm,
): void {
  const texts = messages.map((message) => `{${messageMembers(message, form)}}`)
  const more = JSON.stringify(rest).slice(1)
  const comma = more === '}' ? '' : ','
  exchange.text(200, json, `{"${member}":[${texts.join(',')}]${comma}${more}`)
}

export const browseQueue: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { params, query } = exchange
  const range = {
    topic: params['topic'] ?? '',
    broker: params['broker'] ?? '',
    queueId: queueIdOf(params['queueId']),
    offset: wholeOf(query, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 }),
    max: wholeOf(query, 'limit', { min: 1, max: browseMax, fallback: browseMax }),
  }
  const form = parseBodyForm(query)
  const { messages, ...place } = await admin.browse(range, exchange.call())
  const rest = {
    nextOffset: String(place.nextOffset),
    minOffset: String(place.minOffset),
    maxOffset: String(place.maxOffset),
  }
  answerMessages(exchange, 'messages', messages, rest, form)
}

export const searchMessages: Operation = async (exchange, { admin, clock }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { params, query } = exchange
  const key = query.get('key') ?? undefined
  if (key !== undefined && (key === '' || key.length > keyLengthMax)) {
    throw new MqError('invalid-argument', `must have 1 to ${keyLengthMax} characters`, {
      pointer: 'key',
    })
  }
  const to = timeOf(query, 'to') ?? clock.now()
  const from = timeOf(query, 'from') ?? (key === undefined ? to - searchMs : 0)
  const input = {
    topic: params['topic'] ?? '',
    key,
    tag: query.get('tag') ?? undefined,
    from,
    to,
    max: pageSizeOf(query, searchMax),
    cursor: query.get('pageToken') ?? undefined,
  }
  const form = parseBodyForm(query)
  const found = await admin.search(input, exchange.call())
  const rest = {
    scanned: found.scanned,
    complete: found.complete,
    ...(found.cursor !== undefined && { nextPageToken: found.cursor }),
  }
  answerMessages(exchange, 'items', found.messages, rest, form)
}

export const getMessage: Operation = async (exchange, { admin }) => {
  const type = chooseType(exchange.req.headers.accept, [json, cloudEventType])
  const { topic = '', messageId = '' } = exchange.params
  const form = parseBodyForm(exchange.query)
  if (!/^[\w-]{1,128}$/.test(messageId)) throw new MqError('message-not-found')
  const message = await admin.messageById(topic, messageId, exchange.call())
  if (type === cloudEventType) exchange.text(200, type, printCloudEvent(message))
  else exchange.text(200, json, `{${messageMembers(message, form)}}`)
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  return text === null ? undefined : parseTime(text, name)
}
