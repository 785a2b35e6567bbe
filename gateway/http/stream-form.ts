// What both streams share, of readers and of groups: Server-Sent Events and NDJSON, and waiting
// for a caller that reads slowly. Source: WHATWG HTML section 9.2.

import type { Read, Received } from '../core/core.ts'
import { type BodyForm, messageMembers } from '../core/message-json.ts'
import { problemOf } from '../core/problem.ts'
import type { Exchange } from './exchange.ts'

const sse = 'text/event-stream'
const ndjson = 'application/x-ndjson'
export const streamTypes = [sse, ndjson] as const
export const heartbeatMs = 15_000
export const retryMs = 2000

/** How each form says what there is to say. */
export type StreamForm = {
  readonly opening: string
  message(message: Read | Received): string
  place(cursor: string): string
  problem(error: unknown, requestId: string): string
  readonly goaway: string
}

export const formOf = (type: (typeof streamTypes)[number], body: BodyForm): StreamForm =>
  type === sse ? sseForm(body) : ndjsonForm(body)

/** The head of a stream's answer. */
export function openStream(exchange: Exchange, type: (typeof streamTypes)[number]): void {
  exchange.head(200, {
    'Content-Type': type === sse ? `${sse};charset=utf-8` : ndjson,
    // Proxies that buffer would hold messages back.
    'X-Accel-Buffering': 'no',
  })
}

/** Resolves when the caller has taken what was written, or has gone. */
export function drained({ res }: Exchange): Promise<void> {
  if (res.destroyed || !res.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.once('drain', done)
    res.once('close', done)
  })
}

const sseForm = (body: BodyForm): StreamForm => ({
  opening: `retry: ${retryMs}\n\n`,
  // What a group received has no place to come back to: it has no id.
  message: (message) =>
    `${'cursor' in message ? `id: ${message.cursor}\n` : ''}event: message\ndata: {${messageMembers(message, body)}}\n\n`,
  // An event without data is not delivered, and its id counts all the same.
  place: (cursor) => (cursor === '' ? ': \n\n' : `: \nid: ${cursor}\n\n`),
  problem: (error, requestId) =>
    `event: problem\ndata: ${JSON.stringify(problemOf(error, requestId))}\n\n`,
  goaway: 'event: goaway\ndata: {}\n\n',
})

const ndjsonForm = (body: BodyForm): StreamForm => ({
  opening: '',
  message: (message) => `{${messageMembers(message, body)}}\n`,
  place: () => '\n',
  problem: (error, requestId) => `${JSON.stringify({ problem: problemOf(error, requestId) })}\n`,
  goaway: '{"goaway":{}}\n',
})
