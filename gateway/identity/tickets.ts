// Tickets: what a browser's EventSource and WebSocket carry in the address, because they cannot
// set headers. A ticket stands for the credential that it was asked for with, for one use, for
// a short time, from the same page. Where it was used is shared state: without Redis each node
// knows only of itself, so a ticket is good once on each.

import * as z from 'zod'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import type { ApiKeys } from './api-keys.ts'
import type { Principal } from './principal.ts'

export type TicketParts = {
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
  /** Which tickets were used. */
  readonly state: Pick<TransientState, 'add'>
  /** Signs, and opens what was signed; the same on every node. */
  readonly seal: {
    seal(payload: Uint8Array): string
    open(token: string): Uint8Array | undefined
  }
  readonly keys: ApiKeys
}

/** Where a request comes from, as its headers tell it. */
export type Page = { readonly origin?: string | undefined; readonly host?: string | undefined }

export const ticketMs = 30_000
const ticketCharsMax = 8192

const names = z.array(z.string())
const schema = z.strictObject({
  id: z.string(),
  until: z.number(),
  origin: z.string().optional(),
  subject: z.string(),
  namespace: z.string(),
  isAdmin: z.boolean(),
  expiresAt: z.number().optional(),
  namespaces: names.optional(),
  grants: z
    .strictObject({ roles: names, topics: names.optional(), groups: names.optional() })
    .optional(),
})

export class Tickets {
  readonly #parts: TicketParts

  constructor(parts: TicketParts) {
    this.#parts = parts
  }

  issue(principal: Principal, { origin }: Page): string {
    const { clock, random, seal } = this.#parts
    const { may: _, ...rest } = principal
    const ticket: z.input<typeof schema> = {
      ...structuredClone(rest as z.input<typeof schema>),
      id: Buffer.from(random.bytes(12)).toString('base64url'),
      until: clock.now() + ticketMs,
      ...(origin !== undefined && { origin }),
    }
    return seal.seal(Buffer.from(JSON.stringify(ticket)))
  }

  /**
   * Whom it stands for; from now on it stands for nobody. Rejects with `unauthenticated`,
   * `token-expired`, and `state-unavailable` where it cannot be known whether it was used.
   */
  async redeem(text: string, page: Page): Promise<Principal> {
    const { clock, state, seal, keys } = this.#parts
    const payload = text.length > ticketCharsMax ? undefined : seal.open(text)
    if (!payload) throw new MqError('unauthenticated')
    const ticket = schema.parse(JSON.parse(Buffer.from(payload).toString('utf8')))
    const { id, until, origin, ...principal } = ticket
    if (!isSamePage(origin, page)) throw new MqError('unauthenticated')
    if (clock.now() >= until) throw new MqError('token-expired', 'the ticket has expired')
    if (!(await state.add(`ticket:${id}`, '1', ticketMs))) {
      throw new MqError('unauthenticated', 'the ticket was used already')
    }
    const { grants } = principal
    return { ...principal, ...(grants && { may: keys.rightsOf(grants) }) }
  }
}

/** A page of the gateway's own origin does not say where it is when it only reads. */
function isSamePage(origin: string | undefined, page: Page): boolean {
  if (page.origin !== undefined || origin === undefined) return page.origin === origin
  return origin === `http://${page.host}` || origin === `https://${page.host}`
}
