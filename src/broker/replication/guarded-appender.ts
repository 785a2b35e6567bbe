// The appender that everything in a broker uses: the store's, guarded by the role. Only a master
// whose turn it still is appends; what it acknowledges is as safe as its mode promises.
//
// Source: DefaultMessageStore.checkStoreStatus (a slave answers SERVICE_NOT_AVAILABLE).

import { MqError } from '../../base/errors.ts'
import type { OutgoingBatch, OutgoingMessage } from '../../message/message.ts'
import type { Appended, Appender, DurableWaiter } from '../ports.ts'
import type { Acknowledgements } from './acknowledgements.ts'

export type GuardParts = {
  readonly store: Appender
  readonly acknowledgements: Acknowledgements
  /** Why this broker takes no messages now; undefined when it does. */
  readonly refusal: () => string | undefined
  /** Why there are too few replicas to begin; undefined when there are enough. */
  readonly lack: () => string | undefined
  /** Slaves need not wait for the end of the turn. */
  readonly appended: (endPosition: number) => void
  /** Neither slaves nor a lease matter: the store's own word is enough. */
  readonly isAlone: () => boolean
}

export class GuardedAppender implements Appender {
  readonly #parts: GuardParts

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  append(message: OutgoingMessage): Appended {
    this.check()
    return this.#told(this.#parts.store.append(message))
  }

  appendBatch(batch: OutgoingBatch): Appended {
    this.check()
    return this.#told(this.#parts.store.appendBatch(batch))
  }

  isDurable(endPosition: number, waiter: DurableWaiter): boolean {
    const { store, acknowledgements, isAlone } = this.#parts
    if (isAlone()) return store.isDurable(endPosition, waiter)
    return acknowledgements.isDurable(endPosition, waiter)
  }

  #told(appended: Appended): Appended {
    this.#parts.appended(appended.endPosition)
    return appended
  }

  /** Throws `broker-unavailable` where only a master may act, `replicas-missing` when too few are in sync. */
  check(): void {
    const reason = this.#parts.refusal()
    if (reason !== undefined) throw new MqError('broker-unavailable', reason)
    const lack = this.#parts.lack()
    if (lack !== undefined) throw new MqError('replicas-missing', lack)
  }
}
