// A subscription as a member of a group: pops, and keeps count of what is in flight.

import { MqError } from '../../src/base/errors.ts'
import type { Call, Core, Extended } from '../core/core.ts'
import { timeText } from '../core/message-json.ts'
import type { ExtendFrame, GroupSub, NackFrame } from './frames.ts'
import { InFlight } from './in-flight.ts'
import type { Batch, Outlet, Source } from './subscription.ts'

/** What a source needs of its session. */
export type Caller = {
  readonly core: Core
  /** A call in the caller's name. Without a signal it outlives the socket. */
  call(signal?: AbortSignal): Call
}

const waitMs = 20_000
/** The next reader gets what a closed socket left after this, not in a tight loop. */
const releaseDelayMs = 1_000
const itemsMax = 256
const renewedMax = 20_000

export class GroupSource implements Source {
  readonly mode = 'group'
  /** Brokers alone know what a group has left. */
  readonly lag = undefined
  readonly #sub: GroupSub
  readonly #caller: Caller
  readonly #outlet: Outlet
  readonly #inFlight: InFlight
  readonly #renewal: { cancel(): void } | undefined
  /** The handle that took a handle's place, for a client that has not read it yet. */
  readonly #renewed = new Map<string, string>()

  /** `expired`: there is room again without a word of the client. */
  constructor(sub: GroupSub, caller: Caller, outlet: Outlet, expired: () => void) {
    this.#sub = sub
    this.#caller = caller
    this.#outlet = outlet
    this.#inFlight = new InFlight(outlet.clock, expired)
    this.#renewal = sub.autoExtend
      ? outlet.clock.every(sub.invisibleMs / 2, () => this.#renew().catch(outlet.report))
      : undefined
  }

  room(): number {
    return this.#sub.maxInFlight - this.#inFlight.count
  }

  async next(max: number, signal: AbortSignal): Promise<Batch> {
    const { group, topic, filter, invisibleMs } = this.#sub
    const input = { group, topic, filter, invisibleMs, max, waitMs }
    const { messages } = await this.#caller.core.receive(input, this.#caller.call(signal))
    return {
      messages,
      delivered: () => {
        for (const { handle, invisibleUntil } of messages) {
          this.#inFlight.add(handle, invisibleUntil)
        }
      },
      returned: () => this.#giveBack(messages.map(({ handle }) => handle)),
    }
  }

  close(): void {
    this.#renewal?.cancel()
    const { handles } = this.#inFlight
    this.#inFlight.clear()
    if (this.#sub.onClose === 'release') this.#giveBack(handles, releaseDelayMs)
  }

  async ack(given: readonly string[]): Promise<readonly (undefined | Error)[]> {
    const { group } = this.#sub
    const handles = given.map((handle) => this.#latest(handle))
    const results = await this.#caller.core.ack({ group, handles }, this.#caller.call())
    this.#settle(handles, results)
    return results
  }

  /** Gives messages up: each is stored among the group's dead letters, then acknowledged. */
  async deadLetter(given: readonly string[]): Promise<readonly (undefined | Error)[]> {
    const { group } = this.#sub
    const { core, call } = this.#caller
    const handles = given.map((handle) => this.#latest(handle))
    const results = await Promise.all(
      handles.map((handle) =>
        core.deadLetter({ group, handle }, call()).then(
          () => undefined,
          (error: unknown) => {
            if (error instanceof MqError) return error
            throw error
          },
        ),
      ),
    )
    this.#settle(handles, results)
    return results
  }

  async nack({ handles: given, delayMs }: NackFrame): Promise<readonly (undefined | Error)[]> {
    const { group } = this.#sub
    const handles = given.map((handle) => this.#latest(handle))
    const items = handles.map((handle) => ({ handle, delayMs }))
    const results = await this.#caller.core.nack({ group, items }, this.#caller.call())
    this.#settle(handles, results)
    return results
  }

  /** Each message that was extended goes on under a new handle. */
  async extend({ handles, invisibleMs }: ExtendFrame): Promise<readonly (Extended | Error)[]> {
    const { group } = this.#sub
    const items = handles.map((handle) => ({ handle, invisibleMs }))
    const results = await this.#caller.core.extend({ group, items }, this.#caller.call())
    for (const [index, result] of results.entries()) {
      const isExtended = !(result instanceof Error)
      if (isExtended || isOver(result)) this.#inFlight.remove(handles[index] ?? '')
      if (isExtended) this.#inFlight.add(result.handle, result.invisibleUntil)
    }
    return results
  }

  /** In halves of the invisible time, so that one that fails is tried again in time. */
  async #renew(): Promise<void> {
    const { invisibleMs, sid } = this.#sub
    const { handles } = this.#inFlight
    for (let from = 0; from < handles.length; from += itemsMax) {
      const part = handles.slice(from, from + itemsMax)
      const results = await this.extend({ op: 'extend', sid, handles: part, invisibleMs })
      for (const [index, result] of results.entries()) {
        if (result instanceof Error) continue
        const old = part[index] ?? ''
        if (this.#renewed.size >= renewedMax) this.#renewed.clear()
        this.#renewed.set(old, result.handle)
        const invisibleUntil = timeText(result.invisibleUntil)
        this.#outlet.say('handle', { sid, old, handle: result.handle, invisibleUntil })
      }
    }
  }

  #latest(handle: string): string {
    let latest = handle
    for (let next = this.#renewed.get(latest); next; next = this.#renewed.get(latest)) {
      this.#renewed.delete(latest)
      latest = next
    }
    return latest
  }

  #settle(handles: readonly string[], results: readonly (undefined | Error)[]): void {
    for (const [index, handle] of handles.entries()) {
      const result = results[index]
      if (result === undefined || isOver(result)) this.#inFlight.remove(handle)
    }
  }

  #giveBack(handles: readonly string[], delayMs?: number): void {
    const { group } = this.#sub
    for (let from = 0; from < handles.length; from += itemsMax) {
      const items = handles.slice(from, from + itemsMax).map((handle) => ({ handle, delayMs }))
      // Without it they come back when their time is over.
      this.#caller.core.nack({ group, items }, this.#caller.call()).catch(this.#outlet.report)
    }
  }
}

/** The handle is worth nothing any more, whatever became of the message. */
function isOver(error: Error): boolean {
  return (
    error instanceof MqError &&
    (error.failure === 'receipt-handle-expired' || error.failure === 'receipt-handle-superseded')
  )
}
