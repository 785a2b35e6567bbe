// What all calls have in common: who calls, and how a failure becomes a Status.

import { randomUUID } from 'node:crypto'
import { MqError } from '../../src/base/errors.ts'
import { kept } from '../../src/base/kept.ts'
import type { Labels } from '../../src/base/metrics.ts'
import type { Call } from '../core/core.ts'
import { type Headers, identityOf, textOf } from './credentials.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { statusOf } from './status.ts'

export type Caller = {
  readonly clientId: string
  readonly clientVersion: string
  readonly call: Call
}

// What has begun goes on when the caller has gone: a send is stored or not, whoever listens.
const never = new AbortController().signal

/** What a call says of its caller, whoever serves it. */
export type Asking = { readonly metadata: Headers; getPeer(): string }

/** Rejects with what `identityOf` says, and with `client-id-required`. */
export async function callerOf(
  asking: Asking,
  front: Front,
  signal: AbortSignal = never,
): Promise<Caller> {
  const { metadata } = asking
  const remote = asking.getPeer()
  const address = remote.slice(0, remote.lastIndexOf(':'))
  const identity = await identityOf(metadata, front.identity, address)
  const clientId = textOf(metadata, 'x-mq-client-id')
  if (clientId === '') throw new MqError('client-id-required')
  const asked = textOf(metadata, 'x-mq-request-id')
  const requestId = /^[\w-]{1,64}$/.test(asked) ? asked : randomUUID()
  return {
    clientId,
    clientVersion: textOf(metadata, 'x-mq-client-version'),
    call: { requestId, identity, remote, signal },
  }
}

/** The Status of a failure, which is logged if it is ours. */
export function refusal(rpc: string, error: unknown, front: Front): v2.Status.Fields {
  if (!(error instanceof MqError)) front.log.error('grpc-call-failed', { rpc, error })
  const status = statusOf(error)
  count(rpc, status, front)
  return status
}

export function count(rpc: string, { code }: v2.Status.Fields, { answers }: Front): void {
  answers.add(1, labelsOf(rpc, code ?? 0))
}

/** By call, then code: counters find labels that are kept at once. */
const labels = new Map<string, Map<number, Labels>>()

function labelsOf(rpc: string, code: number): Labels {
  const ofCall = kept(labels, rpc, () => new Map<number, Labels>())
  return kept(ofCall, code, () => ({ rpc, code: String(code) }))
}

export type Answer = { status?: v2.Status.Fields | null }
export type Run<Request, Response> = (
  request: Request,
  caller: Caller,
  front: Front,
) => Promise<Response> | Response
/** Makes the answer of a failure where more than a status is needed. */
export type Refused<Request, Response> = (status: v2.Status.Fields, request: Request) => Response

/** Serves a call with one answer; what it returns never rejects. */
export const unary =
  <Request, Response extends Answer>(
    front: Front,
    rpc: string,
    run: Run<Request, Response>,
    refused?: Refused<Request, Response>,
  ) =>
  async (call: Asking & { readonly request: Request }): Promise<Response | Answer> => {
    try {
      const caller = await callerOf(call, front)
      const response = await run(call.request, caller, front)
      if (response.status) count(rpc, response.status, front)
      return response
    } catch (error) {
      const status = refusal(rpc, error, front)
      return refused ? refused(status, call.request) : { status }
    }
  }
