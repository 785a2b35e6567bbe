// Who is asking, for every front: nobody in particular where authentication is off; else the
// owner of an API key, of a token of a configured issuer, of a client certificate, or of a
// ticket.

import { isLoopbackHost } from '../../src/base/address.ts'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { ApiKeys } from './api-keys.ts'
import type { Failures } from './failures.ts'
import { Issuers } from './issuers.ts'
import type { Principal } from './principal.ts'
import type { Page, Tickets } from './tickets.ts'

/** Everybody when authentication is off: on loopback, who can call owns the machine anyway. */
export const anonymous: Principal = { subject: 'anonymous', namespace: '', isAdmin: true }

/** What a request shows besides its `Authorization`. */
export type Shown = Page & {
  readonly ticket?: string | undefined
  /** The names of a client certificate that TLS has verified: `CN=…`, `DNS:…`, `URI:…`. */
  readonly certificate?: readonly string[] | undefined
  /** Of the caller, without the port. */
  readonly address?: string | undefined
}

export type Authenticator = {
  readonly required: boolean
  /**
   * The caller that an `Authorization` value names, or what else is shown where there is none.
   * At once where that is possible. Throws, or rejects with, `unauthenticated`, `token-expired`,
   * and `identity-unavailable` or `state-unavailable` where it cannot be known now.
   */
  identify(authorization: string | undefined, shown?: Shown): Principal | Promise<Principal>
  /** {@link identify} for callers that expect to wait. */
  authenticate(authorization: string | undefined, shown?: Shown): Promise<Principal>
  /**
   * The owner of the key in whose name a request is signed; `isSignedWith` says whether it is
   * with a secret. Throws `unauthenticated` and `token-expired`.
   */
  signer(accessKey: string, isSignedWith: (secret: string) => boolean, address?: string): Principal
}

/** Other credentials than keys and certificates, and who guesses. */
type More = {
  readonly issuers?: Issuers | undefined
  readonly tickets?: Tickets | undefined
  readonly failures?: Failures | undefined
}

const nothing: Shown = {}

/** Without keys authentication is off. */
export function createAuthenticator(
  keys: ApiKeys | undefined,
  clock: Pick<Clock, 'now'>,
  more: More = {},
): Authenticator {
  const judge = (
    authorization: string | undefined,
    shown: Shown,
  ): Principal | Promise<Principal> => {
    if (!keys) return anonymous
    if (authorization !== undefined) {
      const token = /^Bearer +([\w.~+/=-]{1,8192})$/i.exec(authorization)?.[1] ?? ''
      const { issuers } = more
      if (issuers && Issuers.isToken(token)) return issuers.known(token) ?? issuers.verify(token)
      // What was wrong is nobody's business who cannot say it right.
      return found(keys.find(token, clock.now(), shown.address))
    }
    const { ticket, certificate } = shown
    if (ticket !== undefined && more.tickets) return more.tickets.redeem(ticket, shown)
    return found(certificate && keys.ofCertificate(certificate))
  }
  const { failures } = more
  /** Wrong credentials are counted, and not looked at where they are too many. */
  const counted = <Judged extends Principal | Promise<Principal>>(
    address: string | undefined,
    judged: () => Judged,
  ): Judged => {
    const failed = (error: unknown): never => {
      failures?.note(address, error)
      throw error
    }
    failures?.check(address)
    try {
      const principal = judged()
      return principal instanceof Promise ? (principal.catch(failed) as Judged) : principal
    } catch (error) {
      return failed(error)
    }
  }
  const identify = (
    authorization: string | undefined,
    shown: Shown = nothing,
  ): Principal | Promise<Principal> => {
    const { address, ticket } = shown
    if (authorization !== undefined || ticket !== undefined) {
      return counted(address, () => judge(authorization, shown))
    }
    // Who shows nothing at all guesses nothing.
    failures?.check(address)
    return judge(authorization, shown)
  }
  return {
    required: keys !== undefined,
    identify,
    authenticate: async (authorization, shown) => identify(authorization, shown),
    signer: (accessKey, isSignedWith, address) =>
      keys
        ? counted(address, () =>
            found(keys.findSigned(accessKey, isSignedWith, clock.now(), address)),
          )
        : anonymous,
  }
}

function found(principal: Principal | undefined): Principal {
  if (principal) return principal
  throw new MqError('unauthenticated')
}

/** What an operator has said of a listener. */
export type Exposure = {
  readonly host: string
  readonly hasTls: boolean
  /** Callers from elsewhere may do anything, and be overheard: this is meant. */
  readonly insecure: boolean
  /** What they say may be plain text: TLS ends in front of this gateway. */
  readonly plainText: boolean
}

/** Whether a listener takes plain text; with TLS beside it, where it has that. */
export const mayBePlain = ({ host, insecure, plainText }: Exposure): boolean =>
  insecure || plainText || isLoopbackHost(host)

/**
 * Throws where callers from elsewhere could do anything, because authentication is off, or could
 * be overheard: the address is not a loopback one, and nobody said that this is meant.
 */
export function checkExposure(
  exposure: Exposure,
  { required }: Pick<Authenticator, 'required'>,
): void {
  const { host, hasTls, insecure } = exposure
  if (!required && !insecure && !isLoopbackHost(host)) {
    throw new MqError(
      'permission-denied',
      'a listener that is not on loopback needs authentication, or insecure: true',
      { host },
    )
  }
  if (hasTls || mayBePlain(exposure)) return
  throw new MqError(
    'permission-denied',
    'a listener that is not on loopback needs TLS, or plainText: true where TLS ends before it',
    { host },
  )
}
