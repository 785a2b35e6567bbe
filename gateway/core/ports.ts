// What the use cases stand on, and how far a caller may go.

import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import type { Access } from '../../src/client/access.ts'
import type { MqClient } from '../../src/client/types.ts'
import type { KeyRing } from './key-ring.ts'

/** The limits of every front; what is outside is refused, never adjusted. */
export type CoreLimits = {
  /** One message's body. Source: Apache's maxMessageSize. */
  readonly bodyBytesMax: number
  /** User properties of one message. Source: the proxy's userPropertyMaxNum. */
  readonly propertyCountMax: number
  /** User properties, tag and keys of one message. Source: maxUserPropertySize. */
  readonly propertyBytesMax: number
  /** Messages of one batch. */
  readonly batchCountMax: number
  /** Messages of one receive. Source: the broker's bound of a pop. */
  readonly receiveCountMax: number
  /** Messages of one page of a reader. */
  readonly readCountMax: number
  readonly waitMsMax: number
  readonly invisibleMsMin: number
  readonly invisibleMsMax: number
  /** How far ahead a message may be scheduled. Source: timerMaxDelaySec. */
  readonly delayMsMax: number
  /** Handles of one ack, nack or extend. */
  readonly handleCountMax: number
  /** Receives and reads that wait at the same time. */
  readonly waiterCountMax: number
  /**
   * What the brokers' SEND_OK says about the slaves. A broker does not tell whether it
   * replicates synchronously, so the operator does; 'local' promises less.
   */
  readonly sendOkMeans: 'local' | 'replicated'
}

export const defaultLimits: CoreLimits = {
  bodyBytesMax: 4 * 1024 * 1024,
  propertyCountMax: 128,
  propertyBytesMax: 16 * 1024,
  batchCountMax: 1000,
  receiveCountMax: 32,
  readCountMax: 256,
  waitMsMax: 20_000,
  invisibleMsMin: 10_000,
  invisibleMsMax: 12 * 3_600_000,
  delayMsMax: 3 * 86_400_000,
  handleCountMax: 256,
  waiterCountMax: 10_000,
  sendOkMeans: 'local',
}

/** The cluster behind, with its users and policies. */
export type ClusterClient = MqClient & { readonly access: Pick<Access, keyof Access> }

export type CorePorts = {
  readonly client: ClusterClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** Signs receipt handles and cursors; the same on every node. */
  readonly keys: KeyRing
  /** What this node and others agree on; memory where there is one node. */
  readonly state: TransientState
  readonly limits: CoreLimits
}
