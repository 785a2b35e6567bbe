// What a broker is given by whoever starts it: the ports to the host, and a store.

import type { Clock } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Network } from '../base/network.ts'
import type { Random } from '../base/random.ts'
import type { ReplicaLog } from '../store/replica-log.ts'
import type { StoreCleaning } from './handler.ts'
import type { KeyIndex, MessageStore } from './ports.ts'

/** The store as a service; src/store/store.ts is one. */
export type StorePart = MessageStore &
  Partial<KeyIndex> &
  Service & {
    readonly cleaning: StoreCleaning
    /** Makes everything durable that was written so far. Rejects when it cannot be. */
    flush(): Promise<void>
    readonly replica: ReplicaLog
    readonly trouble: {
      /** A sync of the log failed: nothing is appended until the store is opened again. */
      readonly isFinal: boolean
      /** Told once, when that happens. */
      onFinal(listener: () => void): void
    }
  }

export type BrokerHost = {
  readonly files: Files
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** Of this process, for the unique ids that clients leave out and for the abort file. */
  readonly processId: number
}
