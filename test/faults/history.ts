// Clients that remember everything: a producer for each queue, which waits for each answer, and
// in the end a reader of every queue. From both follows what was lost, doubled or moved.
//
// I1 nothing acknowledged is missing · I2 nothing is read that was refused or never sent · I3 a
// place keeps its value · I4 acknowledged offsets grow as they were acknowledged · I5 the end of a
// queue does not go back · I13 what fails does so as it should.

import { setTimeout as sleep } from 'node:timers/promises'
import { MqError } from '../../src/base/errors.ts'
import { Client } from '../../src/client/client.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { tcp } from '../../src/host/tcp.ts'
import { wrongRefusal } from './refusals.ts'

const group = 'faults'
const attemptMs = 1500
/** Between two sends of a producer. PAUSE_MS=20 lets several counts run side by side. */
const pauseMs = Number(process.env['PAUSE_MS'] ?? 2)

type Outcome = 'acknowledged' | 'refused' | 'unknown'

type Sent = {
  readonly body: string
  readonly queueId: number
  outcome: Outcome
  /** Where it was acknowledged to be. */
  offset: number
  /** ms of the monotonic clock. */
  readonly startedAt: number
  endedAt: number
}

/** A message and where it was acknowledged to be. */
export type Acknowledged = Pick<Sent, 'body' | 'queueId' | 'offset'>

export class History {
  readonly client: Client
  readonly topic = 'Faults'
  readonly broker: string
  readonly queues: number
  readonly #sent: Sent[] = []
  readonly problems: string[] = []
  #isStopped = false
  #running: Promise<void>[] = []

  constructor(nameServers: readonly string[], broker: string, queues = 4) {
    this.client = new Client({
      nameServers,
      network: tcp,
      clock: systemClock,
      random: systemRandom,
      timeoutMs: attemptMs,
    })
    this.broker = broker
    this.queues = queues
  }

  /** Makes the topic and begins to send. */
  async begin(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.client.createTopic({
          name: this.topic,
          readQueues: this.queues,
          writeQueues: this.queues,
          perm: 6,
          order: false,
          attributes: new Map(),
        })
        break
      } catch (error) {
        if (tries > 50) throw error
        await sleep(200)
      }
    }
    for (let queueId = 0; queueId < this.queues; queueId++) {
      this.#running.push(this.#produce(queueId))
    }
  }

  get acknowledged(): readonly Acknowledged[] {
    return this.#sent.filter(({ outcome }) => outcome === 'acknowledged')
  }

  /** The longest time from `from` on without any acknowledgement, ms. */
  outageMs(from: number, to = performance.now()): number {
    const times = this.#sent
      .filter(({ outcome, endedAt }) => outcome === 'acknowledged' && endedAt >= from)
      .map(({ endedAt }) => endedAt)
      .filter((at) => at <= to)
      .sort((a, b) => a - b)
    let longest = 0
    let last = from
    for (const at of [...times, to]) {
      longest = Math.max(longest, at - last)
      last = at
    }
    return longest
  }

  /** Resolves at the next acknowledgement of a send that began after now. */
  async nextAcknowledgement(withinMs: number): Promise<number> {
    const from = performance.now()
    for (;;) {
      const found = this.#sent.findLast(
        ({ outcome, startedAt }) => outcome === 'acknowledged' && startedAt >= from,
      )
      if (found) return found.endedAt - from
      if (performance.now() - from > withinMs) throw new Error('nothing is acknowledged any more')
      await sleep(20)
    }
  }

  async stopSending(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** Stops sending, reads everything and answers what is wrong. */
  async end(): Promise<readonly string[]> {
    await this.stopSending()
    for (let queueId = 0; queueId < this.queues; queueId++) await this.#check(queueId)
    await this.client.stop()
    return this.problems
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.client.stop()
  }

  async #produce(queueId: number): Promise<void> {
    let last = -1
    for (let number = 0; !this.#isStopped; number++) {
      const body = `${queueId}/${number}`
      const sent: Sent = {
        body,
        queueId,
        outcome: 'unknown',
        offset: -1,
        startedAt: performance.now(),
        endedAt: 0,
      }
      this.#sent.push(sent)
      try {
        const receipt = await this.client.send(
          { topic: this.topic, body: Buffer.from(body), properties: new Map() },
          { queue: { broker: this.broker, queueId }, retries: 0, timeoutMs: attemptMs },
        )
        if (receipt.status === 'SEND_OK') {
          sent.outcome = 'acknowledged'
          sent.offset = receipt.queueOffset
          if (sent.offset <= last) this.problems.push(`I4: ${body} at ${sent.offset} after ${last}`)
          last = sent.offset
        }
      } catch (error) {
        const isRefused = error instanceof MqError && error.detail['outcome'] === 'not-stored'
        if (isRefused) sent.outcome = 'refused'
        this.problems.push(...wrongRefusal('a send', error))
        await sleep(20)
      }
      sent.endedAt = performance.now()
      await sleep(pauseMs)
    }
  }

  async #check(queueId: number): Promise<void> {
    const found = await this.#readAll(queueId)
    const sent = new Map(
      this.#sent.filter((one) => one.queueId === queueId).map((one) => [one.body, one]),
    )
    const seen = new Map<string, number>()
    for (const [offset, body] of found) {
      const one = sent.get(body)
      if (!one) this.problems.push(`I2: ${body} at ${queueId}/${offset} was never sent`)
      if (one?.outcome === 'refused') this.problems.push(`I2: ${body} was refused and is there`)
      if (seen.has(body)) this.problems.push(`I3: ${body} is at ${seen.get(body)} and ${offset}`)
      seen.set(body, offset)
    }
    for (const one of sent.values()) {
      if (one.outcome !== 'acknowledged') continue
      if (found.get(one.offset) !== one.body) {
        this.problems.push(
          `I1: ${one.body} was acknowledged at ${one.offset}, where ${found.get(one.offset)} is`,
        )
      }
    }
  }

  async #readAll(queueId: number): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>()
    const queue = { topic: this.topic, broker: this.broker, queueId }
    let offset = 0
    for (let tries = 0; ; ) {
      try {
        const read = await this.client.pull({ queue, group, offset, max: 160, waitMs: 0 })
        for (const message of read.messages) {
          found.set(message.queueOffset, Buffer.from(message.body).toString())
        }
        if (read.maxOffset < offset) this.problems.push(`I5: ${queueId} ends at ${read.maxOffset}`)
        if (read.nextOffset <= offset) return found
        offset = read.nextOffset
      } catch (error) {
        tries += 1
        if (tries > 100) throw error
        await sleep(200)
      }
    }
  }
}
