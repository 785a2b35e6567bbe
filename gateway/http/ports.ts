// What an operation may touch, and what one is.

import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Counter } from '../../src/base/metrics.ts'
import type { Admin } from '../core/admin-views.ts'
import type { Core } from '../core/core.ts'
import type { KeyRing } from '../core/key-ring.ts'
import type { Audit } from '../identity/audit.ts'
import type { KeyStore } from '../identity/key-store.ts'
import type { Tickets } from '../identity/tickets.ts'
import type { Exchange } from './exchange.ts'

export type HttpPorts = {
  readonly core: Core
  readonly admin: Admin
  readonly clock: Clock
  /** Signs page tokens. */
  readonly keys: KeyRing
  readonly log: Log
  readonly audit: Audit
  readonly apiKeys: KeyStore
  readonly tickets: Tickets
  /** Messages that were popped and could not be handed over. */
  readonly undelivered: Counter
  readonly bodyBytesMax: number
  readonly batchBytesMax: number
}

export type Operation = (exchange: Exchange, ports: HttpPorts) => Promise<void> | void
