// The operations on groups: how far they are, who is in them, where they go on, and what they
// have given up on.

import { MqError } from '../../src/base/errors.ts'
import type { GroupProgress, LetterRef, SeekTo } from '../core/admin-views.ts'
import { isObject, type Json, malformed, parseTime } from '../core/envelope.ts'
import { timeText } from '../core/message-json.ts'
import { chooseType } from './accept.ts'
import { checkMembers, jsonObject } from './body.ts'
import { answerMessages } from './browse-operations.ts'
import { groupResult, handleFailures, parseBodyForm } from './convert.ts'
import { answerPage, answerTagged, pageSizeOf } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'
const offsetsMax = 1024
const lettersPageMax = 256

export const listGroups: Operation = async (exchange, { admin, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  answerPage(exchange, await admin.groups(exchange.call()), keys)
}

export const getGroup: Operation = async (exchange, { core }) => {
  chooseType(exchange.req.headers.accept, [json])
  const view = await core.group(exchange.params['group'] ?? '', exchange.call())
  answerTagged(exchange, groupResult(view))
}

export const getLag: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const queues = await admin.progress(exchange.params['group'] ?? '', exchange.call())
  const items = queues.map((one) => ({
    ...placeOf(one),
    maxOffset: String(one.maxOffset),
    committedOffset: String(one.committedOffset),
    lag: lagOf(one),
    inFlight: inFlightOf(one),
    ...(one.lastConsumedAt > 0 && { lastConsumedAt: timeText(one.lastConsumedAt) }),
  }))
  exchange.json(200, { total: sum(items.map(({ lag }) => lag)), items })
}

export const getInFlight: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const queues = await admin.progress(exchange.params['group'] ?? '', exchange.call())
  const items = queues
    .filter((one) => inFlightOf(one) > 0)
    .map((one) => ({ ...placeOf(one), inFlight: inFlightOf(one) }))
  exchange.json(200, { total: sum(items.map(({ inFlight }) => inFlight)), items })
}

export const listClients: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const call = exchange.call()
  const clients = await admin.clients(exchange.params['group'] ?? '', call)
  const items = clients.map(({ address, ...one }) => ({
    ...one,
    // Where others are is for administrators.
    ...(call.identity.isAdmin && { address }),
  }))
  exchange.json(200, { items })
}

export const seekGroup: Operation = async (exchange, { admin }) => {
  const { group = '', topic = '' } = exchange.params
  const members = new Set(['to', 'timestamp', 'offsets', 'dryRun'])
  const from = jsonObject(await readJson(exchange), members)
  const { dryRun = false } = from
  if (typeof dryRun !== 'boolean') malformed('/dryRun', 'must be true or false')
  const input = { group, topic, to: parseSeek(from), dryRun }
  const sought = await admin.seek(input, exchange.call())
  const items = sought.map((one) => ({
    broker: one.broker,
    queueId: one.queueId,
    ...(one.from !== undefined && { from: String(one.from) }),
    to: String(one.to),
  }))
  exchange.json(200, { dryRun, items })
}

function parseSeek(from: Json): SeekTo {
  const { to, timestamp, offsets } = from
  if (to === 'earliest' || to === 'latest') return to
  if (to === 'timestamp') return { at: parseTime(timestamp, '/timestamp') }
  if (to !== 'offsets') malformed('/to', 'must be earliest, latest, timestamp or offsets')
  if (!Array.isArray(offsets) || offsets.length === 0 || offsets.length > offsetsMax) {
    malformed('/offsets', `must be a list of 1 to ${offsetsMax}`)
  }
  return {
    offsets: offsets.map((one: unknown, index) => parsePlace(one, `/offsets/${index}`, 'offset')),
  }
}

function parsePlace(value: unknown, at: string, member: 'offset' | 'queueOffset'): LetterRef {
  if (!isObject(value)) malformed(at, 'must be an object')
  checkMembers(value, new Set(['broker', 'queueId', member]), at)
  const { broker, queueId } = value
  const offset = value[member]
  if (typeof broker !== 'string') malformed(`${at}/broker`, 'must be text')
  if (typeof queueId !== 'number' || !Number.isSafeInteger(queueId) || queueId < 0) {
    malformed(`${at}/queueId`, 'must be a queue id')
  }
  if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset)) {
    malformed(`${at}/${member}`, 'must be decimal text')
  }
  return { broker, queueId, offset: Number(offset) }
}

export const listDeadLetters: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { query, params } = exchange
  const form = parseBodyForm(query)
  const cursor = query.get('pageToken') ?? undefined
  const max = pageSizeOf(query, lettersPageMax)
  const page = await admin.deadLetters(params['group'] ?? '', { cursor, max }, exchange.call())
  const rest = page.caughtUp || page.cursor === '' ? {} : { nextPageToken: page.cursor }
  answerMessages(exchange, 'items', page.messages, rest, form)
}

export const resendDeadLetters: Operation = async (exchange, { admin }) => {
  const { items } = jsonObject(await readJson(exchange), new Set(['items']))
  if (!Array.isArray(items)) malformed('/items', 'must be a list')
  const letters = items.map((one: unknown, index) =>
    parsePlace(one, `/items/${index}`, 'queueOffset'),
  )
  const results = await admin.resend(exchange.params['group'] ?? '', letters, exchange.call())
  const failed = handleFailures(results)
  const resent = results.length - (failed?.length ?? 0)
  exchange.json(failed ? 207 : 200, { resent, ...(failed && { results: failed }) })
}

export const purgeDeadLetters: Operation = async (exchange, { admin }) => {
  const { group = '' } = exchange.params
  const { confirm } = jsonObject(await readJson(exchange), new Set(['confirm']))
  if (confirm !== group) {
    throw new MqError('invalid-argument', 'must be the name of the group', { pointer: '/confirm' })
  }
  exchange.json(200, { purged: await admin.purge(group, exchange.call()) })
}

const placeOf = ({ topic, broker, queueId }: GroupProgress) => ({ topic, broker, queueId })

const lagOf = (one: GroupProgress): number => Math.max(0, one.maxOffset - one.committedOffset)

const inFlightOf = (one: GroupProgress): number =>
  Math.max(0, one.readOffset - Math.max(one.committedOffset, 0))

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)
