// What the HTTP front is put together from.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import type { Admin } from '../core/admin-views.ts'
import type { Core } from '../core/core.ts'
import type { KeyRing } from '../core/key-ring.ts'
import type { RateGate } from '../core/rate-limits.ts'
import type { Audit } from '../identity/audit.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import type { KeyStore } from '../identity/key-store.ts'
import type { Tickets } from '../identity/tickets.ts'
import type { Pages } from './pages.ts'
import type { ServerTls } from './server-of.ts'

export type HttpConfig = {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Origins of pages that may call besides the gateway's own. */
  readonly origins: readonly string[]
  /** Addresses and ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** A line in the log for each request. */
  readonly accessLog: boolean
  readonly bodyBytesMax: number
  readonly batchBytesMax: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly connectionCountMax: number
  /** How long open requests may take when the front stops. */
  readonly drainMsMax: number
}

export type HttpFrontParts = {
  readonly core: Core & Partial<RateGate>
  readonly admin: Admin
  readonly identity: Authenticator
  readonly tickets: Tickets
  readonly audit: Audit
  readonly apiKeys: KeyStore
  readonly keys: KeyRing
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly config: HttpConfig
  readonly pages: Pages
  /** Without it the port speaks plain text. */
  readonly tls?: ServerTls | undefined
  /** Takes over what asks to become a WebSocket. */
  readonly upgrade?: Upgrade
}

type Upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => void
