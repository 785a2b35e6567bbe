// Telemetry: a client says its Settings and gets them back merged, now and every few minutes.
// The stream may live anywhere or be missing: no other call needs it. What is wrong with a
// frame is said in a frame of status, and ends the stream. Source: ClientActivity.
//
// The other way go questions about transactions, to producers of the topic, and those of
// administrators, to one consumer: see commands.ts.

import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js'
import type { Timer } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Call } from '../core/core.ts'
import { Expiry } from '../identity/expiry.ts'
import { type Caller, callerOf, count, refusal } from './calls.ts'
import { Commands } from './commands.ts'
import { filterOf, groupName, topicName } from './convert.ts'
import { textOf } from './credentials.ts'
import { checkFrame } from './delivery-frame.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { mergedSettings } from './settings.ts'
import { okStatus } from './status.ts'

const rpc = 'Telemetry'

// The Node client opens its stream with the first of its routes, waits for Settings when it has
// the last one, for ever, and has forgotten those that came in between. So it gets them again.
// It is the one that calls its language so.
const forgetfulLanguage = 'HTTP'
const repeatsAfterMs = [100, 1000, 5000]

/** A producer of more topics is asked about the first of them. */
const watchedTopicsMax = 256
/** A client that does not read is not asked; the broker asks again, perhaps somebody else. */
const unreadBytesMax = 1024 * 1024

type TelemetryStream = ServerDuplexStream<v2.TelemetryCommand, v2.TelemetryCommand.Fields | Buffer>

type Session = {
  /** Of Settings, still to come. */
  readonly repeats: Timer[]
  /** The ends of watching for questions, by topic. */
  readonly watches: Map<string, () => void>
  readonly commands: Commands
  /** Of its credential. */
  readonly expiry: Expiry
  /** Of a consumer: what it said of its group, and how it leaves it. */
  membership: { readonly said: string; leave(): void } | undefined
}

/** The open streams, so that they can be counted and ended. */
export class Sessions {
  readonly #front: Front
  readonly #open = new Map<TelemetryStream, Session>()

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
    const commands = new Commands((frame) => stream.write(frame), this.#front.clock)
    const expiry = new Expiry(this.#front.clock, {
      soon: () => {},
      over: () => this.#refuse(stream, new MqError('token-expired')),
    })
    const session = { repeats: [], watches: new Map(), commands, expiry, membership: undefined }
    this.#open.set(stream, session)
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
      const caller = await callerOf(stream, this.#front)
      const session = this.#open.get(stream)
      session?.expiry.set(caller.call.identity.expiresAt)
      if (command.settings) {
        const { core, config } = this.#front
        const settings = await mergedSettings(command.settings, caller.call, core, config)
        this.#tell(stream, settings)
        count(rpc, okStatus, this.#front)
        await this.#watch(stream, settings.publishing?.topics ?? [], caller.call)
        this.#join(stream, settings, caller)
      } else session?.commands.take(command)
      stream.resume()
    } catch (error) {
      this.#refuse(stream, error)
    }
  }

  #tell(stream: TelemetryStream, settings: v2.Settings.Fields): void {
    const session = this.#open.get(stream)
    if (!session) return
    const frame = { status: okStatus, settings }
    stream.write(frame)
    if (textOf(stream.metadata, 'x-mq-language') !== forgetfulLanguage) return
    const { repeats } = session
    for (const repeat of repeats.splice(0)) repeat.cancel()
    for (const ms of repeatsAfterMs) {
      repeats.push(this.#front.clock.after(ms, () => stream.write(frame)))
    }
  }

  /** The client is asked about transactions of these topics from now on, and of no others. */
  async #watch(
    stream: TelemetryStream,
    topics: readonly v2.Resource.Fields[],
    call: Call,
  ): Promise<void> {
    const { core } = this.#front
    const names = new Set(topics.slice(0, watchedTopicsMax).map(({ name }) => name ?? ''))
    const watches = this.#open.get(stream)?.watches ?? new Map<string, () => void>()
    for (const [name, end] of watches) {
      if (names.has(name)) continue
      end()
      watches.delete(name)
    }
    for (const name of names) {
      if (watches.has(name)) continue
      const type = (await core.topic(name, call).catch(() => undefined))?.type
      // The stream may have ended meanwhile.
      if ((type !== 'transaction' && type !== 'mixed') || !this.#open.has(stream)) continue
      watches.set(
        name,
        core.watchTransactions(name, call, (check) => {
          if (stream.writableLength <= unreadBytesMax) stream.write(checkFrame(check))
        }),
      )
    }
  }

  /** A consumer is a member of its group while its stream is open. */
  #join(stream: TelemetryStream, settings: v2.Settings.Fields, caller: Caller): void {
    const session = this.#open.get(stream)
    const { subscription, clientType } = settings
    const said = JSON.stringify(subscription?.subscriptions ?? [])
    if (!session || !subscription || session.membership?.said === said) return
    session.membership?.leave()
    const member = {
      group: groupName(subscription.group),
      clientId: caller.clientId,
      version: caller.clientVersion,
      isPush: clientType === v2.ClientType.PUSH_CONSUMER,
      subscriptions: (subscription.subscriptions ?? []).map(({ topic, expression }) => ({
        topic: topicName(topic),
        filter: filterOf(expression),
      })),
    }
    try {
      const leave = this.#front.core.joinGroup(member, caller.call, session.commands)
      session.membership = { said, leave }
    } catch (error) {
      // It is served or refused call by call, as before.
      if (!(error instanceof MqError)) throw error
      this.#front.log.debug('grpc-not-a-member', { group: member.group, reason: error.message })
    }
  }

  #close(stream: TelemetryStream): void {
    const session = this.#open.get(stream)
    if (!session) return
    session.commands.stop()
    session.expiry.stop()
    session.membership?.leave()
    for (const repeat of session.repeats) repeat.cancel()
    for (const end of session.watches.values()) end()
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
