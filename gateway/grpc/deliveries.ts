// Messages on their way to the callers of ReceiveMessage. A message that its caller does not take in
// time, that is still here when the caller goes, or when the node stops, can be received by others
// at once. What may be on its way already is not given back: its time has to go by.

import type { ServerWritableStream } from '@grpc/grpc-js'
import type { Timer } from '../../src/base/clock.ts'
import type { Call, Received } from '../core/core.ts'
import { deliveryFrame } from './delivery-frame.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'

const sweepMs = 5000

type ReceiveCall = ServerWritableStream<
  v2.ReceiveMessageRequest,
  v2.ReceiveMessageResponse.Fields | Buffer
>

type Delivery = {
  readonly call: ReceiveCall
  readonly asker: Call
  readonly group: string
  readonly messages: readonly Received[]
  readonly since: number
  /** Messages that have gone into the socket. */
  written: number
  /** Aborted when the rest was given back. */
  readonly over: AbortController
}

export class Deliveries {
  readonly #front: Front
  readonly #open = new Set<Delivery>()
  #sweeps: Timer | undefined

  constructor(front: Front) {
    this.#front = front
  }

  get size(): number {
    return this.#open.size
  }

  /** Resolves when all is written, if not yet sent, or given back. False: do not go on. */
  async deliver(
    call: ReceiveCall,
    asker: Call,
    group: string,
    messages: readonly Received[],
  ): Promise<boolean> {
    const { clock } = this.#front
    const since = clock.monotonic()
    const over = new AbortController()
    const delivery: Delivery = { call, asker, group, messages, since, written: 0, over }
    this.#open.add(delivery)
    this.#sweeps ??= clock.every(sweepMs, () => this.#sweep())
    call.once('cancelled', () => this.#giveBack(delivery, 0))
    if (call.cancelled) this.#giveBack(delivery, 0)
    const onWritten = (error?: Error | null): void => {
      if (error) return
      delivery.written += 1
      if (delivery.written === messages.length) this.#open.delete(delivery)
    }
    const topic = call.request.messageQueue?.topic ?? {}
    for (const message of messages) {
      if (over.signal.aborted) return false
      const goesOn = call.write(deliveryFrame(message, topic), onWritten)
      if (!goesOn) await drained(call, over.signal)
    }
    return !over.signal.aborted
  }

  drain(): void {
    this.#sweeps?.cancel()
    for (const delivery of this.#open) this.#giveBack(delivery, 1)
  }

  #sweep(): void {
    const before = this.#front.clock.monotonic() - this.#front.config.readMsMax
    for (const delivery of this.#open) if (delivery.since < before) this.#giveBack(delivery, 1)
  }

  /** But for what was written, and `skipped` more. */
  #giveBack(delivery: Delivery, skipped: number): void {
    if (!this.#open.delete(delivery)) return
    delivery.over.abort()
    const { asker, group, messages, written } = delivery
    const items = messages.slice(written + skipped).map(({ handle }) => ({ handle }))
    if (items.length === 0) return
    // The caller's own signal is aborted already.
    const call = { ...asker, signal: new AbortController().signal }
    this.#front.core.nack({ group, items }, call).catch((error: unknown) => {
      this.#front.log.warn('grpc-give-back-failed', { group, count: items.length, error })
    })
  }
}

/** Resolves when more can be written, nobody reads any more, or it is over. */
export function drained(
  call: Pick<ReceiveCall, 'cancelled'> & { once(event: string, run: () => void): unknown },
  over?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (call.cancelled || over?.aborted) return resolve()
    call.once('drain', resolve)
    call.once('cancelled', resolve)
    over?.addEventListener('abort', () => resolve(), { once: true })
  })
}
