// What the parts of pop share: the broker's ports and pop's own state.

import type { QueueKey } from '../ports.ts'
import type { InFlight } from './in-flight.ts'
import type { Journal } from './journal.ts'
import type { OrderedBatches, OrderedQueue } from './order.ts'
import type { PopPorts } from './ports.ts'

export type PopParts = PopPorts & {
  readonly inFlight: InFlight
  readonly journal: Journal
  readonly orders: OrderedBatches
  /** Queues of groups (`topic@group@queueId`) whose cold bytes are being fetched. */
  readonly busy: Set<string>
  /** Takes turns through the revive queues. */
  nextReviveQid(): number
  /** The group's offset in the queue; where it begins is committed at its first pop. */
  positionOf(group: string, queue: QueueKey, from: 'min' | 'max'): number
  /** A checkpoint was made: see that it falls due. */
  armRevive(): void
  /** A queue that was busy is free again. */
  freed(queue: OrderedQueue): void
  /** An ordered batch was given or changed: see that its queue is looked at when it is free. */
  orderChanged(queue: OrderedQueue): void
}
