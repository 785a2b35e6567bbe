// A cluster in memory behind the typed client: topics with queues on brokers that are all
// masters, groups that pop with invisible times, strict receipts. Time is the fake clock's.

import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { BrokerRoute, QueueAddress, TopicRoute } from '../../src/client/topic-route.ts'
import type {
  GroupMember,
  GroupSettings,
  MessageToSend,
  MqClient,
  NotificationRequest,
  PopReceipt,
  PopRequest,
  PopResult,
  PullRequest,
  PullResult,
  SendOptions,
  SendReceipt,
  SendStatus,
  TopicSettings,
  TransactionEnd,
  TransactionQuestion,
} from '../../src/client/types.ts'
import type { Message } from '../../src/message/message.ts'
import { FakeAccess } from './fake-access.ts'
import { anyGroup, matches, PopGroup } from './fake-pop-group.ts'

type Method = keyof MqClient
type Topic = {
  readonly settings: TopicSettings
  readonly queues: Map<string, Message[]>
  route: TopicRoute
}

export class FakeMqClient implements MqClient {
  readonly #clock: Clock
  readonly #brokers: readonly string[]
  readonly #topics = new Map<string, Topic>()
  readonly #groups = new Map<string, PopGroup>()
  readonly #offsets = new Map<string, number>()
  readonly #failures: { readonly method: Method; readonly error: Error }[] = []
  readonly #watches: { readonly method: Method; readonly resolve: () => void }[] = []
  readonly #wakes = new Set<() => void>()
  #turn = 0
  #position = 0
  /** Group settings by name; a group without an entry is `group-not-found`. */
  readonly groupTable = new Map<string, GroupSettings>()
  readonly calls: Method[] = []
  readonly recall = async (): Promise<void> => this.#enter('recall')
  readonly down = new Set<string>()
  /** Of every broker; as a stock one's. */
  dedupMs = 0
  /** What sends are answered. */
  sendStatus: SendStatus = 'SEND_OK'
  readonly ends: TransactionEnd[] = []
  /** Who is asked about the transactions of a producer group. */
  readonly watched = new Map<string, Set<(question: TransactionQuestion) => void>>()
  readonly members = new Map<string, GroupMember>()
  readonly deadLetters: { readonly group: string; readonly position: number }[] = []
  readonly access = new FakeAccess()
  /** Calls that are held at a broker now. */
  held = 0

  constructor(clock: Clock, brokers: readonly string[] = ['broker-a']) {
    this.#clock = clock
    this.#brokers = brokers
  }

  /** The next call of `method` fails with `error`. */
  failNext(method: Method, error: Error): void {
    this.#failures.push({ method, error })
  }

