// Sending: which queue, which broker next when that fails, and what is known of a message whose
// send failed.
//
// A send that failed may be tried again on another broker, also when the first one may have
// stored the message: with retries a message can arrive twice, as with Apache's clients.
//
// Not served: latency fault tolerance, transparent compression (the caller compresses and
// says so in `sysFlag`).
// Source: DefaultMQProducerImpl.sendDefaultImpl, TopicPublishInfo.

import type { Clock } from '../base/clock.ts'
import { type Failure, MqError, type SendOutcome } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { encodeBatch } from '../message/batch.ts'
import { sysFlags } from '../message/flags.ts'
import type { UniqueIds } from '../message/id.ts'
import { printProperties, propertyNames } from '../message/properties.ts'
import {
  recallMessage,
  sendBatchMessage,
  sendMessageV2,
  sendReplyMessageV2,
} from '../protocol/requests/send.ts'
import type { Answer } from '../remoting/client.ts'
import { type Brokers, isTransport, masterAddress, wasWritten } from './cluster.ts'
import type { Routes } from './routes.ts'
import type { TopicRoute } from './topic-route.ts'
import type { MessageToSend, SendOptions, SendReceipt, SendStatus } from './types.ts'

type Queue = { readonly broker: string; readonly queueId: number }
type SendAnswer = Answer<typeof sendMessageV2.reply>

/** One send, whatever the queue that it will go to. */
type Outgoing = {
  readonly topic: string
  readonly spec: typeof sendMessageV2
  readonly body: Uint8Array
  readonly properties: string
  readonly sysFlag: number
  readonly flag: number
  readonly bornTimestamp: number
  /** UNIQ_KEY of each message. */
  readonly ids: readonly string[]
}

const permWrite = 2

/** The topic whose brokers create others on first use. */
const defaultTopic = 'TBW102'
const defaultTopicQueues = 4
const defaultGroup = 'DEFAULT_PRODUCER'
const retriesDefault = 2

/** Source: DefaultMQProducer.sendMsgTimeout. All attempts share it. */
const sendTimeoutMs = 3000

const statuses: Readonly<Record<number, SendStatus>> = {
  0: 'SEND_OK',
  10: 'FLUSH_DISK_TIMEOUT',
  11: 'SLAVE_NOT_AVAILABLE',
  12: 'FLUSH_SLAVE_TIMEOUT',
}
const accepted = Object.keys(statuses).map(Number)

/** Another broker may take what this one refused. Source: DefaultMQProducer.retryResponseCodes. */
const retryableCodes: ReadonlySet<unknown> = new Set([1, 2, 14, 16, 17, 204, 205, 1500])

/** SYSTEM_ERROR may come from after the append; every other code is a refusal. */
const systemError = 1

/** Value of MSG_TYPE: the message goes by SEND_REPLY_MESSAGE_V2. Source: MixAll.REPLY_MESSAGE_FLAG. */
export const replyType = 'reply'

export type SenderPorts = {
  readonly routes: Pick<Routes, 'route' | 'doubt'>
  readonly brokers: Pick<Brokers, 'master' | 'notifyMaster'>
  readonly ids: Pick<UniqueIds, 'next'>
  readonly clock: Clock
  readonly random: Random
}

export class Sender {
  readonly #ports: SenderPorts
  /** By topic: the place in its list of queues. */
  readonly #turns = new Map<string, number>()
  readonly #queues = new WeakMap<TopicRoute, readonly Queue[]>()

  constructor(ports: SenderPorts) {
    this.#ports = ports
  }

  async send(message: MessageToSend, options: SendOptions = {}): Promise<SendReceipt> {
    const [receipt] = await this.#sendAll(this.#single(message), options)
    if (receipt) return receipt
    throw notStored('internal', 'no receipt was made')
  }

  async sendBatch(
    messages: readonly MessageToSend[],
    options: SendOptions = {},
  ): Promise<readonly SendReceipt[]> {
    return this.#sendAll(this.#batch(messages), options)
  }

  async recall(broker: string, topic: string, recallHandle: string): Promise<void> {
    const header = { producerGroup: defaultGroup, topic, recallHandle }
    await this.#ports.brokers.master(broker, recallMessage, header)
  }

