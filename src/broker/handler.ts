// What a handler of the broker is: a function of a typed header, these ports and the call.

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { AuthPorts } from '../guard/handlers/auth.ts'
import type { UniqueIds } from '../message/id.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { DedupWindow } from './dedup.ts'
import type { RoleHints } from './handlers/controller.ts'
import type { Holds } from './holds.ts'
import type { Meter } from './meter.ts'
import type { PeerHosts } from './peer-hosts.ts'
import type { Pop } from './pop/pop.ts'
import type {
  Appender,
  Arrival,
  ConsumerOffsets,
  Consumers,
  Filters,
  Groups,
  KeyIndex,
  LogPositions,
  Producers,
  QueueEntries,
  QueueLocks,
  Queues,
  ReadBans,
  Reader,
  RequestModes,
  Self,
  Topics,
} from './ports.ts'
import type { CopiedTables, ReplicationPort } from './replication/ports.ts'
import type { PendingResets } from './resets.ts'
import type { SendProperties } from './send-properties.ts'
import type { Settings } from './settings.ts'
import type { BrokerStats } from './stats.ts'
import type { TimerFigures } from './timer/timer.ts'
import type { TopicChanges } from './topics.ts'
import type { Transactions } from './transaction/transactions.ts'

type Space = { readonly total: number; readonly used: number; readonly free: number }

/** What is done from time to time anyway, on demand. */
export type StoreCleaning = {
  /** Log files older than the reserved time go at the next looks, whatever the hour. */
  deleteExpiredFiles(): void
  /** Queue files go whose records the log does not have any more. Resolved when it is done. */
  deleteExpiredQueues(): Promise<void>
}

/** Everything a handler may touch. It takes from it only what it needs. */
export type BrokerPorts = RoleHints & {
  readonly self: Self
  readonly directory: AuthPorts['directory']
  readonly settings: Pick<Settings, 'current' | 'update'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly meter: Meter
  readonly stats: Pick<BrokerStats, Exclude<keyof BrokerStats, 'name' | 'start' | 'stop'>>

  readonly appender: Appender
  readonly queues: Queues
  readonly queueEntries: QueueEntries
  readonly reader: Reader
  readonly positions: LogPositions
  /** Bytes of the disk that the store is on. */
  readonly diskSpace: () => Space
  /** Undefined where the store keeps no index. */
  readonly keyIndex: KeyIndex | undefined
  readonly cleaning: StoreCleaning

  readonly dedup: Pick<DedupWindow, Exclude<keyof DedupWindow, 'becameWriter'>>

  readonly topics: Topics & TopicChanges
  readonly groups: Groups & ReadBans
  readonly offsets: ConsumerOffsets
  readonly resets: Pick<PendingResets, 'add' | 'has' | 'take'>
  readonly consumers: Consumers
  readonly producers: Producers
  readonly locks: QueueLocks
  readonly requestModes: RequestModes
  readonly filters: Filters
  readonly hosts: Pick<PeerHosts, 'of'>
  readonly uniqueIds: Pick<UniqueIds, 'next'>
  readonly sendProperties: Pick<SendProperties, 'complete'>
  /** Bytes a second by group; see handlers/cold-data.ts. */
  readonly coldReadLimits: Map<string, number>
  /** ms by level; level 1 is index 0. */
  readonly delayLevels: readonly number[]
  /** Requests that wait for an arrival. Keys: see holds.ts and the handlers that wait. */
  readonly holds: Holds<Arrival>
  readonly replication: ReplicationPort
  /** What slaves copy beside the log. */
  readonly copied: CopiedTables
  readonly transactions: Pick<Transactions, 'commit' | 'rollback'>
  /** Undefined where no messages wait for an exact time. */
  readonly timerFigures: () => TimerFigures | undefined
  readonly pop: Pick<Pop, 'take' | 'expect' | 'ack' | 'change' | 'hasMessages' | 'peek' | 'arrived'>
}

export const handle = handlerFor<BrokerPorts>()
