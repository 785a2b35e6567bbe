// What a slave copies beside the log, from its master over the remoting port: topics, groups,
// consumer offsets, delay offsets, request modes, and how far the timer has come.
//
// Topics are wanted at once, as messages of one that is not known here cannot be read when the
// master is gone: a request for the table is held by our master until it changes. Apache's
// answers at once, and is asked with the rest, every three seconds.
//
// Topics and groups are replaced when the master's version differs; offsets are merged (see
// OffsetTable.merge), and what consumers committed here while the master was gone is told to it.
// Each part that fails is tried again at the next look and keeps no other from its turn.
// Source: SlaveSynchronize.

import type { Clock, Timer } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import { getTimerCheckPoint } from '../../protocol/requests/admin.ts'
import { getAllSubscriptionGroupConfig } from '../../protocol/requests/groups.ts'
import { updateConsumerOffset } from '../../protocol/requests/offsets.ts'
import { getAllMessageRequestMode } from '../../protocol/requests/pull.ts'
import { getAllConsumerOffset, getAllDelayOffset } from '../../protocol/requests/replication.ts'
import { getAllTopicConfig } from '../../protocol/requests/topics.ts'
import type { RemotingClient } from '../../remoting/client.ts'
import { decodeTimerCheckpoint, type TimerCheckpoint } from '../../store/timer-checkpoint.ts'
import type { OwnOffset } from '../offsets.ts'
import type { DataVersion } from '../ports.ts'
import { versionText } from '../state-file.ts'

const periodMs = 3000
const timeoutMs = 3000
const holdMs = 2500
/** Between two tables of topics, so that a row of new ones does not send it for each. */
const pauseMs = 100

/** A table that can take over what its master has. */
type Adopter = { adopt(value: unknown): void }

export type SyncParts = {
  readonly caller: Pick<RemotingClient, 'call'>
  readonly clock: Clock
  readonly log: Log
  /** The master's address for requests; undefined when nobody is known. */
  readonly master: () => string | undefined
  readonly topics: Adopter & { readonly dataVersion: DataVersion }
  readonly groups: Adopter
  readonly modes: Adopter
  readonly delayOffsets: { adopt(value: unknown): Promise<void> }
  readonly offsets: {
    /** Takes the master's; answers what is further here by a consumer's own commit. */
    merge(value: unknown): readonly OwnOffset[]
    /** The master has been told. */
    told(offset: OwnOffset): void
  }
  readonly timer: { adopt(checkpoint: TimerCheckpoint, endPosition: number): Promise<void> }
}

export class MetadataSync {
  readonly #parts: SyncParts
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #isOn = false
  #watching: Promise<void> | undefined
  #stopping = new AbortController()
  #failing = new Set<string>()
  #told = ''

  constructor(parts: SyncParts) {
    this.#parts = parts
  }

  /** Whether everything was copied at the last look. */
  get isComplete(): boolean {
    return this.#isOn && this.#failing.size === 0
  }

  /** Also for another master. */
  start(): void {
    if (!this.#isOn) this.#stopping = new AbortController()
    this.#isOn = true
    this.#failing = new Set(['first'])
    this.#timer ??= this.#parts.clock.every(periodMs, () => this.look())
    this.look()
    this.#watching ??= this.#watchTopics(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#isOn = false
    // A master that is gone is not waited for.
    this.#stopping.abort(new MqError('draining'))
    this.#timer?.cancel()
    this.#timer = undefined
    await Promise.all([this.#running, this.#watching])
    this.#watching = undefined
  }

  /** Copies now, unless it is at it. */
  look(): void {
    const master = this.#parts.master()
    if (this.#running || !this.#isOn || master === undefined) return
    this.#running = this.#copyAll(master).finally(() => {
      this.#running = undefined
    })
  }

  /** Never rejects: what fails is told by the copying of everything. */
  async #watchTopics(signal: AbortSignal): Promise<void> {
    const { clock, topics, master } = this.#parts
    while (!signal.aborted) {
      const address = master()
      const rwKnown = versionText(topics.dataVersion)
      const askedMs = clock.monotonic()
      const isTold = address !== undefined && (await this.#adoptTopics(address, rwKnown, signal))
      const isNew = versionText(topics.dataVersion) !== rwKnown
      const isHeld = clock.monotonic() - askedMs >= holdMs / 2
      const restMs = isTold && (isNew || isHeld) ? pauseMs : periodMs
      await clock.sleep(restMs, signal).catch(() => {})
    }
  }

  async #adoptTopics(master: string, rwKnown: string, signal: AbortSignal): Promise<boolean> {
    const options = { timeoutMs: timeoutMs + holdMs, signal }
    const header = { rwKnown, rwHoldMs: holdMs }
    const { caller, topics } = this.#parts
    try {
      const { body } = await caller.call(master, getAllTopicConfig, header, options)
      if (!signal.aborted) topics.adopt(parseLooseJson(Buffer.from(body).toString('utf8')))
      return true
    } catch {
      return false
    }
  }

  async #copyAll(master: string): Promise<void> {
    const { topics, groups, modes, delayOffsets, timer, caller } = this.#parts
    this.#failing.delete('first')
    await this.#try('topics', async () => topics.adopt(await this.#json(master, getAllTopicConfig)))
    await this.#try('groups', async () =>
      groups.adopt(await this.#json(master, getAllSubscriptionGroupConfig)),
    )
    await this.#try('offsets', () => this.#offsets(master))
    await this.#try('delay-offsets', async () =>
      delayOffsets.adopt(await this.#json(master, getAllDelayOffset)),
    )
    await this.#try('request-modes', async () =>
      modes.adopt(await this.#json(master, getAllMessageRequestMode)),
    )
    await this.#try('timer', async () => {
      const { signal } = this.#stopping
      const asked = { timeoutMs, signal }
      const { header, body } = await caller.call(master, getTimerCheckPoint, {}, asked)
      const checkpoint = decodeTimerCheckpoint(body)
      if (checkpoint) await timer.adopt(checkpoint, header.rwEndPosition ?? 0)
    })
  }

  async #offsets(master: string): Promise<void> {
    const { offsets, caller } = this.#parts
    const { signal } = this.#stopping
    const own = offsets.merge(await this.#json(master, getAllConsumerOffset))
    for (const one of own) {
      const { group, topic, queueId, offset } = one
      const header = { consumerGroup: group, topic, queueId, commitOffset: offset, rwForward: true }
      await caller
        .call(master, updateConsumerOffset, header, { timeoutMs, signal })
        .catch((error: unknown) => {
          // A queue that the master does not have keeps no other offset from being told.
          if (!(error instanceof MqError && error.failure === 'invalid-argument')) throw error
        })
      offsets.told(one)
    }
  }

  async #json(master: string, spec: typeof getAllConsumerOffset): Promise<unknown> {
    const { signal } = this.#stopping
    const { body } = await this.#parts.caller.call(master, spec, {}, { timeoutMs, signal })
    return parseLooseJson(Buffer.from(body).toString('utf8'))
  }

  async #try(part: string, run: () => Promise<unknown>): Promise<void> {
    if (!this.#isOn) return
    try {
      await run()
      this.#failing.delete(part)
      if (this.#failing.size === 0) this.#told = ''
    } catch (error) {
      if (!this.#isOn) return
      const text = error instanceof Error ? error.message : String(error)
      // What keeps one part from being copied mostly keeps all of them.
      if (!this.#failing.has(part) && text !== this.#told) {
        this.#parts.log.warn('not-copied-from-master', { part, error })
      }
      this.#told = text
      this.#failing.add(part)
    }
  }
}
