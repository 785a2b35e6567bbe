// What every request passes before any operation: its id, the page it came from, who asks.

import type { IncomingMessage } from 'node:http'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import type { Identity } from '../core/core.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import { isHostAllowed, isOriginAllowed, type OriginRule } from '../identity/origin.ts'
import type { Headers } from './exchange.ts'

const none: Headers = {}

export class Gatekeeper {
  readonly #authenticator: Authenticator
  readonly #rule: OriginRule
  readonly #idPrefix: string
  #idCount = 0

  constructor(authenticator: Authenticator, rule: OriginRule, random: Random) {
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
        'ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id',
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

  /** Who asks, within which namespace. Throws `unauthenticated` and `permission-denied`. */
  identify({ headers, url = '' }: IncomingMessage): Identity {
    const mark = url.indexOf('?')
    // What is in an address ends up in logs and histories.
    if (mark >= 0 && /[?&](?:access_)?token=/.test(url.slice(mark))) {
      throw new MqError('invalid-argument', 'tokens belong into the Authorization header')
    }
    const identity = this.#authenticator.identify(headers.authorization)
    const namespace = headers['mq-namespace']
    if (namespace === undefined || namespace === identity.namespace) return identity
    if (typeof namespace !== 'string' || !/^[\w-]{1,64}$/.test(namespace) || !identity.isAdmin) {
      throw new MqError('permission-denied', 'the credential is not of this namespace')
    }
    return { ...identity, namespace }
  }
}
