// The wire on one side, the core's inputs and outputs on the other; nothing else happens here.

import type { components } from '../../openapi/types.ts'
import { MqError } from '../../src/base/errors.ts'
import type {
  AckInput,
  Extended,
  ExtendInput,
  Filter,
  GroupView,
  NackInput,
  ReadInput,
  ReadOutput,
  ReceiveInput,
  ReceiveOutput,
  SendInput,
  SendResult,
  TopicInput,
  TopicView,
} from '../core/core.ts'
import { parseDuration } from '../core/duration.ts'
import {
  envelopeMembers,
  isObject,
  type Json,
  malformed,
  optionalText,
  parseEnvelope,
  parseReadFrom,
} from '../core/envelope.ts'
import { type BodyForm, messageMembers, sendOutputJson, timeText } from '../core/message-json.ts'
import { problemOf } from '../core/problem.ts'
import { checkMembers, jsonObject } from './body.ts'

type Schemas = components['schemas']

const refLengthMax = 255
const attemptIdLengthMax = 128
const waitMsDefault = 0
const invisibleMsDefault = 60_000
const dayMs = 24 * 3_600_000

export function parseBatch(body: Buffer, topic: string, now: number) {
  const { messages } = jsonObject(body, batchMembers)
  const items = list(messages, '/messages')
  const refs: (string | undefined)[] = []
  const inputs = items.map((item, index): SendInput => {
    const at = `/messages/${index}`
    if (!isObject(item)) malformed(at, 'must be an object')
    checkMembers(item, batchItemMembers, at)
    const { ref, input } = parseBatchItem(item, topic, now, at)
    refs.push(ref)
    return input
  })
  return { inputs, refs }
}

/** One message of a batch, and the name its sender gave it. */
export function parseBatchItem(item: Json, topic: string, now: number, at: string) {
  const ref = optionalText(item, 'ref', at)
  if (ref !== undefined && ref.length > refLengthMax) malformed(`${at}/ref`, 'is too long')
  return { ref, input: parseEnvelope(item, topic, now, { at }) }
}

const batchMembers = new Set(['messages'])
export const batchItemMembers = new Set([...envelopeMembers, 'ref'])

export function batchResult(
  results: readonly SendResult[],
  refs: readonly (string | undefined)[],
): Schemas['BatchResult'] {
  const items = results.map((result, index) => batchItemOf(result, refs[index]))
  const failed = results.filter((result) => result instanceof Error).length
  return { stored: results.length - failed, failed, results: items }
}

/** What became of one message of a batch. */
export function batchItemOf(result: SendResult, ref: string | undefined): Schemas['BatchItem'] {
  const base = ref === undefined ? {} : { ref }
  if (!(result instanceof Error)) {
    return { ...base, status: result.replayed ? 200 : 201, ...sendOutputJson(result) }
  }
  const problem = problemOf(result)
  return { ...base, status: problem.status, problem: printProblem(problem) }
}

export function parseReceive(body: Buffer, group: string, topic: string): ReceiveInput {
  const from = body.length === 0 ? {} : jsonObject(body, receiveMembers)
  const start = from['from']
  if (start !== undefined && start !== 'earliest' && start !== 'latest') {
    throw new MqError('invalid-argument', 'must be earliest or latest', { pointer: '/from' })
  }
  const attemptId = optionalText(from, 'attemptId')
  if (attemptId !== undefined && (attemptId === '' || attemptId.length > attemptIdLengthMax)) {
    const message = `must have 1 to ${attemptIdLengthMax} characters`
    throw new MqError('invalid-argument', message, { pointer: '/attemptId' })
  }
  return {
    group,
    topic,
    max: count(from['max'], 1, '/max'),
    waitMs: wait(from['wait']),
    invisibleMs:
      from['invisible'] === undefined
        ? invisibleMsDefault
        : duration(from['invisible'], '/invisible', 'illegal-invisible-time'),
    filter: parseFilter(from['filter']),
    attemptId,
    from: start,
  }
}

const receiveMembers = new Set(['max', 'wait', 'invisible', 'filter', 'attemptId', 'from'])

/** As text: bodies go through as they were stored. */
export function receiveResult({ messages, waitedMs }: ReceiveOutput, form: BodyForm): string {
  const items = messages.map((message) => `{${messageMembers(message, form)}}`)
  return `{"messages":[${items.join(',')}],"waitedMs":${waitedMs}}`
}

export function parseAck(body: Buffer, group: string): AckInput {
  const { handles } = jsonObject(body, new Set(['handles']))
  const texts = list(handles, '/handles').map((handle, index) =>
    typeof handle === 'string' ? handle : malformed(`/handles/${index}`, 'must be text'),
  )
  return { group, handles: texts }
}

export function parseNack(body: Buffer, group: string): NackInput {
  const items = parseItems(body, nackMembers, (item, handle, at) => ({
    handle,
    delayMs:
      item['delay'] === undefined
        ? undefined
        : duration(item['delay'], `${at}/delay`, 'illegal-invisible-time'),
  }))
  return { group, items }
}

export function parseExtend(body: Buffer, group: string): ExtendInput {
  const items = parseItems(body, extendMembers, (item, handle, at) => ({
    handle,
    invisibleMs: duration(item['invisible'], `${at}/invisible`, 'illegal-invisible-time'),
  }))
  return { group, items }
}

