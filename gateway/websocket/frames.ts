// The frames of clients: JSON members in, typed frames out. What is on the socket is format.ts.
// The contract is openapi/asyncapi.yaml with openapi/ws-v1.schema.json; field names are those of
// REST, `id` and `sid` only join frames.

import * as z from 'zod'
import type { Filter, ReadFrom, ReplyInput, SendInput } from '../core/core.ts'
import { parseDuration } from '../core/duration.ts'
import {
  envelopeMembers,
  isObject,
  type Json,
  malformed,
  parseContent,
  parseEnvelope,
  parseProperties,
  parseReadFrom,
} from '../core/envelope.ts'

export type GroupSub = {
  readonly op: 'sub'
  readonly mode: 'group'
  readonly sid: string
  readonly topic: string
  readonly group: string
  readonly filter: Filter | undefined
  readonly credit: number
  readonly invisibleMs: number
  readonly maxInFlight: number
  /** What is in flight is extended while the socket lives. */
  readonly autoExtend: boolean
  readonly onClose: 'release' | 'keep'
}

export type ReaderSub = {
  readonly op: 'sub'
  readonly mode: 'reader'
  readonly sid: string
  readonly topic: string
  readonly filter: Filter | undefined
  readonly credit: number
  readonly from: ReadFrom
}

export type ClientFrame =
  | HelloFrame
  | { readonly op: 'auth'; readonly token: string }
  | { readonly op: 'pub'; readonly input: SendInput }
  | { readonly op: 'reply'; readonly input: ReplyInput }
  | GroupSub
  | ReaderSub
  | { readonly op: 'credit'; readonly sid: string; readonly n: number }
  | { readonly op: 'ack'; readonly sid: string; readonly handles: readonly string[] }
  | { readonly op: 'dlq'; readonly sid: string; readonly handles: readonly string[] }
  | TransactionFrame
  | { readonly op: 'txWatch'; readonly topic: string }
  | NackFrame
  | ExtendFrame
  | { readonly op: 'pause' | 'resume' | 'unsub'; readonly sid: string }
  | { readonly op: 'ping'; readonly t: number | undefined }

export type HelloFrame = {
  readonly op: 'hello'
  readonly token: string | undefined
  readonly client: string
  /** The session before this one, for the log. */
  readonly resume: string | undefined
}

type TransactionFrame = {
  readonly op: 'tx'
  readonly transactionId: string
  readonly resolution: 'commit' | 'rollback'
}

export type NackFrame = {
  readonly op: 'nack'
  readonly sid: string
  readonly handles: readonly string[]
  readonly delayMs: number | undefined
}

export type ExtendFrame = {
  readonly op: 'extend'
  readonly sid: string
  readonly handles: readonly string[]
  readonly invisibleMs: number
}

/** What can be said of a frame before it is understood: enough to answer it. */
export type Envelope = {
  readonly op: string
  readonly id: number | undefined
  readonly sid: string | undefined
  readonly members: Json
  /** The bytes behind the header of a binary frame; undefined in a text frame. */
  readonly body?: Uint8Array | undefined
}

export const creditMax = 10_000
const handlesMax = 256
const handleCharsMax = 1024
const replyHandleCharsMax = 2048
const sidPattern = /^[\w-]{1,32}$/

/** Throws `malformed-body` for what is no frame at all: the socket is closed with 4400. */
export function readFrame(text: string, body?: Uint8Array): Envelope {
  let members: unknown
  try {
    members = JSON.parse(text)
  } catch {
    malformed('', 'the frame is not JSON')
  }
  if (!isObject(members)) malformed('', 'the frame is not an object')
  const { op, id, sid } = members
  if (typeof op !== 'string') malformed('/op', 'must be text')
  if (id !== undefined && (!Number.isSafeInteger(id) || Number(id) < 0)) {
    malformed('/id', 'must be a whole number')
  }
  return {
    op,
    members,
    body,
    id: id === undefined ? undefined : Number(id),
    sid: typeof sid === 'string' && sidPattern.test(sid) ? sid : undefined,
  }
}

/**
 * The frame, or an MqError with a pointer to what is wrong with it: answered with `err`, the
 * socket goes on. `now` is wall time, which delays count from.
 */
export function parseFrame({ op, members, body }: Envelope, now: number): ClientFrame {
  if (op === 'pub') return { op, input: parsePub(members, body, now) }
  if (op === 'reply') return { op, input: parseReply(members, body) }
  if (body !== undefined && body.length > 0) malformed('/body', 'does not belong to this op')
  switch (op) {
    case 'ack':
      return { op, ...parseHandles(members, ackMembers) }
    case 'nack': {
      const { delay } = members
      const rule = { pointer: '/delay', minMs: 0, maxMs: 12 * 3_600_000 }
      const delayMs = delay === undefined ? undefined : parseDuration(delay, rule)
      return { op, ...parseHandles(members, nackMembers), delayMs }
    }
    case 'extend':
      return { op, ...parseHandles(members, extendMembers), invisibleMs: parseInvisible(members) }
    case 'sub':
      return parseSub(members)
    case 'dlq':
      return { op, ...parseHandles(members, ackMembers) }
    default:
      return parseControl(op, members)
  }
}

// By hand, because a busy socket sends thousands of these.

const pubMembers = new Set(['op', 'id', 'topic', ...envelopeMembers])
const replyMembers = new Set(['op', 'id', 'handle', 'body', 'contentType', 'properties'])
const ackMembers = new Set(['op', 'id', 'sid', 'handle'])
const nackMembers = new Set([...ackMembers, 'delay'])
const extendMembers = new Set([...ackMembers, 'invisible'])

