// From a request's code to its handler, and from what the handler gives to the response.
//
// A handler is synchronous and gets a typed header, its program's ports and the call. It
// never sees a socket, an opaque or a flag. It returns
//   a reply                    answered in the same turn, with the others of that turn;
//   something deferred         a held pull or pop, or an append that waits to be durable;
//   a promise of a reply       only where cold bytes are read;
// or throws: an MqError becomes its row of the error table, anything else SYSTEM_ERROR.

import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { RequestSpec } from '../protocol/request.ts'
import type { Call } from './call.ts'

export type Reply<R extends Fields = Fields> = {
  /** Only where success has a code other than 0 (pull statuses, FLUSH_DISK_TIMEOUT). */
  readonly code?: number
  readonly remark?: string
  readonly header?: HeaderOf<R>
  /** Several chunks are written one after the other, without being copied together. */
  readonly body?: Uint8Array | readonly Uint8Array[]
}

/** Where the answer to one request goes. Later than its connection or its time: dropped. */
export type Responder = {
  readonly closed: boolean
  reply(reply: Reply): void
  fail(error: unknown): void
}

/** An answer that comes later: it keeps the responder and uses it exactly once. */
export type Deferred = { attach(responder: Responder): void }

export type Outcome<R extends Fields> = Reply<R> | Deferred | Promise<Reply<R>>

export type Handler<P> = {
  readonly spec: RequestSpec
  run(header: HeaderOf<Fields>, ports: P, call: Call): Outcome<Fields>
}

/** Ties a handler to its entry of the table, so that header and reply are checked against it. */
export const handlerFor =
  <P>() =>
  <H extends Fields, R extends Fields>(
    spec: RequestSpec<H, R>,
    run: (header: HeaderOf<H>, ports: P, call: Call) => Outcome<R>,
  ): Handler<P> =>
    ({ spec, run }) as unknown as Handler<P>
