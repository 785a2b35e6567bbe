// Load of every kind beside plain sends: batches, delayed and timed messages, transactions, and a
// pop group that acknowledges a part. Each keeps what it was told; the checks are for afterwards.
//
//   I6   every acknowledged message is handed to the group
//   I11  a commit that was answered is visible exactly once; a rollback never is
//   I12  a delayed message comes, and not early

import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { MqClient, PoppedMessage } from '../../src/client/types.ts'
import { parseOffsetMessageId } from '../../src/message/id.ts'
import type { Message } from '../../src/message/message.ts'
import { provenBody, readAll, type Sent } from './recording.ts'

export const mixedTopics = { timed: 'kill-timed', transactions: 'kill-tx' }
const group = 'GID_kill'
const patienceMs = 180_000

/** The precision of the timer, by which Apache's is early as well. */
const precisionMs = 1000

type Place = { readonly client: MqClient; readonly broker: string }
type Load = { readonly topic: string; readonly queues: number; readonly from: number }

export class MixedLoad {
  readonly #place: Place
  /** Delayed messages that were acknowledged: body to the earliest time at which it may come. */
  readonly #due = new Map<string, number>()
  readonly #committed = new Set<string>()
  readonly #rolledBack = new Set<string>()
  readonly #handed = new Set<string>()
  #acknowledged = 0

  constructor(place: Place) {
    this.#place = place
  }

  /** Runs all kinds until aborted; answers what its batches were told. */
  async run(load: Load, stop: AbortSignal): Promise<Sent[]> {
    const until = async (one: (n: number) => Promise<void>) => {
      for (let n = load.from; !stop.aborted; n++) await one(n).catch(() => sleep(20))
    }
    const sent: Sent[] = []
    await Promise.all([
      until((n) => this.#sendBatch(load, n, sent)),
      until((n) => this.#sendTimed(n)),
      until((n) => this.#transact(n)),
      until((n) => this.#popSome(load.topic, n)),
    ])
    return sent
  }

  async #sendBatch({ topic, queues }: Load, n: number, sent: Sent[]): Promise<void> {
    const producer = 1000
    const queueId = n % queues
    const bodies = Array.from({ length: 5 }, (_, at) => provenBody(producer, n * 5 + at, n % 300))
    const messages = bodies.map((body) => ({
      topic,
      body: Buffer.from(body),
      properties: new Map([['TAGS', 'batch']]),
    }))
    const tell = (result: Sent['result'], offsetOf: (at: number) => number) => {
      bodies.forEach((body, at) => {
        sent.push({ body, producer, queueId, offset: offsetOf(at), result })
      })
    }
    const queue = { broker: this.#place.broker, queueId }
    try {
      const options = { queue, retries: 0, timeoutMs: 3000 }
      const receipts = await this.#place.client.sendBatch(messages, options)
      tell('acked', (at) => receipts[at]?.queueOffset ?? -1)
    } catch (error) {
      tell('unknown', () => -1)
      throw error
    }
  }

  async #sendTimed(n: number): Promise<void> {
    const body = provenBody(2000, n, n % 200)
    const isLevel = n % 2 === 0
    const properties = isLevel
      ? new Map([['DELAY', '1']])
      : new Map([['TIMER_DELAY_MS', String(1500 + (n % 7) * 100)]])
    const delayMs = isLevel ? 1000 : 1500 + (n % 7) * 100 - precisionMs
    const earliest = Date.now() + delayMs
    await this.#place.client.send(
      { topic: mixedTopics.timed, body: Buffer.from(body), properties },
      { queue: { broker: this.#place.broker, queueId: 0 }, retries: 0, timeoutMs: 3000 },
    )
    this.#due.set(body, earliest)
    await sleep(10)
  }

  async #transact(n: number): Promise<void> {
    const { client, broker } = this.#place
    const body = provenBody(3000, n, n % 200)
    const producerGroup = 'PID_kill'
    const properties = new Map([
      ['TRAN_MSG', 'true'],
      ['PGROUP', producerGroup],
    ])
    const resolution = n % 3 === 0 ? 'rollback' : 'commit'
    if (resolution === 'rollback') this.#rolledBack.add(body)
    const receipt = await client.send(
      { topic: mixedTopics.transactions, body: Buffer.from(body), properties },
      { producerGroup, queue: { broker, queueId: 0 }, retries: 0, timeoutMs: 3000 },
    )
    await client.endTransaction({
      broker,
      topic: mixedTopics.transactions,
      producerGroup,
      queueOffset: receipt.queueOffset,
      position: parseOffsetMessageId(receipt.offsetMessageId)?.position ?? -1,
      messageId: receipt.messageId,
      resolution,
    })
    if (resolution === 'commit') this.#committed.add(body)
    await sleep(10)
  }

  /** Acknowledges two of three; the others come again. */
  async #popSome(topic: string, n: number): Promise<void> {
    const found = await this.#pop(topic, 2000)
    await this.#ack(found.filter((_, at) => (n + at) % 3 !== 0))
  }

  async #pop(topic: string, invisibleMs: number): Promise<readonly PoppedMessage[]> {
    const { client, broker } = this.#place
    const asked = { topic, broker, queueId: -1, group, max: 32, waitMs: 500 }
    const { messages } = await client.pop({ ...asked, invisibleMs, initMode: 'min' })
    for (const { message } of messages) this.#handed.add(Buffer.from(message.body).toString())
    return messages
  }

  async #ack(popped: readonly PoppedMessage[]): Promise<void> {
    if (popped.length === 0) return
    const receipts = popped.map((one) => one.receipt)
    await this.#place.client.ackBatch(group, receipts)
    this.#acknowledged += receipts.length
  }

