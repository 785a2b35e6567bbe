// Acknowledgements and changes of the invisible time.
//
// Acknowledgements of one turn are appended together at its end, one record per checkpoint,
// and answered then: consumers acknowledge a batch message by message, and one record for all
// of them is what keeps pop cheap.
//
// A receipt whose message is not in flight any more is no error to Apache's clients. With
// `isStrict` (ours) it is: expired when its time is over, judged first; superseded when the
// invisible time was changed since. A second acknowledgement within the time is a success.
//
// Source: AckMessageProcessor.appendAck, ChangeInvisibleTimeProcessor.

import { MqError } from '../../base/errors.ts'
import type { Deferred, Responder } from '../../remoting/dispatch.ts'
import type { DurableWaiter } from '../ports.ts'
import { checkpointKey, type Entry, openOffsets } from './in-flight.ts'
import type { PopParts } from './parts.ts'
import type { Claim } from './ports.ts'

/** What the timer of the store takes at most. Source: timerMaxDelaySec. */
const invisibleMsMax = 3 * 24 * 3600 * 1000

/** What an acknowledgement came to: nothing of both when there was nothing to do. */
export type Acked = {
  /** Answers when it is appended, together with all others of the turn. */
  readonly pending?: Deferred | undefined
  readonly refusal?: MqError | undefined
}

export type Changed = {
  readonly popTime: number
  readonly invisibleMs: number
  readonly endPosition: number
}

export class Settlement {
  readonly #parts: PopParts
  /** By checkpoint: the bits that this turn acknowledges. */
  #pending = new Map<Entry, number>()
  #waiting: PendingAck[] = []

  constructor(parts: PopParts) {
    this.#parts = parts
  }

  /** Acknowledges messages of one receipt. */
  ack(claim: Claim, offsets: readonly number[], isStrict: boolean): Acked {
    const entry = this.#find(claim)
    const mask = entry ? maskOf(entry, offsets) : 0
    const refusal = isStrict ? this.#refusal(claim, entry, mask) : undefined
    // Nothing of it is open any more.
    if (refusal || !entry || (mask & ~entry.settled) === 0) return { refusal }
    if (this.#pending.size === 0) this.#parts.clock.endOfTurn(() => this.flush())
    this.#pending.set(entry, (this.#pending.get(entry) ?? 0) | mask)
    const waiting = new PendingAck()
    this.#waiting.push(waiting)
    return { pending: waiting }
  }

  /** Appends what was acknowledged in this turn and answers it. */
  flush(): void {
    if (this.#pending.size === 0) return
    const { journal, clock, inFlight, appender } = this.#parts
    const pending = this.#pending
    const answer = new Answer(this.#waiting)
    this.#pending = new Map()
    this.#waiting = []
    let endPosition = 0
    for (const [entry, mask] of pending) {
      const offsets = openOffsets(entry, mask)
      if (offsets.length === 0) continue
      try {
        endPosition = journal.appendAck(entry, offsets, clock.now()).endPosition
        inFlight.settle(entry, mask)
      } catch (error) {
        answer.error = error
      }
    }
    if (endPosition === 0 || appender.isDurable(endPosition, answer)) answer.release()
  }

  /**
   * Makes the message of `offset` visible again `invisibleMs` from now instead, under a new
   * receipt. Throws `illegal-invisible-time`, and if strict `receipt-handle-expired` and
   * `receipt-handle-superseded`.
   */
  change(
    claim: Claim,
    offset: number,
    asked: { invisibleMs: number; isSuspended: boolean; isStrict: boolean },
  ): Changed {
    const { invisibleMs, isSuspended, isStrict } = asked
    if (invisibleMs < 0 || invisibleMs > invisibleMsMax) {
      throw new MqError('illegal-invisible-time', undefined, { min: 0, max: invisibleMsMax })
    }
    this.flush()
    const { clock, inFlight, journal } = this.#parts
    const entry = this.#find(claim)
    const mask = entry ? maskOf(entry, [offset]) : 0
    const refusal = isStrict ? this.#refusal(claim, entry, mask) : undefined
    if (refusal) throw refusal
    const now = clock.now()
    const isOpen = entry !== undefined && openOffsets(entry, mask).length > 0
    if (!isOpen || entry.isReviving) {
      // Acknowledged or with somebody else by now: a new checkpoint would give it to two.
      if (isStrict) throw new MqError('receipt-handle-expired')
      return { popTime: now, invisibleMs, endPosition: 0 }
    }
    // The new receipt must not be the old one, however fast the change came.
    const popTime = Math.max(now, entry.popTime + 1)
    const checkpoint = {
      ...claim,
      startOffset: offset,
      popTime,
      invisibleMs,
      offsets: [offset],
      isSuspended,
    }
    const appended = journal.appendCheckpoint(checkpoint, now)
    journal.watch(inFlight.add(checkpoint), appended.home, appended.queueOffset)
    const { endPosition } = journal.appendAck(entry, [offset], now)
    inFlight.move(entry, mask)
    this.#parts.armRevive()
    return { popTime, invisibleMs, endPosition }
  }

  #find(claim: Claim): Entry | undefined {
    const { group, topic, queueId, startOffset, popTime } = claim
    return this.#parts.inFlight.find(checkpointKey(group, topic, queueId, startOffset, popTime))
  }

  #refusal(claim: Claim, entry: Entry | undefined, mask: number): MqError | undefined {
    if (isExpired(claim, this.#parts.clock.now())) return new MqError('receipt-handle-expired')
    if (entry && (entry.moved & mask) !== 0) return new MqError('receipt-handle-superseded')
    return undefined
  }
}

/** Whether the time that the receipt gave is over. */
export const isExpired = (claim: Claim, now: number): boolean =>
  claim.popTime + claim.invisibleMs <= now

/** The bits of those offsets that the checkpoint has. */
function maskOf(entry: Entry, offsets: readonly number[]): number {
  let mask = 0
  for (const offset of offsets) {
    const index = entry.offsets.indexOf(offset)
    if (index >= 0) mask |= 1 << index
  }
  return mask
}

/** One acknowledgement that waits for the end of its turn. */
class PendingAck implements Deferred {
  #responder: Responder | undefined
  #outcome: { error?: unknown } | undefined

  attach(responder: Responder): void {
    this.#responder = responder
    this.#settle()
  }

  finish(outcome: { error?: unknown }): void {
    this.#outcome = outcome
    this.#settle()
  }

  #settle(): void {
    if (!this.#responder || !this.#outcome) return
    if (this.#outcome.error === undefined) this.#responder.reply({})
    else this.#responder.fail(this.#outcome.error)
  }
}

/** Answers the acknowledgements of a turn, when they are as durable as they can be. */
class Answer implements DurableWaiter {
  readonly #waiting: readonly PendingAck[]
  /** Why an append failed; all of the turn are told, and may safely be repeated. */
  error: unknown

  constructor(waiting: readonly PendingAck[]) {
    this.#waiting = waiting
  }

  /** Java counts an acknowledgement as done however slow its flush or its slave. */
  release(): void {
    for (const one of this.#waiting) one.finish({ error: this.error })
  }
}