  async #sendAll(outgoing: Outgoing, options: SendOptions): Promise<readonly SendReceipt[]> {
    const { clock, routes } = this.#ports
    const deadline = clock.monotonic() + (options.timeoutMs ?? sendTimeoutMs)
    // A queue that was asked for is the only one: another broker would break the order.
    const attempts = 1 + (options.retries ?? (options.queue ? 0 : retriesDefault))
    let outcome: SendOutcome = 'not-stored'
    for (let attempt = 1, avoided: string | undefined; ; attempt++) {
      const queue = options.queue ?? (await this.#chooseQueue(outgoing.topic, avoided, outcome))
      try {
        return await this.#attempt(outgoing, queue, options, deadline - clock.monotonic())
      } catch (error) {
        if (!(error instanceof MqError)) throw error
        if (isStoredPerhaps(error)) outcome = 'unknown'
        const isLast = attempt >= attempts || clock.monotonic() >= deadline
        if (isLast || !isRetryable(error)) throw withOutcome(error, outcome, queue.broker)
        routes.doubt(outgoing.topic)
        avoided = queue.broker
      }
    }
  }

  async #attempt(
    outgoing: Outgoing,
    queue: Queue,
    options: SendOptions,
    timeoutMs: number,
  ): Promise<readonly SendReceipt[]> {
    const { brokers } = this.#ports
    const { spec, body } = outgoing
    const header = headerOf(outgoing, queue, options)
    if (options.oneway) {
      await brokers.notifyMaster(queue.broker, spec, header, { body, timeoutMs })
      return outgoing.ids.map((id) => onewayReceipt(queue, id))
    }
    const answer = await brokers.master(queue.broker, spec, header, {
      body,
      timeoutMs,
      accept: accepted,
    })
    return receiptsOf(outgoing, queue, answer)
  }

  /** The next queue in turn, on another broker than `avoided` if there is one. */
  async #chooseQueue(
    topic: string,
    avoided: string | undefined,
    outcome: SendOutcome,
  ): Promise<Queue> {
    const queues = await this.#writableQueues(topic).catch((error: unknown) => {
      throw error instanceof MqError ? withOutcome(error, outcome, avoided) : error
    })
    const others = avoided === undefined ? [] : queues.filter(({ broker }) => broker !== avoided)
    const choice = others.length > 0 ? others : queues
    const queue = choice[this.#nextTurn(topic) % choice.length]
    if (queue) return queue
    const detail = { topic, outcome }
    throw new MqError('broker-unavailable', 'no broker takes messages of the topic', detail)
  }

  #nextTurn(topic: string): number {
    const turn = this.#turns.get(topic) ?? this.#ports.random.below(0x10000)
    if (this.#turns.size >= turnsMax) this.#turns.clear()
    this.#turns.set(topic, turn + 1)
    return turn
  }

  async #writableQueues(topic: string): Promise<readonly Queue[]> {
    const { routes } = this.#ports
    try {
      return this.#queuesOf(await routes.route(topic))
    } catch (error) {
      if (!(error instanceof MqError) || error.failure !== 'topic-not-found') throw error
      // Brokers that create topics on first use register the default topic. Without one the
      // topic's own error says more.
      const template = await routes.route(defaultTopic).catch(() => {
        throw error
      })
      return writableQueues(template, defaultTopicQueues)
    }
  }

  #queuesOf(route: TopicRoute): readonly Queue[] {
    const known = this.#queues.get(route)
    if (known) return known
    const queues = writableQueues(route)
    this.#queues.set(route, queues)
    return queues
  }

  #single(message: MessageToSend): Outgoing {
    const { properties, id } = this.#identified(message)
    return {
      topic: message.topic,
      spec:
        message.properties.get(propertyNames.messageType) === replyType
          ? sendReplyMessageV2
          : sendMessageV2,
      body: message.body,
      properties: printProperties(properties),
      sysFlag: sysFlagOf(message),
      flag: message.flag ?? 0,
      bornTimestamp: message.bornTimestamp ?? this.#ports.clock.now(),
      ids: [id],
    }
  }

  #batch(messages: readonly MessageToSend[]): Outgoing {
    const [first] = messages
    if (!first) throw notStored('invalid-argument', 'a batch without messages')
    const sysFlag = sysFlagOf(first)
    if (messages.some((one) => one.topic !== first.topic || sysFlagOf(one) !== sysFlag)) {
      throw notStored('invalid-argument', 'a batch has one topic and one system flag')
    }
    const identified = messages.map((message) => this.#identified(message))
    const entries = messages.map((message, at) => ({
      flag: message.flag ?? 0,
      body: message.body,
      properties: printProperties(identified[at]?.properties ?? []),
    }))
    const now = this.#ports.clock.now()
    return {
      topic: first.topic,
      spec: sendBatchMessage,
      body: encodeBatch(entries),
      properties: printProperties([[propertyNames.uniqueKey, this.#ports.ids.next(now)]]),
      sysFlag,
      flag: 0,
      bornTimestamp: first.bornTimestamp ?? now,
      ids: identified.map(({ id }) => id),
    }
  }

  #identified({ properties }: MessageToSend) {
    const known = properties.get(propertyNames.uniqueKey)
    if (known) return { properties, id: known }
    const id = this.#ports.ids.next(this.#ports.clock.now())
    return { properties: new Map(properties).set(propertyNames.uniqueKey, id), id }
  }
}

/** Topics whose turn is remembered. With more of them each starts anywhere again. */
const turnsMax = 10_000

function headerOf(outgoing: Outgoing, { broker, queueId }: Queue, options: SendOptions) {
  return {
    producerGroup: options.producerGroup ?? defaultGroup,
    topic: outgoing.topic,
    defaultTopic,
    defaultTopicQueueNums: defaultTopicQueues,
    queueId,
    sysFlag: outgoing.sysFlag,
    bornTimestamp: outgoing.bornTimestamp,
    flag: outgoing.flag,
    properties: outgoing.properties,
    reconsumeTimes: 0,
    unitMode: false,
    batch: outgoing.spec === sendBatchMessage,
    bname: broker,
  }
}

function receiptsOf(
  { ids }: Outgoing,
  { broker }: Queue,
  { code, header }: SendAnswer,
): readonly SendReceipt[] {
  const offsetIds = header.msgId.split(',')
  return ids.map((messageId, at) => ({
    status: statuses[code] ?? 'SEND_OK',
    broker,
    queueId: header.queueId,
    queueOffset: header.queueOffset + at,
    messageId,
    // A batch that is kept whole is one record.
    offsetMessageId: offsetIds[header.batchUniqId === undefined ? at : 0] ?? '',
    transactionId: header.transactionId,
    recallHandle: header.recallHandle,
    storedAt: header.rwStoreTime,
    ...(header.rwReplayed && { replayed: true }),
  }))
}

/** Nobody says where a one-way message went. */
const onewayReceipt = ({ broker, queueId }: Queue, messageId: string): SendReceipt => ({
  status: 'SEND_OK',
  broker,
  queueId,
  queueOffset: -1,
  messageId,
  offsetMessageId: '',
  transactionId: undefined,
  recallHandle: undefined,
  storedAt: undefined,
})

/** The writable queues of brokers that have a master, no more than `max` of each. */
function writableQueues({ brokers, queues }: TopicRoute, max = Number.MAX_SAFE_INTEGER): Queue[] {
  const withMaster = new Set(
    brokers.filter((broker) => masterAddress(broker) !== undefined).map(({ name }) => name),
  )
  return queues
    .filter(({ broker, perm }) => (perm & permWrite) !== 0 && withMaster.has(broker))
    .flatMap(({ broker, writeQueues }) =>
      Array.from({ length: Math.min(writeQueues, max) }, (_, queueId) => ({ broker, queueId })),
    )
}

const sysFlagOf = ({ sysFlag = 0, properties }: MessageToSend): number =>
  properties.get(propertyNames.transactionPrepared) === 'true'
    ? sysFlag | sysFlags.transactionPrepared
    : sysFlag

const isStoredPerhaps = (error: MqError): boolean =>
  isTransport(error) ? wasWritten(error) : error.detail['code'] === systemError

function isRetryable(error: MqError): boolean {
  if (error.detail['code'] !== undefined) return retryableCodes.has(error.detail['code'])
  return transportFailures.has(error.failure)
}

const transportFailures: ReadonlySet<Failure> = new Set<Failure>([
  'broker-timeout',
  'broker-unavailable',
  'broker-busy',
  'broker-not-found',
])

const notStored = (failure: Failure, message: string, detail = {}): MqError =>
  new MqError(failure, message, { ...detail, outcome: 'not-stored' })

function withOutcome(error: MqError, outcome: SendOutcome, broker: string | undefined): MqError {
  const detail = { ...error.detail, ...(broker !== undefined && { broker }), outcome }
  return new MqError(error.failure, error.message, detail, { cause: error })
}