  /** `sent`: all that was sent to `topic`, batches and others. */
  async check(t: ExecutionContext, topic: string, sent: readonly Sent[]): Promise<void> {
    await this.#checkTimed(t)
    await this.#checkTransactions(t)
    await this.#checkHanded(t, topic, sent)
    const { size } = this.#committed
    t.log(
      `${this.#due.size} delayed, ${size} committed, ${this.#rolledBack.size} rolled back, ` +
        `${this.#handed.size} popped, ${this.#acknowledged} acknowledged by pop`,
    )
    t.true(this.#due.size > 0 && size > 0 && this.#acknowledged > 0, 'every kind did work')
  }

  async #checkTimed(t: ExecutionContext): Promise<void> {
    const deadline = Date.now() + patienceMs
    let missing: string[]
    let read: readonly Message[]
    do {
      await sleep(500)
      read = await this.#readAll(mixedTopics.timed)
      const come = new Set(read.map((one) => Buffer.from(one.body).toString()))
      missing = [...this.#due.keys()].filter((body) => !come.has(body))
    } while (missing.length > 0 && Date.now() < deadline)
    t.deepEqual(missing.slice(0, 3), [], `${missing.length} delayed messages never came (I12)`)
    const early = read.filter((one) => {
      const earliest = this.#due.get(Buffer.from(one.body).toString())
      return earliest !== undefined && one.storeTimestamp < earliest
    })
    t.is(early.length, 0, 'a delayed message came early (I12)')
  }

  async #checkTransactions(t: ExecutionContext): Promise<void> {
    const seen = new Map<string, number>()
    for (const { body } of await this.#readAll(mixedTopics.transactions)) {
      const text = Buffer.from(body).toString()
      seen.set(text, (seen.get(text) ?? 0) + 1)
    }
    const wrong = [...this.#committed].filter((body) => seen.get(body) !== 1)
    t.deepEqual(wrong.slice(0, 3), [], `${wrong.length} commits are not there once (I11)`)
    const visible = [...this.#rolledBack].filter((body) => seen.has(body))
    t.deepEqual(visible.slice(0, 3), [], `${visible.length} rollbacks are visible (I11)`)
  }

  async #checkHanded(t: ExecutionContext, topic: string, sent: readonly Sent[]): Promise<void> {
    const acked = sent.filter((one) => one.result === 'acked')
    const deadline = Date.now() + patienceMs
    const missing = () => acked.filter((one) => !this.#handed.has(one.body))
    let idle = 0
    while (idle < 20 && Date.now() < deadline) {
      const found = await this.#pop(topic, 30_000)
      await this.#ack(found)
      idle = found.length === 0 ? idle + 1 : 0
      if (idle > 3 && missing().length === 0) break
    }
    const never = missing()
    t.deepEqual(never.slice(0, 3), [], `${never.length} were never handed to the group (I6)`)
  }

  #readAll(topic: string): Promise<Message[]> {
    return readAll(this.#place.client, topic, this.#place.broker, 1)
  }
}
