// Telemetry: a client says its Settings and gets them back merged, now and every few minutes.
// The stream may live anywhere or be missing: no other call needs it. What is wrong with a
// frame is said in a frame of status, and ends the stream. Source: ClientActivity.
//
// Not served: commands to clients (check-backs, stack traces, verification). What clients
// answer to such is dropped.

import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js'
import type { Timer } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import { callerOf, count, refusal } from './calls.ts'
import { textOf } from './credentials.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { mergedSettings } from './settings.ts'
import { okStatus } from './status.ts'

const rpc = 'Telemetry'

// The Node client opens its stream with the first of its routes, waits for Settings when it has
// the last one, for ever, and has forgotten those that came in between. So it gets them again.
// It is the one that calls its language so.
const forgetfulLanguage = 'HTTP'
const repeatsAfterMs = [100, 1000, 5000]

type TelemetryStream = ServerDuplexStream<v2.TelemetryCommand, v2.TelemetryCommand.Fields>

/** The open streams, so that they can be counted and ended. */
export class Sessions {
  readonly #front: Front
  /** With the repeats of Settings that are still to come. */
  readonly #open = new Map<TelemetryStream, Timer[]>()

  constructor(front: Front) {
    this.#front = front
  }

  get size(): number {
    return this.#open.size
  }

  /** Ends all streams; clients open theirs again elsewhere. */
  drain(): void {
    for (const stream of this.#open.keys()) {
      this.#close(stream)
      stream.end()
    }
  }

  readonly serve = (stream: TelemetryStream): void => {
    // Some clients wait for the headers before they send anything.
    stream.sendMetadata(new Metadata())
    stream.on('error', (error) => this.#front.log.debug('grpc-telemetry-broke', { error }))
    if (this.#open.size >= this.#front.config.sessionCountMax) {
      this.#refuse(stream, new MqError('rate-limited', 'too many clients'))
      return
    }
    this.#open.set(stream, [])
    stream.on('cancelled', () => this.#close(stream))
    stream.on('close', () => this.#close(stream))
    stream.on('end', () => {
      this.#close(stream)
      stream.end()
    })
    stream.on('data', (command: v2.TelemetryCommand) => void this.#onCommand(stream, command))
  }

  async #onCommand(stream: TelemetryStream, command: v2.TelemetryCommand): Promise<void> {
    // One at a time: answers keep the order, and a flood waits in the peer.
    stream.pause()
    try {
      const { call } = callerOf(stream.metadata, stream.getPeer(), this.#front)
      if (command.settings) {
        const { core, config } = this.#front
        const settings = await mergedSettings(command.settings, call, core, config)
        this.#tell(stream, settings)
        count(rpc, okStatus, this.#front)
      }
      stream.resume()
    } catch (error) {
      this.#refuse(stream, error)
    }
  }

  #tell(stream: TelemetryStream, settings: v2.Settings.Fields): void {
    const repeats = this.#open.get(stream)
    if (!repeats) return
    const frame = { status: okStatus, settings }
    stream.write(frame)
    if (textOf(stream.metadata, 'x-mq-language') !== forgetfulLanguage) return
    for (const repeat of repeats.splice(0)) repeat.cancel()
    for (const ms of repeatsAfterMs) {
      repeats.push(this.#front.clock.after(ms, () => stream.write(frame)))
    }
  }

  #close(stream: TelemetryStream): void {
    for (const repeat of this.#open.get(stream) ?? []) repeat.cancel()
    this.#open.delete(stream)
  }

  #refuse(stream: TelemetryStream, error: unknown): void {
    const status = refusal(rpc, error, this.#front)
    this.#close(stream)
    if (stream.cancelled) return
    stream.write({ status })
    stream.end()
  }
}