function parsePub(members: Json, body: Uint8Array | undefined, now: number): SendInput {
  refuseUnknown(members, pubMembers)
  const { topic } = members
  if (typeof topic !== 'string') malformed('/topic', 'must be text')
  return parseEnvelope(members, topic, now, { body })
}

function parseReply(members: Json, body: Uint8Array | undefined): ReplyInput {
  refuseUnknown(members, replyMembers)
  const { handle } = members
  if (typeof handle !== 'string' || handle.length > replyHandleCharsMax) {
    malformed('/handle', 'must be the replyHandle of a message')
  }
  return {
    handle,
    ...parseContent(members, { body }),
    properties: parseProperties(members['properties'], '/properties'),
  }
}

function parseHandles(members: Json, known: ReadonlySet<string>) {
  refuseUnknown(members, known)
  const { sid, handle } = members
  if (typeof sid !== 'string' || !sidPattern.test(sid)) malformed('/sid', 'must match [\\w-]{1,32}')
  const handles: readonly unknown[] = Array.isArray(handle) ? handle : [handle]
  if (handles.length === 0 || handles.length > handlesMax) {
    malformed('/handle', `must be 1 to ${handlesMax} handles`)
  }
  return {
    sid,
    handles: handles.map((one) =>
      typeof one === 'string' && one.length <= handleCharsMax
        ? one
        : malformed('/handle', 'must be a handle or a list of handles'),
    ),
  }
}

function parseInvisible(members: Json): number {
  return parseDuration(members['invisible'], {
    pointer: '/invisible',
    minMs: 10_000,
    maxMs: 12 * 3_600_000,
    failure: 'illegal-invisible-time',
  })
}

function refuseUnknown(members: Json, known: ReadonlySet<string>): void {
  for (const name of Object.keys(members)) {
    if (!known.has(name)) malformed(`/${name}`, 'is not known here')
  }
}

// The rest by schema.

const id = z.number().optional()
const sid = z.string().regex(sidPattern)
const token = z.string().min(1).max(16_384)
const filter = z
  .strictObject({ type: z.enum(['tag', 'sql']), expression: z.string().max(4096) })
  .optional()

const subShape = {
  op: z.literal('sub'),
  id,
  sid,
  topic: z.string(),
  filter,
  credit: z.int().min(0).max(creditMax),
}

const groupSub = z.strictObject({
  ...subShape,
  group: z.string(),
  invisible: z.string().default('60s'),
  maxInFlight: z.int().min(1).max(creditMax).default(64),
  autoExtend: z.boolean().default(false),
  onClose: z.enum(['release', 'keep']).default('keep'),
})

const readerSub = z.strictObject({
  ...subShape,
  from: z
    .union([
      z.strictObject({ cursor: z.string().max(4096) }),
      z.strictObject({ at: z.string().max(64) }),
    ])
    .default({ at: 'latest' }),
})

const hello = z.strictObject({
  op: z.literal('hello'),
  id,
  token: token.optional(),
  client: z.string().max(128).default(''),
  resume: z.string().max(64).optional(),
})
const auth = z.strictObject({ op: z.literal('auth'), id, token })
const credit = z.strictObject({
  op: z.literal('credit'),
  id,
  sid,
  n: z.int().min(1).max(creditMax),
})
const turn = z.strictObject({ op: z.enum(['pause', 'resume', 'unsub']), id, sid })
const tx = z.strictObject({
  op: z.literal('tx'),
  id,
  handle: z.string().max(2048),
  resolution: z.enum(['commit', 'rollback']),
})
const txWatch = z.strictObject({ op: z.literal('txWatch'), id, topic: z.string() })
const ping = z.strictObject({ op: z.literal('ping'), id, t: z.number().optional() })

function parseControl(op: string, members: Json): ClientFrame {
  switch (op) {
    case 'hello': {
      const { token, client, resume } = check(hello, members)
      return { op, token, client, resume }
    }
    case 'auth':
      return { op, token: check(auth, members).token }
    case 'credit': {
      const { sid, n } = check(credit, members)
      return { op, sid, n }
    }
    case 'pause':
    case 'resume':
    case 'unsub':
      return { op, sid: check(turn, members).sid }
    case 'tx': {
      const { handle, resolution } = check(tx, members)
      return { op, transactionId: handle, resolution }
    }
    case 'txWatch':
      return { op, topic: check(txWatch, members).topic }
    case 'ping':
      return { op, t: check(ping, members).t }
    default:
      return malformed('/op', 'is not known')
  }
}

function parseSub(members: Json): GroupSub | ReaderSub {
  if (members['group'] === undefined) {
    const { op, sid, topic, filter, credit, from } = check(readerSub, members)
    return { op, mode: 'reader', sid, topic, filter, credit, from: parseFrom(from) }
  }
  const { op, sid, topic, group, filter, credit, ...more } = check(groupSub, members)
  const { maxInFlight, onClose, autoExtend } = more
  const invisibleMs = parseInvisible({ invisible: more.invisible })
  return {
    op,
    mode: 'group',
    sid,
    topic,
    group,
    filter,
    credit,
    invisibleMs,
    maxInFlight,
    autoExtend,
    onClose,
  }
}

function parseFrom(from: { cursor: string } | { at: string }): ReadFrom {
  return 'cursor' in from ? from : parseReadFrom(from.at, '/from/at')
}

function check<T>(schema: z.ZodType<T>, members: Json): T {
  const result = schema.safeParse(members)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...(issue?.path ?? []), ...unknown]
  return malformed(path.map((part) => `/${String(part)}`).join(''), issue?.message ?? 'is wrong')
}
