// Telemetry: a client says its Settings and gets them back merged, now and every few minutes.
// The stream may live anywhere or be missing: no other call needs it. What is wrong with a
// frame is said in a frame of status, and ends the stream. Source: ClientActivity.
//
// Not served: commands to clients (check-backs, stack traces, verification). What clients
// answer to such is dropped.

import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js'
import { MqError } from '../../src/base/errors.ts'
import { callerOf, count, refusal } from './calls.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { mergedSettings } from './settings.ts'
import { okStatus } from './status.ts'

const rpc = 'Telemetry'

type TelemetryStream = ServerDuplexStream<v2.TelemetryCommand, v2.TelemetryCommand.Fields>

/** The open streams, so that they can be counted and ended. */
export class Sessions {
  readonly #front: Front
  readonly #open = new Set<TelemetryStream>()

  constructor(front: Front) {
    this.#front = front
  }

  get size(): number {
    return this.#open.size
  }

  /** Ends all streams; clients open theirs again elsewhere. */
  drain(): void {
    for (const stream of this.#open) stream.end()
    this.#open.clear()
  }

  readonly serve = (stream: TelemetryStream): void => {
    // Some clients wait for the headers before they send anything.
    stream.sendMetadata(new Metadata())
    stream.on('error', (error) => this.#front.log.debug('grpc-telemetry-broke', { error }))
    if (this.#open.size >= this.#front.config.sessionCountMax) {
      this.#refuse(stream, new MqError('rate-limited', 'too many clients'))
      return
    }
    this.#open.add(stream)
    const close = () => this.#open.delete(stream)
    stream.on('cancelled', close)
    stream.on('close', close)
    stream.on('end', () => {
      close()
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
        if (this.#open.has(stream)) stream.write({ status: okStatus, settings })
        count(rpc, okStatus, this.#front)
      }
      stream.resume()
    } catch (error) {
      this.#refuse(stream, error)
    }
  }

  #refuse(stream: TelemetryStream, error: unknown): void {
    const status = refusal(rpc, error, this.#front)
    this.#open.delete(stream)
    if (stream.cancelled) return
    stream.write({ status })
    stream.end()
  }
}
