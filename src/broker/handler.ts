// What a handler of the broker is: a function of a typed header, these ports and the call.

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { Holds } from './holds.ts'
import type { Meter } from './meter.ts'
import type {
  Appender,
  Arrival,
  ConsumerOffsets,
  Consumers,
  Filters,
  Groups,
  Producers,
  QueueLocks,
  Queues,
  Reader,
  Self,
  Topics,
} from './ports.ts'
import type { Settings } from './settings.ts'

/** Everything a handler may touch. It takes from it only what it needs. */
export type BrokerPorts = {
  readonly self: Self
  readonly settings: Pick<Settings, 'current' | 'update'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly meter: Meter

  readonly appender: Appender
  readonly queues: Queues
  readonly reader: Reader

  readonly topics: Topics
  readonly groups: Groups
  readonly offsets: ConsumerOffsets
  readonly consumers: Consumers
  readonly producers: Producers
  readonly locks: QueueLocks
  readonly filters: Filters
  /** Requests that wait for an arrival. Keys: see holds.ts and the handlers that wait. */
  readonly holds: Holds<Arrival>
}

export const handle = handlerFor<BrokerPorts>()
