// Acknowledgements and changes of the invisible time in ordered queues. They move the group's
// offset, which stays before the first message of the batch that is not acknowledged.
//
// Source: AckMessageProcessor.ackOrderly, ChangeInvisibleTimeProcessor
// .processChangeInvisibleTimeForOrder.

import { MqError } from '../../base/errors.ts'
import type { PopParts } from './parts.ts'
import type { Claim } from './ports.ts'
import { isExpired } from './settle.ts'

export class OrderedSettlement {
  readonly #parts: PopParts

  constructor(parts: PopParts) {
    this.#parts = parts
  }

  /** The refusal: of an offset that is not of the batch, and if strict of an old receipt. */
  ack(claim: Claim, offset: number, isStrict: boolean): MqError | undefined {
    const { orders, offsets } = this.#parts
    const refusal = isStrict ? this.#refusal(claim, offset) : undefined
    if (refusal) return refusal
    const committed = offsets.find(claim.group, claim) ?? 0
    if (offset < committed) return undefined
    orders.check(claim, committed)
    const result = orders.ack(claim, offset, claim.popTime)
    if (result.kind === 'illegal') {
      return new MqError('invalid-receipt-handle', 'the offset is not of this batch', { offset })
    }
    if (result.kind === 'commit') {
      offsets.commit(claim.group, claim, Math.max(committed, result.offset))
      this.#parts.orderChanged(claim)
    }
    return undefined
  }

  /**
   * The new invisible time, from popTime on; undefined when the receipt is of an old batch.
   * Throws if strict `receipt-handle-expired` and `receipt-handle-superseded`.
   */
  change(
    claim: Claim,
    offset: number,
    asked: { invisibleMs: number; isStrict: boolean },
  ): number | undefined {
    const { orders, offsets, clock } = this.#parts
    const refusal = asked.isStrict ? this.#refusal(claim, offset) : undefined
    if (refusal) throw refusal
    if (offset < (offsets.find(claim.group, claim) ?? 0)) return undefined
    const visibleAt = clock.now() + asked.invisibleMs
    if (!orders.setVisibleAt(claim, offset, claim.popTime, visibleAt)) return undefined
    this.#parts.orderChanged(claim)
    return visibleAt - claim.popTime
  }

  #refusal(claim: Claim, offset: number): MqError | undefined {
    const { orders, offsets, clock } = this.#parts
    if (isExpired(claim, clock.now())) return new MqError('receipt-handle-expired')
    const isDone = offset < (offsets.find(claim.group, claim) ?? 0)
    if (isDone || orders.popTimeOf(claim) === claim.popTime) return undefined
    return new MqError('receipt-handle-superseded')
  }
}
