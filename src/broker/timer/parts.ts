// What the parts of the timer share: the broker's ports and the timer's own files.

import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Message } from '../../message/message.ts'
import type { TimerFiles } from '../../store/timer-files.ts'
import type { Appender, LogPositions, Queues, Reader, Self } from '../ports.ts'
import type { BrokerStats } from '../stats.ts'

export type TimerParts = {
  readonly clock: Clock
  readonly log: Log
  readonly self: Pick<Self, 'storeHost' | 'brokerId'>
  readonly appender: Appender
  readonly queues: Queues
  readonly reader: Reader
  readonly positions: LogPositions
  readonly files: TimerFiles
  /** Longest delay of a message, ms. */
  readonly maxDelayMs: number
  readonly stats: Pick<BrokerStats, 'timedIn' | 'timedOut'>
  /** Whether anybody still needs a record that is due; see Pop.needsDue. */
  readonly isWanted: (message: Message) => boolean
}
