// What every request passes before any operation: its id, the page it came from, who asks.

import type { IncomingMessage } from 'node:http'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import { certificateNames } from '../identity/certificate-names.ts'
import { clientAddress } from '../identity/client-address.ts'
import { isHostAllowed, isOriginAllowed, type OriginRule } from '../identity/origin.ts'
import { chooseNamespace, type Principal } from '../identity/principal.ts'
import type { Headers } from './exchange.ts'

const none: Headers = {}

type Rule = OriginRule & { readonly trustedProxies: readonly string[] }

export class Gatekeeper {
  readonly #authenticator: Authenticator
  readonly #rule: Rule
  readonly #idPrefix: string
  #idCount = 0

  constructor(authenticator: Authenticator, rule: Rule, random: Random) {
    this.#authenticator = authenticator
    this.#rule = rule
    this.#idPrefix = Buffer.from(random.bytes(6)).toString('hex')
  }

  /** The caller's own id where it is a harmless one. */
  requestId({ headers }: IncomingMessage): string {
    const own = headers['x-request-id']
    if (typeof own === 'string' && /^[\w-]{1,64}$/.test(own)) return own
    this.#idCount += 1
    return `${this.#idPrefix}-${this.#idCount.toString(36)}`
  }

  /** Of the caller, also behind proxies of the operator's. */
  addressOf({ headers, socket: { remoteAddress = '' } }: IncomingMessage): string {
    return clientAddress(remoteAddress, headers['x-forwarded-for'], this.#rule.trustedProxies)
  }

  /** Throws `origin-not-allowed` for pages that may not ask, before anything has an effect. */
  checkOrigin({ headers, socket }: IncomingMessage): void {
    const { origin, host } = headers
    const request = { origin, host, localAddress: socket.localAddress }
    if (!isHostAllowed(request, this.#rule)) {
      throw new MqError('origin-not-allowed', 'the host is not a loopback name')
    }
    if (!isOriginAllowed(request, this.#rule)) throw new MqError('origin-not-allowed')
  }

  /** What lets a page of another origin read the answer. Called after {@link checkOrigin}. */
  corsHeaders({ headers }: IncomingMessage): Headers {
    const { origin } = headers
    if (origin === undefined) return none
    return {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers':
        'ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
      Vary: 'Origin',
    }
  }

  preflightHeaders({ headers }: IncomingMessage): Headers {
    const asked = headers['access-control-request-headers']
    return {
      'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
      // Which headers there are is decided where they are read.
      ...(asked !== undefined && { 'Access-Control-Allow-Headers': asked }),
      'Access-Control-Max-Age': '600',
    }
  }

  /**
   * Who asks, within which namespace; at once where that is possible. Throws, or rejects with,
   * `unauthenticated`, `permission-denied`, and what cannot be known now.
   */
  identify(req: IncomingMessage, address: string): Principal | Promise<Principal> {
    const { headers, socket } = req
    const query = streamQueryOf(req)
    const namespace = headers['mq-namespace'] ?? query?.get('namespace') ?? undefined
    const { origin, host } = headers
    const found = this.#authenticator.identify(headers.authorization, {
      origin,
      host,
      ticket: query?.get('ticket') ?? undefined,
      certificate: certificateNames(socket),
      address,
    })
    if (found instanceof Promise) return found.then((one) => chooseNamespace(one, namespace))
    return chooseNamespace(found, namespace)
  }
}

/**
 * The query of a stream, which says there what others say in headers: EventSource has none of
 * its own. Throws `invalid-argument` for credentials in any other address.
 */
function streamQueryOf({ method, url = '' }: IncomingMessage): URLSearchParams | undefined {
  const mark = url.indexOf('?')
  if (mark < 0) return undefined
  // What is in an address ends up in logs and histories.
  if (/[?&](?:access_)?token=/.test(url.slice(mark))) {
    throw new MqError('invalid-argument', 'tokens belong into the Authorization header')
  }
  if (method === 'GET' && url.slice(0, mark).endsWith('/events')) {
    return new URLSearchParams(url.slice(mark + 1))
  }
  if (/[?&]ticket=/.test(url.slice(mark))) {
    throw new MqError('invalid-argument', 'a ticket opens streams and WebSockets only')
  }
  return undefined
}
