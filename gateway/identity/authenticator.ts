// Who is asking, for every front. First cut: nobody in particular (mode off), or the owner of
// an API key (mode required). Not served: JWT, mutual TLS, tickets.

import { isLoopbackHost } from '../../src/base/address.ts'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { ApiKeys, Principal } from './api-keys.ts'

/** Everybody when authentication is off: on loopback, who can call owns the machine anyway. */
export const anonymous: Principal = { subject: 'anonymous', namespace: '', isAdmin: true }

export type Authenticator = {
  readonly required: boolean
  /** The caller that an `Authorization` value names. Throws `unauthenticated`. */
  identify(authorization: string | undefined): Principal
  /** {@link identify} for callers that expect to wait. */
  authenticate(authorization: string | undefined): Promise<Principal>
  /** The owner and secret of a signing credential; undefined where there is none. */
  account(accessKey: string): { readonly identity: Principal; readonly secret: string } | undefined
}

/** Without keys authentication is off. */
export function createAuthenticator(
  keys: ApiKeys | undefined,
  clock: Pick<Clock, 'now'>,
): Authenticator {
  const identify = (authorization: string | undefined): Principal => {
    if (!keys) return anonymous
    const token = /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')?.[1]
    const principal = token === undefined ? undefined : keys.find(token, clock.now())
    // What was wrong is nobody's business who cannot say it right.
    if (!principal) throw new MqError('unauthenticated')
    return principal
  }
  return {
    required: keys !== undefined,
    identify,
    authenticate: async (authorization) => identify(authorization),
    account: (accessKey) => keys?.account(accessKey, clock.now()),
  }
}

/**
 * Throws where callers from elsewhere could do anything: authentication is off, the address is
 * not a loopback one, and nobody said that this is meant.
 */
export function checkExposure(
  host: string,
  { required }: Pick<Authenticator, 'required'>,
  isInsecureMeant: boolean,
): void {
  if (required || isInsecureMeant || isLoopbackHost(host)) return
  throw new MqError(
    'permission-denied',
    'a listener that is not on loopback needs authentication, or insecure: true',
    { host },
  )
}
