// The one shape of a failure towards people's programs: RFC 9457 problem details, the body of
// application/problem+json and the `problem` of a WebSocket `err` frame alike.

import { type Failure, failures, MqError } from '../../src/base/errors.ts'

export type Problem = {
  /** `/problems/<name>`, a page of this gateway. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  /** `urn:request:<id>`: what to search the log for. */
  readonly instance?: string
  /** The code of the gRPC API. */
  readonly code: number
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
  readonly retryAfterMs?: number
  /** Sends only: what became of the message. */
  readonly outcome?: 'not-stored' | 'unknown'
  readonly broker?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** The failure's name; 'internal' for anything that is not an operating error. */
export function failureOf(error: unknown): Failure {
  return error instanceof MqError ? error.failure : 'internal'
}

/**
 * What a caller may see of an error. An error that is not an MqError is a bug of ours and
 * tells nothing but 'internal'; the front logs it.
 */
export function problemOf(error: unknown, requestId?: string): Problem {
  const failure = failureOf(error)
  const row = failures[failure]
  return {
    type: `/problems/${failure}`,
    title: row.title,
    status: row.http,
    ...(error instanceof MqError && error.message !== row.title && { detail: error.message }),
    ...(requestId !== undefined && { instance: `urn:request:${requestId}` }),
    code: row.v2,
    retryable: row.retry,
    ...(error instanceof MqError && extras(error)),
  }
}

function extras({ message, detail }: MqError): Partial<Problem> {
  const { retryAfterMs, outcome, broker, pointer } = detail
  return {
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...((outcome === 'not-stored' || outcome === 'unknown') && { outcome }),
    ...(typeof broker === 'string' && { broker }),
    ...(typeof pointer === 'string' && { errors: [{ pointer, detail: message }] }),
  }
}