const nackMembers = new Set(['handle', 'delay'])
const extendMembers = new Set(['handle', 'invisible'])

/** The handles of a request, and what is said of each. */
export function parseItems<T>(
  body: Buffer,
  members: ReadonlySet<string>,
  parse: (item: Json, handle: string, at: string) => T,
): T[] {
  const { items } = jsonObject(body, new Set(['items']))
  return list(items, '/items').map((item, index) => {
    const at = `/items/${index}`
    if (!isObject(item)) malformed(at, 'must be an object')
    checkMembers(item, members, at)
    const { handle } = item
    if (typeof handle !== 'string') malformed(`${at}/handle`, 'must be text')
    return parse(item, handle, at)
  })
}

/** The handles that failed; undefined when none did. */
export function handleFailures(
  results: readonly (Error | undefined)[],
): Schemas['HandleFailure'][] | undefined {
  const failed = results.flatMap((error, index) => {
    if (!error) return []
    const problem = problemOf(error)
    return [{ index, status: problem.status, problem: printProblem(problem) }]
  })
  return failed.length > 0 ? failed : undefined
}

export function extendResult(results: readonly (Extended | Error)[]): Schemas['ExtendResult'] {
  const items = results.map((result): Schemas['ExtendItem'] => {
    if (result instanceof Error) {
      const problem = problemOf(result)
      return { status: problem.status, problem: printProblem(problem) }
    }
    return { handle: result.handle, invisibleUntil: timeText(result.invisibleUntil) }
  })
  return { items }
}

export function parseRead(body: Buffer, topic: string): ReadInput {
  const from = body.length === 0 ? {} : jsonObject(body, readMembers)
  const cursor = optionalText(from, 'cursor')
  const start = optionalText(from, 'from')
  if (cursor !== undefined && start !== undefined) malformed('/from', 'excludes cursor')
  return {
    topic,
    from: cursor === undefined ? parseReadFrom(start, '/from') : { cursor },
    max: count(from['max'], 32, '/max'),
    waitMs: wait(from['wait']),
    filter: parseFilter(from['filter']),
  }
}

const readMembers = new Set(['cursor', 'from', 'max', 'wait', 'filter'])

export function readResult(output: ReadOutput, form: BodyForm): string {
  const items = output.messages.map((message) => `{${messageMembers(message, form)}}`)
  const { cursor, caughtUp, waitedMs } = output
  const rest = JSON.stringify({ cursor, caughtUp, waitedMs }).slice(1)
  return `{"messages":[${items.join(',')}],${rest}`
}

export function parseTopic(body: Buffer): TopicInput {
  const from = jsonObject(body, new Set(['name', 'type', 'queues']))
  const { name, type } = from
  if (typeof name !== 'string') malformed('/name', 'must be text')
  if (type !== undefined && !isMessageType(type)) {
    throw new MqError('invalid-argument', 'must be normal, fifo, delay or transaction', {
      pointer: '/type',
    })
  }
  const queues = from['queues'] === undefined ? undefined : count(from['queues'], 0, '/queues')
  return { name, type, queues }
}

const isMessageType = (type: unknown): type is Schemas['MessageType'] =>
  type === 'normal' || type === 'fifo' || type === 'delay' || type === 'transaction'

export const topicResult = ({ name, type, queues }: TopicView): Schemas['Topic'] => ({
  name,
  type,
  queues: queues.map((queue) => ({ ...queue })),
})

export const groupResult = (view: GroupView): Schemas['Group'] => ({
  ...view,
  retry:
    view.retry.type === 'customized'
      ? { type: 'customized', delaysMs: [...view.retry.delaysMs] }
      : view.retry,
})

export function parseBodyForm(query: URLSearchParams): BodyForm {
  const form = query.get('bodyAs') ?? 'auto'
  if (form === 'auto' || form === 'base64') return form
  throw new MqError('invalid-argument', 'must be auto or base64', { pointer: 'bodyAs' })
}

function parseFilter(value: unknown): Filter | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) malformed('/filter', 'must be an object')
  checkMembers(value, new Set(['type', 'expression']), '/filter')
  const { type, expression } = value
  if (type !== 'tag' && type !== 'sql') malformed('/filter/type', 'must be tag or sql')
  if (typeof expression !== 'string') malformed('/filter/expression', 'must be text')
  return { type, expression }
}

function count(value: unknown, fallback: number, pointer: string): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return malformed(pointer, 'must be a whole number')
}

const wait = (value: unknown): number =>
  value === undefined ? waitMsDefault : duration(value, '/wait', 'illegal-polling-time')

// The ranges are the core's; here is only what a text can say.
const duration = (
  value: unknown,
  pointer: string,
  failure: 'illegal-invisible-time' | 'illegal-polling-time',
): number => parseDuration(value, { pointer, minMs: 0, maxMs: dayMs, failure })

function list(value: unknown, pointer: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) malformed(pointer, 'must be a list, not empty')
  return value
}

const printProblem = ({
  errors,
  ...problem
}: ReturnType<typeof problemOf>): Schemas['Problem'] => ({
  ...problem,
  ...(errors && { errors: [...errors] }),
})