  addTopic(name: string, queues = 1, attributes: Readonly<Record<string, string>> = {}): void {
    this.#add({
      name,
      readQueues: queues,
      writeQueues: queues,
      perm: 6,
      order: false,
      attributes: new Map(Object.entries(attributes)),
    })
  }

  addGroup(name: string, settings: Partial<GroupSettings> = {}): void {
    this.groupTable.set(name, { ...anyGroup, name, ...settings })
  }

  /** What is stored, queue by queue. */
  stored(topic: string): readonly Message[] {
    return [...this.#topic(topic).queues.values()].flat()
  }

  /** Drops the oldest `count` messages of every queue, as retention does. */
  expire(topic: string, count: number): void {
    for (const queue of this.#topic(topic).queues.values()) {
      for (let i = 0; i < count; i++) delete queue[i]
    }
  }

  /** Forgets all messages of a topic, as a broker does that lost its disk. */
  truncate(topic: string): void {
    for (const queue of this.#topic(topic).queues.values()) queue.length = 0
  }

  async route(topic: string): Promise<TopicRoute> {
    this.#enter('route')
    return this.#topic(topic).route
  }

  async masters(): Promise<ReadonlyMap<string, BrokerRoute>> {
    this.#enter('masters')
    return new Map(this.#brokers.map((name) => [name, brokerRoute(name)]))
  }

  async send(message: MessageToSend, options: SendOptions = {}): Promise<SendReceipt> {
    this.#enter('send')
    return this.#append([message], options)[0] as SendReceipt
  }
  async sendBatch(messages: readonly MessageToSend[], options: SendOptions = {}) {
    this.#enter('sendBatch')
    return this.#append(messages, options)
  }

  async endTransaction(end: TransactionEnd): Promise<void> {
    this.#enter('endTransaction', end.broker)
    this.ends.push(end)
  }

  watchTransactions(group: string, ask: (question: TransactionQuestion) => void): () => void {
    this.calls.push('watchTransactions')
    const asks = this.watched.get(group) ?? new Set()
    this.watched.set(group, asks.add(ask))
    return () => {
      asks.delete(ask)
      if (asks.size === 0) this.watched.delete(group)
    }
  }

  joinGroup(member: GroupMember): () => void {
    this.calls.push('joinGroup')
    this.members.set(member.clientId, member)
    return () => this.members.delete(member.clientId)
  }

  async sendToDeadLetters(group: string, { broker, position }: PopReceipt): Promise<void> {
    this.#enter('sendToDeadLetters', broker)
    this.deadLetters.push({ group, position })
  }

  request = () => Promise.reject(new MqError('reply-timeout'))
  reply = () => Promise.reject(new MqError('not-implemented'))

  get inspection(): never {
    throw new MqError('not-implemented')
  }

  async dedupWindowMs(broker: string): Promise<number> {
    this.#enter('dedupWindowMs', broker)
    return this.dedupMs
  }

  async pull(request: PullRequest): Promise<PullResult> {
    this.#enter('pull', request.queue.broker)
    const until = this.#clock.monotonic() + request.waitMs
    for (;;) {
      const result = this.#pullNow(request)
      const leftMs = until - this.#clock.monotonic()
      if (result.status !== 'NO_NEW_MSG' || leftMs <= 0) return result
      await this.#wait(leftMs, request.signal)
    }
  }

  async pop(request: PopRequest): Promise<PopResult> {
    this.#enter('pop', request.broker)
    const { popTime, found } = this.#group(request).pop(request, this.#queuesOf(request))
    return {
      status: found.length > 0 ? 'FOUND' : 'NO_NEW_MSG',
      popTime,
      invisibleMs: request.invisibleMs,
      restCount: 0,
      messages: found,
    }
  }

  async notification(request: NotificationRequest): Promise<boolean> {
    this.#enter('notification', request.broker)
    const until = this.#clock.monotonic() + request.waitMs
    const group = this.#group(request)
    for (;;) {
      if (group.hasAny(request, this.#queuesOf(request))) return true
      const leftMs = until - this.#clock.monotonic()
      if (leftMs <= 0) return false
      await this.#wait(Math.min(leftMs, group.nextVisibleMs()), request.signal)
    }
  }

  async ack(group: string, receipt: PopReceipt): Promise<void> {
    this.#enter('ack', receipt.broker)
    this.#groups.get(`${group} ${topicOf(receipt, group)}`)?.ack(receipt)
    this.#wake()
  }

  /** As a broker: all that can be is acknowledged, and the first refusal is the answer. */
  async ackBatch(group: string, receipts: readonly PopReceipt[]): Promise<void> {
    for (const broker of new Set(receipts.map((one) => one.broker))) {
      this.#enter('ackBatch', broker)
    }
    const acked = await Promise.allSettled(receipts.map((receipt) => this.ack(group, receipt)))
    const refused = acked.find((one) => one.status === 'rejected')
    if (refused) throw refused.reason
  }

  async changeInvisible(group: string, receipt: PopReceipt, invisibleMs: number) {
    this.#enter('changeInvisible', receipt.broker)
    const popGroup = this.#groups.get(`${group} ${topicOf(receipt, group)}`)
    if (!popGroup) throw new MqError('no-message')
    const changed = popGroup.change(receipt, invisibleMs)
    this.#wake()
    return changed
  }

  async minOffset(queue: QueueAddress): Promise<number> {
    this.#enter('minOffset', queue.broker)
    return minOf(this.#queue(queue))
  }

  async maxOffset(queue: QueueAddress): Promise<number> {
    this.#enter('maxOffset', queue.broker)
    return this.#queue(queue).length
  }

  async offsetByTime(queue: QueueAddress, timestamp: number): Promise<number> {
    this.#enter('offsetByTime', queue.broker)
    const at = this.#queue(queue).findIndex((one) => one && one.storeTimestamp >= timestamp)
    return at < 0 ? this.#queue(queue).length : at
  }

  async consumerOffset(group: string, queue: QueueAddress): Promise<number | undefined> {
    this.#enter('consumerOffset')
    return this.#offsets.get(`${group} ${keyOf(queue)} ${queue.topic}`)
  }

  async updateConsumerOffset(group: string, queue: QueueAddress, offset: number): Promise<void> {
    this.#enter('updateConsumerOffset')
    this.#offsets.set(`${group} ${keyOf(queue)} ${queue.topic}`, offset)
  }

  async topics(): Promise<readonly string[]> {
    this.#enter('topics')
    return [...this.#topics.keys()]
  }

  async createTopic(settings: TopicSettings): Promise<void> {
    this.#enter('createTopic')
    this.#add(settings)
  }

  async topicSettings(topic: string): Promise<TopicSettings> {
    this.#enter('topicSettings')
    return this.#topic(topic).settings
  }

  async groupSettings(group: string): Promise<GroupSettings> {
    this.#enter('groupSettings')
    const settings = this.groupTable.get(group)
    if (!settings) throw new MqError('group-not-found', undefined, { group })
    return settings
  }

  /** Resolves with the next call of `method`. */
  untilCalled(method: Method): Promise<void> {
    return new Promise((resolve) => this.#watches.push({ method, resolve }))
  }

  #enter(method: Method, broker?: string): void {
    this.calls.push(method)
    for (const watch of this.#watches) if (watch.method === method) watch.resolve()
    const at = this.#failures.findIndex((one) => one.method === method)
    const [failure] = at < 0 ? [] : this.#failures.splice(at, 1)
    if (failure) throw failure.error
    if (broker !== undefined && this.down.has(broker)) {
      throw new MqError('broker-unavailable', undefined, { broker })
    }
  }

  #add(settings: TopicSettings): void {
    const queues = new Map<string, Message[]>()
    for (const broker of this.#brokers) {
      for (let id = 0; id < settings.readQueues; id++) queues.set(`${broker} ${id}`, [])
    }
    const { name: topic, readQueues, writeQueues, perm } = settings
    const ofBroker = (broker: string) => ({ broker, readQueues, writeQueues, perm })
    const route = {
      topic,
      brokers: this.#brokers.map(brokerRoute),
      queues: this.#brokers.map(ofBroker),
    }
    this.#topics.set(topic, { settings, queues, route })
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw new MqError('topic-not-found', undefined, { topic: name })
    return topic
  }

  #queue(address: QueueAddress): Message[] {
    const queue = this.#topic(address.topic).queues.get(keyOf(address))
    if (!queue) throw new MqError('invalid-argument', 'no such queue')
    return queue
  }

  #queuesOf({ topic, broker, queueId }: PopRequest | NotificationRequest) {
    return [...this.#topic(topic).queues].filter(([key]) =>
      queueId < 0 ? key.startsWith(`${broker} `) : key === `${broker} ${queueId}`,
    )
  }

  #group({ group, topic }: { readonly group: string; readonly topic: string }): PopGroup {
    const key = `${group} ${topic}`
    let found = this.#groups.get(key)
    if (!found) {
      found = new PopGroup(this.#clock)
      this.#groups.set(key, found)
    }
    return found
  }

  #append(messages: readonly MessageToSend[], { queue }: SendOptions): SendReceipt[] {
    const topic = this.#topic(messages[0]?.topic ?? '')
    const up = [...topic.queues.keys()].filter((key) => !this.down.has(key.split(' ')[0] ?? ''))
    const key = queue ? keyOf(queue) : up[this.#turn++ % up.length]
    const [broker = '', id] = key?.split(' ') ?? []
    const log = topic.queues.get(key ?? '')
    if (!log || this.down.has(broker)) {
      throw new MqError('broker-unavailable', undefined, { outcome: 'not-stored' })
    }
    const receipts = messages.map((message): SendReceipt => {
      const stored = this.#store(message, Number(id), log.length)
      log.push(stored)
      return {
        status: this.sendStatus,
        broker,
        queueId: stored.queueId,
        queueOffset: stored.queueOffset,
        messageId: stored.messageId,
        offsetMessageId: stored.offsetMessageId,
        transactionId: undefined,
        recallHandle: undefined,
        storedAt: stored.storeTimestamp,
      }
    })
    this.#wake()
    return receipts
  }

  #store(message: MessageToSend, queueId: number, queueOffset: number): Message {
    const position = this.#position
    this.#position += 200 + message.body.length
    return {
      topic: message.topic,
      queueId,
      queueOffset,
      position,
      size: 200 + message.body.length,
      flag: message.flag ?? 0,
      sysFlag: message.sysFlag ?? 0,
      bodyCrc: 0,
      bornTimestamp: message.bornTimestamp ?? this.#clock.now(),
      bornHost: '127.0.0.1:5000',
      storeTimestamp: this.#clock.now(),
      storeHost: '127.0.0.1:10911',
      reconsumeTimes: 0,
      preparedPosition: 0,
      body: Uint8Array.from(message.body),
      properties: new Map(message.properties),
      messageId: message.properties.get('UNIQ_KEY') ?? `offset-${position}`,
      offsetMessageId: `7F00000100002A9F${position.toString(16).padStart(16, '0')}`,
    }
  }

  #pullNow({ queue, offset, max, filter }: PullRequest): PullResult {
    const log = this.#queue(queue)
    const minOffset = minOf(log)
    const base = { minOffset, maxOffset: log.length, suggestedBrokerId: 0 }
    if (offset > log.length || offset < minOffset) {
      return { ...base, status: 'OFFSET_ILLEGAL', nextOffset: minOffset, messages: [] }
    }
    if (offset === log.length) {
      return { ...base, status: 'NO_NEW_MSG', nextOffset: offset, messages: [] }
    }
    const scanned = log.slice(offset, offset + max)
    const messages = scanned.filter((one) => matches(one, filter?.expression))
    const status = messages.length > 0 ? 'FOUND' : 'NO_MATCHED_MSG'
    return { ...base, status, nextOffset: offset + scanned.length, messages }
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    this.held += 1
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', abort)
        this.#wakes.delete(wake)
        this.held -= 1
      }
      const abort = (): void => {
        end()
        reject(new MqError('broker-timeout', 'the call was aborted'))
      }
      const wake = (): void => {
        end()
        resolve()
      }
      const timer = this.#clock.after(ms, wake)
      signal?.addEventListener('abort', abort, { once: true })
      this.#wakes.add(wake)
    })
  }

  #wake(): void {
    for (const wake of [...this.#wakes]) wake()
  }
}

const keyOf = ({ broker, queueId }: { broker: string; queueId: number }) => `${broker} ${queueId}`

const topicOf = ({ topic, retryFlag }: PopReceipt, group: string): string =>
  retryFlag === 0 ? topic : topic.slice(`%RETRY%${group}_`.length)

const minOf = (log: readonly Message[]): number => {
  const at = log.findIndex(() => true)
  const first = Object.keys(log)[0]
  return at < 0 || first === undefined ? log.length : Number(first)
}

const brokerRoute = (name: string): BrokerRoute => ({
  name,
  cluster: 'DefaultCluster',
  addresses: new Map([[0, `${name}:10911`]]),
})
