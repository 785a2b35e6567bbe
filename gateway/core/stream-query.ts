// What the address of a stream says: which messages, and from where. Of Server-Sent Events, NDJSON
// and the sockets that carry events only.

import { MqError } from '../../src/base/errors.ts'
import type { Filter, ReadFrom } from './core.ts'
import { parseReadFrom } from './envelope.ts'

export function filterOf(query: URLSearchParams): Filter | undefined {
  const tag = query.get('tag')
  const sql = query.get('sql')
  if (tag !== null && sql !== null) {
    throw new MqError('invalid-argument', 'excludes tag', { pointer: 'sql' })
  }
  if (tag !== null) return { type: 'tag', expression: tag }
  return sql === null ? undefined : { type: 'sql', expression: sql }
}

/** `last` is where the caller has come to, as EventSource says in `Last-Event-ID`. */
export function readFromOf(query: URLSearchParams, last?: string): ReadFrom {
  // A browser that reconnects sends the last id to the address it began with.
  const cursor = last || query.get('cursor')
  return cursor ? { cursor } : parseReadFrom(query.get('from') ?? undefined, 'from')
}
