// What a client is asked over its Telemetry stream, and what it answers: to consume a message on
// trial, to show its stacks. Source: GrpcChannelManager, GrpcClientChannel.
//
// Clients answer as they can: Go knows stacks and no trials, Node says that it knows no trials in
// the command's own form, Python does not answer at all.

import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Delivered, MemberAsks } from '../core/core.ts'
import { stackTraceFrame, verifyFrame } from './delivery-frame.ts'
import { v2 } from './gen/messaging.js'

/** Shorter than brokers wait, so that they hear what was the matter. */
const answerMsMax = 8000
const waitingMax = 16

type Wait = {
  resolve(answer: v2.TelemetryCommand): void
  reject(error: Error): void
  readonly timer: Timer
}

export class Commands implements MemberAsks {
  readonly #write: (frame: Buffer) => void
  readonly #clock: Clock
  readonly #waiting = new Map<string, Wait>()

  constructor(write: (frame: Buffer) => void, clock: Clock) {
    this.#write = write
    this.#clock = clock
  }

  async verify(message: Delivered): Promise<'consumed' | 'failed' | 'corrupted'> {
    const { status } = await this.#ask((nonce) => verifyFrame(nonce, message))
    switch (status?.code) {
      case v2.Code.OK:
        return 'consumed'
      case v2.Code.FAILED_TO_CONSUME_MESSAGE:
        return 'failed'
      case v2.Code.MESSAGE_CORRUPTED:
        return 'corrupted'
      default:
        throw notDone(status)
    }
  }

  async stackTrace(): Promise<string> {
    const { status, threadStackTrace } = await this.#ask(stackTraceFrame)
    const isDone = !status || status.code === v2.Code.OK
    if (!isDone || !threadStackTrace) throw notDone(status)
    return threadStackTrace.threadStackTrace ?? ''
  }

  /** An answer; of a question that was never asked it is passed over. */
  take(answer: v2.TelemetryCommand): void {
    const { verifyMessageResult, threadStackTrace, verifyMessageCommand } = answer
    const nonce = (verifyMessageResult ?? threadStackTrace ?? verifyMessageCommand)?.nonce ?? ''
    this.#waiting.get(nonce)?.resolve(answer)
  }

  /** The client has gone. */
  stop(): void {
    const gone = new MqError('request-timeout', 'the client has gone')
    for (const { reject } of this.#waiting.values()) reject(gone)
  }

  async #ask(frameOf: (nonce: string) => Buffer): Promise<v2.TelemetryCommand> {
    if (this.#waiting.size >= waitingMax) throw new MqError('rate-limited', 'too many questions')
    const nonce = randomUUID()
    try {
      return await new Promise<v2.TelemetryCommand>((resolve, reject) => {
        const timer = this.#clock.after(answerMsMax, () =>
          reject(new MqError('request-timeout', 'the client does not answer')),
        )
        this.#waiting.set(nonce, { resolve, reject, timer })
        this.#write(frameOf(nonce))
      })
    } finally {
      this.#waiting.get(nonce)?.timer.cancel()
      this.#waiting.delete(nonce)
    }
  }
}

const notDone = (status: v2.Status.Fields | null | undefined): MqError =>
  new MqError('not-implemented', `the client answers ${status?.code ?? 'without a status'}`)
