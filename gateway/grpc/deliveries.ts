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
/** Of messages that are written together: what a slow caller leaves behind is known so exactly. */
const togetherBytesMax = 64 * 1024

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
  /** Those and what is to follow them at once. */
  handed: number
  /** Told when all of these have gone. */
  onTaken: (() => void) | undefined
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
    const delivery: Delivery = {
      ...{ call, asker, group, messages, since, over },
      ...{ written: 0, handed: 0, onTaken: undefined },
    }
    this.#open.add(delivery)
    this.#sweeps ??= clock.every(sweepMs, () => this.#sweep())
    call.once('cancelled', () => this.#giveBack(delivery, delivery.written))
    if (call.cancelled) this.#giveBack(delivery, 0)
    const onWritten = (error?: Error | null): void => {
      if (error) return
      delivery.written += 1
      if (delivery.written === messages.length) this.#open.delete(delivery)
      if (delivery.written === delivery.handed) delivery.onTaken?.()
    }
    const topic = call.request.messageQueue?.topic ?? {}
    let bytes = 0
    for (const [index, message] of messages.entries()) {
      if (over.signal.aborted) return false
      const frame = deliveryFrame(message, topic)
      call.write(frame, onWritten)
      bytes += frame.length
      if (bytes < togetherBytesMax) continue
      bytes = 0
      delivery.handed = index + 1
      call.uncork()
      await taken(delivery)
      call.cork()
    }
    // They go with what the caller writes next.
    delivery.handed = messages.length
    return !over.signal.aborted
  }

  drain(): void {
    this.#sweeps?.cancel()
    for (const delivery of this.#open) this.#giveBack(delivery, delivery.handed)
  }

  #sweep(): void {
    const before = this.#front.clock.monotonic() - this.#front.config.readMsMax
    for (const delivery of this.#open) {
      if (delivery.since < before) this.#giveBack(delivery, delivery.handed)
    }
  }

  /** From the message at `first` on. */
  #giveBack(delivery: Delivery, first: number): void {
    if (!this.#open.delete(delivery)) return
    delivery.over.abort()
    const { asker, group, messages } = delivery
    const items = messages.slice(first).map(({ handle }) => ({ handle }))
    if (items.length === 0) return
    // The caller's own signal is aborted already.
    const call = { ...asker, signal: new AbortController().signal }
    this.#front.core.nack({ group, items }, call).catch((error: unknown) => {
      this.#front.log.warn('grpc-give-back-failed', { group, count: items.length, error })
    })
  }
}

/** Resolves when all that was handed over has gone, nobody reads any more, or it is over. */
function taken(delivery: Delivery): Promise<void> {
  const { call, over, written, handed } = delivery
  return new Promise((resolve) => {
    if (written >= handed || call.cancelled || over.signal.aborted) return resolve()
    delivery.onTaken = resolve
    call.once('cancelled', resolve)
    over.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Resolves when more can be written, or nobody reads any more. */
export function drained(
  call: Pick<ReceiveCall, 'cancelled'> & { once(event: string, run: () => void): unknown },
): Promise<void> {
  return new Promise((resolve) => {
    if (call.cancelled) return resolve()
    call.once('drain', resolve)
    call.once('cancelled', resolve)
  })
}
