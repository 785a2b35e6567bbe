// Messages on their way to the callers of ReceiveMessage. A message that its caller does not take in
// time, that is still here when the caller goes, or when the node stops, can be received by others
// at once. What may be on its way already is not given back: its time has to go by.

import type { Timer } from '../../src/base/clock.ts'
import type { Call, Received } from '../core/core.ts'
import { envelopeBytes, writeDelivery } from './delivery-frame.ts'
import { Frames, togetherBytesMax } from './framing.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import type { ServerCall } from './server-call.ts'
import { messagingService } from './service-definition.ts'
import { secondsOf } from './time.ts'

const sweepMs = 5000

const { writeResponse } = messagingService.ReceiveMessage

type ReceiveCall = ServerCall<v2.ReceiveMessageRequest>

/** Messages, and in whose name they were received. */
type Batch = {
  readonly asker: Call
  readonly group: string
  readonly messages: readonly Received[]
}

type Delivery = Omit<Batch, 'messages'> & {
  /** Of the messages, for as long as they may have to be given back. */
  handles: readonly string[]
  readonly since: number
  /** Messages that have gone into the socket. */
  written: number
  /** Those and what is to follow them at once. */
  handed: number
  /** The rest was given back. */
  isOver: boolean
  /** Told when all that is handed over has gone, nobody reads any more, or it is over. */
  onTaken: (() => void) | undefined
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

  /** Writes the status, the messages and the time, and ends the call. */
  async deliver(call: ReceiveCall, status: v2.Status.Fields, batch?: Batch): Promise<void> {
    const messages = batch?.messages ?? []
    const delivery = batch && messages.length > 0 ? this.#begin(call, batch) : undefined
    const topic = call.request.messageQueue?.topic ?? {}
    let frames = new Frames(roomFor(messages, 0))
    frames.add((writer) => writeResponse({ status }, writer))
    for (const [index, message] of messages.entries()) {
      if (delivery?.isOver) break
      frames.add((writer) => writeDelivery(writer, message, topic))
      // So exactly is it known what a slow caller leaves behind.
      if (!delivery || frames.bytes < togetherBytesMax) continue
      await this.#hand(call, delivery, frames, index + 1)
      frames = new Frames(roomFor(messages, index + 1))
    }
    const deliveryTimestamp = secondsOf(this.#front.clock.now())
    frames.add((writer) => writeResponse({ deliveryTimestamp }, writer))
    if (!delivery) return call.end(frames.take())
    if (!delivery.isOver) delivery.handed = messages.length
    call.end(frames.take(), this.#onWritten(delivery))
  }

  drain(): void {
    this.#sweeps?.cancel()
    for (const delivery of this.#open) this.#giveBack(delivery, delivery.handed)
  }

  #begin(call: ReceiveCall, { asker, group, messages }: Batch): Delivery {
    const { clock } = this.#front
    const since = clock.monotonic()
    const handles = messages.map(({ handle }) => handle)
    const state = { written: 0, handed: 0, isOver: false, onTaken: undefined }
    const delivery: Delivery = { asker, group, handles, since, ...state }
    this.#open.add(delivery)
    this.#sweeps ??= clock.every(sweepMs, () => this.#sweep())
    call.onGone(() => this.#giveBack(delivery, delivery.written))
    return delivery
  }

  /** Resolves when they have gone, or nobody takes them any more. */
  #hand(call: ReceiveCall, delivery: Delivery, frames: Frames, upTo: number): Promise<void> {
    delivery.handed = upTo
    const onWritten = this.#onWritten(delivery)
    return new Promise((resolve) => {
      delivery.onTaken = resolve
      if (delivery.isOver) resolve()
      else call.write(frames.take(), onWritten)
    })
  }

  /** That all that was handed over until now has gone. */
  #onWritten(delivery: Delivery): () => void {
    const { handed } = delivery
    return () => {
      delivery.written = handed
      if (handed === delivery.handles.length) this.#done(delivery)
      delivery.onTaken?.()
    }
  }

  #done(delivery: Delivery): void {
    this.#open.delete(delivery)
    delivery.handles = []
  }

  #sweep(): void {
    const before = this.#front.clock.monotonic() - this.#front.config.readMsMax
    for (const delivery of this.#open) {
      if (delivery.since < before) this.#giveBack(delivery, delivery.handed)
    }
  }

  /** From the message at `first` on. */
  #giveBack(delivery: Delivery, first: number): void {
    if (!this.#open.has(delivery)) return
    const { asker, group, handles } = delivery
    this.#done(delivery)
    delivery.isOver = true
    delivery.onTaken?.()
    const items = handles.slice(first).map((handle) => ({ handle }))
    if (items.length === 0) return
    // The caller's own signal is aborted already.
    const call = { ...asker, signal: new AbortController().signal }
    this.#front.core.nack({ group, items }, call).catch((error: unknown) => {
      this.#front.log.warn('grpc-give-back-failed', { group, count: items.length, error })
    })
  }
}

/** For the messages from `first` on, as far as they are written together. */
function roomFor(messages: readonly Received[], first: number): number {
  let bytes = 0
  for (let index = first; index < messages.length && bytes < togetherBytesMax; index++) {
    bytes += envelopeBytes + (messages[index]?.body.length ?? 0)
  }
  return bytes
}
