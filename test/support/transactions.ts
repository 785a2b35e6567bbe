// A broker's transactions over a store in memory, as one "process" after another, and a
// producer that is connected to it.

import type { BrokerConfig } from '../../src/broker/config.ts'
import { halfTopic } from '../../src/broker/names.ts'
import type { Message } from '../../src/message/message.ts'
import { printProperties } from '../../src/message/properties.ts'
import { decodeRecord } from '../../src/message/record.ts'
import type { ArrayStore } from './array-store.ts'
import { type Answer, ask, brokerParts, FakePeer } from './broker.ts'
import { settle } from './fake-clock.ts'

const commitFlag = 8
const rollbackFlag = 12

/** What a producer knows of a half, from its send or from a question. */
export type Prepared = { readonly offset: number; readonly position: number }

export type Question = Prepared & { readonly key: string; readonly message: Message }

export class TransactionBroker {
  readonly parts: ReturnType<typeof brokerParts>
  readonly producer = new FakePeer()

  constructor(config: Partial<BrokerConfig> = {}, from?: TransactionBroker) {
    const kept = from && { clock: from.parts.clock, store: from.parts.store }
    this.parts = brokerParts({ topics: { t: 2 }, config, ...kept })
    this.connect()
  }

  get store(): ArrayStore {
    return this.parts.store
  }

  static async start(config: Partial<BrokerConfig> = {}): Promise<TransactionBroker> {
    const broker = new TransactionBroker(config)
    await broker.parts.transactions.start()
    return broker
  }

  /** Another process over the same log; this one is gone, `offsets` are those it had saved. */
  async restart(offsets: ReadonlyMap<string, number>, config = {}): Promise<TransactionBroker> {
    await settle()
    this.parts.clock.clear()
    const next = new TransactionBroker(config, this)
    for (const [topic, offset] of offsets) {
      next.parts.offsets.commit('CID_RMQ_SYS_TRANS', { topic, queueId: 0 }, offset)
    }
    await next.parts.transactions.start()
    return next
  }

  savedOffsets(): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    for (const topic of [halfTopic, 'RMQ_SYS_TRANS_OP_HALF_TOPIC']) {
      const offset = this.parts.offsets.find('CID_RMQ_SYS_TRANS', { topic, queueId: 0 })
      if (offset !== undefined) found.set(topic, offset)
    }
    return found
  }

  connect(): void {
    const channel = { peer: this.producer, clientId: 'p', language: 'JAVA', version: 513 }
    this.parts.producers.register('pg', channel)
  }

  send(key: string, properties: readonly [string, string][] = [], queueId = 1): Prepared {
    const i = printProperties([
      ['UNIQ_KEY', key],
      ['TAGS', 'a'],
      ['TRAN_MSG', 'true'],
      ['PGROUP', 'pg'],
      ...properties,
    ])
    const g = this.parts.clock.now()
    const ext = { a: 'pg', b: 't', c: 'TBW102', d: 4, e: queueId, f: 4, g, h: 7, i }
    const { now } = ask(this.parts.ports, 310, ext, { body: Buffer.from(key) })
    if (now?.code !== 0) throw new Error(`the half was refused: ${now?.remark}`)
    const position = Number.parseInt(now.ext['msgId']?.slice(-16) ?? '', 16)
    return { offset: Number(now.ext['queueOffset']), position }
  }

  end(half: Prepared, commitOrRollback: number, given = {}): Promise<Answer> {
    const ext = {
      producerGroup: 'pg',
      tranStateTableOffset: half.offset,
      commitLogOffset: half.position,
      commitOrRollback,
      msgId: 'x',
      ...given,
    }
    return ask(this.parts.ports, 37, ext).answer
  }

  commit = (half: Prepared, given = {}): Promise<Answer> => this.end(half, commitFlag, given)
  rollback = (half: Prepared, given = {}): Promise<Answer> => this.end(half, rollbackFlag, given)

  /** Questions since the last call. */
  questions(): Question[] {
    return this.producer.notified.splice(0).map(({ code, header, body }) => {
      if (code !== 39 || !body) throw new Error('not a question')
      const asked = header as Record<string, string | number>
      return {
        key: String(asked['msgId']),
        offset: Number(asked['tranStateTableOffset']),
        position: Number(asked['commitLogOffset']),
        message: decodeRecord(body),
      }
    })
  }

  records(topic: string, queueId = 0): Message[] {
    return this.store.recordsOf({ topic, queueId }).map((record) => decodeRecord(record))
  }

  /** Bodies of what consumers of the topic see. */
  visible(): string[] {
    return [0, 1].flatMap((queueId) => this.records('t', queueId).map(bodyText))
  }

  async stop(): Promise<void> {
    await this.parts.transactions.stop()
    await settle()
  }
}

export const bodyText = ({ body }: Message): string => Buffer.from(body).toString()
