// Readers that are at the end of a queue wait here. Per queue and node one pull is held at the
// broker, however many readers wait: a reader that comes and goes leaves nothing behind there.
// Nothing waits once its last reader has gone and the held pull has ended.

import { MqError } from '../../src/base/errors.ts'
import type { QueueAddress } from '../../src/client/topic-route.ts'
import type { CorePorts } from './ports.ts'

const holdMs = 15_000
const retryMs = 1000
/** A group that every broker has: pulls need one, and commit nothing. */
export const readerGroup = 'TOOLS_CONSUMER'

type Hold = { offset: number; readonly wakes: Set<() => void> }

export class TailWatch {
  readonly #ports: CorePorts
  readonly #holds = new Map<string, Hold>()
  readonly #stopped = new AbortController()

  constructor(ports: CorePorts) {
    this.#ports = ports
  }

  /**
   * Resolves when any of the queues may have a message at its offset, or after `waitMs`, or
   * when the signal is aborted.
   */
  async wait(
    ends: readonly { readonly queue: QueueAddress; readonly offset: number }[],
    waitMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted || this.isStopped) return
    const joined: Hold[] = []
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    const timer = this.#ports.clock.after(waitMs, wake)
    signal.addEventListener('abort', wake, { once: true })
    for (const { queue, offset } of ends) {
      const hold = this.#holdOf(queue, offset)
      // The held pull is for a later message: the one at `offset` is there already.
      if (hold.offset > offset) wake()
      hold.wakes.add(wake)
      joined.push(hold)
    }
    await woken
    timer.cancel()
    signal.removeEventListener('abort', wake)
    for (const { wakes } of joined) wakes.delete(wake)
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  /** Ends the held pulls and all waiting, now and later. */
  stop(): void {
    this.#stopped.abort()
  }

  #holdOf(queue: QueueAddress, offset: number): Hold {
    const key = `${queue.broker} ${queue.queueId} ${queue.topic}`
    let hold = this.#holds.get(key)
    if (!hold) {
      hold = { offset, wakes: new Set() }
      this.#holds.set(key, hold)
      void this.#keep(key, queue, hold)
    }
    return hold
  }

  /** Pulls until there is a message, or nobody waits for one any more. */
  async #keep(key: string, queue: QueueAddress, hold: Hold): Promise<void> {
    const { signal } = this.#stopped
    try {
      do {
        if (await this.#pull(queue, hold.offset, signal)) break
      } while (hold.wakes.size > 0 && !signal.aborted)
    } catch (error) {
      if (!signal.aborted) this.#ports.log.error('tail-watch-failed', { error: String(error) })
    } finally {
      this.#holds.delete(key)
      for (const wake of hold.wakes) wake()
    }
  }

  async #pull(queue: QueueAddress, offset: number, signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#ports
    try {
      const pulled = await client.pull({
        queue,
        group: readerGroup,
        offset,
        max: 1,
        waitMs: holdMs,
        signal,
      })
      return pulled.status !== 'NO_NEW_MSG'
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      // Readers find out for themselves what is wrong; here it must only not spin.
      await clock.sleep(retryMs, signal).catch(() => {})
      return true
    }
  }
}
