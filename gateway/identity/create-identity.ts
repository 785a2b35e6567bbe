// Who may do what and who did it, put together for all fronts.

import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import { ApiKeys } from './api-keys.ts'
import { Audit, type AuditSink } from './audit.ts'
import { type Authenticator, createAuthenticator } from './authenticator.ts'
import { Failures } from './failures.ts'
import { type IssuerConfig, Issuers } from './issuers.ts'
import { KeyStore, type KeysFile } from './key-store.ts'
import { type TicketParts, Tickets } from './tickets.ts'

export type IdentityParts = {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly state: TransientState
  /** Undefined: authentication is off. */
  readonly apiKeys: ApiKeys | undefined
  /** Where they are kept. */
  readonly keysFile?: KeysFile | undefined
  readonly issuers?: readonly IssuerConfig[]
  readonly seal: TicketParts['seal']
  readonly auditSink?: AuditSink | undefined
  /** Wrong credentials from one address in a minute; without it as many as they like. */
  readonly failuresPerMinute?: number
}

export type GatewayIdentity = {
  readonly identity: Authenticator
  readonly tickets: Tickets
  readonly audit: Audit
  readonly apiKeys: KeyStore
  /** Other keys and roles from now on. */
  reload(keys: ApiKeys): void
}

export function createIdentity(parts: IdentityParts): GatewayIdentity {
  const { clock, random, state, seal, apiKeys, log, metrics, auditSink } = parts
  const keys = apiKeys ?? ApiKeys.none()
  const tickets = new Tickets({ clock, random, state, seal, keys })
  const issuers = new Issuers(parts.issuers ?? [], keys, clock)
  const failures = new Failures(parts.failuresPerMinute ?? Number.POSITIVE_INFINITY, clock)
  const reload = (next: ApiKeys): void => {
    keys.replace(next)
    issuers.forget()
  }
  return {
    identity: createAuthenticator(apiKeys, clock, { issuers, tickets, failures }),
    tickets,
    audit: new Audit({ clock, log, metrics, sink: auditSink }),
    apiKeys: new KeyStore({ file: apiKeys && parts.keysFile, random, use: reload }),
    reload,
  }
}
