// What every call of this front stands on.

import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Counter } from '../../src/base/metrics.ts'
import type { Core } from '../core/core.ts'
import type { GrpcIdentity } from './credentials.ts'

/** The settings of the gRPC front; gateway/config.ts fills them from the gateway's. */
export type GrpcConfig = {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Where clients are sent to; empty: to the address they asked, which works behind NAT too. */
  readonly advertised: readonly { readonly host: string; readonly port: number }[]
  /** One message's body; a request may be `headroomBytes` larger. */
  readonly bodyBytesMax: number
  readonly headroomBytes: number
  /** Calls at once on one connection, Telemetry included. */
  readonly streamCountMax: number
  /** Receives that wait at once on this node. */
  readonly pollCountMax: number
  /** Telemetry streams at once on this node. */
  readonly sessionCountMax: number
  readonly pollMsMax: number
  /** The part of a caller's deadline that is left for everything but the waiting. */
  readonly deadlineReserveMs: number
  /** The longest invisible time that a push consumer is given at once. */
  readonly consumeMsMax: number
  /** A connection without calls is closed after this. Source: grpcClientIdleTimeMills. */
  readonly idleMsMax: number
  /** Of requests that have begun and are not whole, on this node. */
  readonly uploadBytesMax: number
  /** For a message to arrive, from its first byte or the begin of its call. */
  readonly uploadMsMax: number
  /** For a caller to take the next of its messages. */
  readonly readMsMax: number
  readonly connectionCountMax: number
  /** How long calls may still run when the node stops. */
  readonly drainMsMax: number
}

export const defaultGrpcConfig: GrpcConfig = {
  host: '127.0.0.1',
  port: 8081,
  advertised: [],
  bodyBytesMax: 4 * 1024 * 1024,
  headroomBytes: 1024 * 1024,
  streamCountMax: 1024,
  pollCountMax: 10_000,
  sessionCountMax: 10_000,
  pollMsMax: 20_000,
  deadlineReserveMs: 500,
  consumeMsMax: 15 * 60_000,
  idleMsMax: 120_000,
  uploadBytesMax: 256 * 1024 * 1024,
  uploadMsMax: 30_000,
  readMsMax: 60_000,
  connectionCountMax: 20_000,
  drainMsMax: 10_000,
}

export type Front = {
  readonly core: Core
  readonly identity: GrpcIdentity
  readonly clock: Clock
  readonly log: Log
  readonly config: GrpcConfig
  /** Answers, by call and code. */
  readonly answers: Counter
}
