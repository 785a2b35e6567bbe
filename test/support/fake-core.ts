// The gateway's core in memory: one queue per topic, groups with receipts that expire, readers
// with cursors. Enough for a front to be driven without a broker.

import type {
  AckInput,
  Call,
  Core,
  DeadLetterInput,
  Delivered,
  EndTransactionInput,
  Extended,
  ExtendInput,
  GroupQueueInput,
  GroupView,
  MemberAsks,
  MemberInput,
  NackInput,
  PullInput,
  PullOutput,
  QueueInput,
  QueuePoint,
  ReadFrom,
  ReadInput,
  ReadOutput,
  RecallInput,
  Received,
  ReceiveInput,
  ReceiveOutput,
  ReplyInput,
  SendInput,
  SendOutput,
  SendResult,
  TopicInput,
  TopicView,
  TransactionCheck,
} from '../../gateway/core/core.ts'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'

type Group = {
  next: number
  readonly back: { offset: number; attempt: number; at: number }[]
  readonly held: Map<string, { offset: number; attempt: number; until: number }>
}

type Method = Exclude<keyof Core, 'ready'>

/** A message with everything at its plainest; tests name what matters. */
export function delivered(given: Partial<Delivered> = {}): Delivered {
  return {
    messageId: 'id-0',
    topic: 'orders',
    tag: undefined,
    keys: [],
    properties: new Map(),
    contentType: 'text/plain',
    body: new Uint8Array(),
    bodyEncoding: undefined,
    bodyCrc: 0,
    type: 'normal',
    bornAt: 0,
    bornHost: '127.0.0.1:1',
    storedAt: 0,
    storeHost: '127.0.0.1:10911',
    broker: 'broker-a',
    queueId: 0,
    queueOffset: 0,
    orderingKey: undefined,
    deliverAt: undefined,
    traceparent: undefined,
    traceContext: undefined,
    ...given,
  }
}

export class FakeCore implements Core {
  readonly #clock: Clock
  readonly #topics = new Map<string, Delivered[]>()
  readonly #groups = new Map<string, Group>()
  readonly #offsets = new Map<string, number>()
  readonly #failures: { method: Method; error: Error }[] = []
  #handles = 0
  #waiters = new Set<() => void>()
  /** Every call in order, with the caller it was made for. */
  readonly calls: { method: Method; input: unknown; call: Call }[] = []
  /** Who is asked about the transactions of a topic. */
  readonly watched = new Map<string, Set<(check: TransactionCheck) => void>>()
  readonly members = new Map<string, { input: MemberInput; asks: MemberAsks }>()
  isReady = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The next call of `method` fails with `error`. */
  failNext(method: Method, error: Error): void {
    this.#failures.push({ method, error })
  }

  /** The inputs that `method` was called with. */
  inputs(method: Method): unknown[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.input)
  }

  /** How many messages a group has received and not acknowledged. */
  heldBy(group: string, topic: string): number {
    return this.#group(group, topic).held.size
  }

  /** Stores without a call, as another client's send would. */
  store(topic: string, ...bodies: readonly (string | Uint8Array)[]): void {
    for (const body of bodies) this.#append({ topic, body: Buffer.from(body) })
    this.#wake()
  }

  async send(input: SendInput, call: Call): Promise<SendOutput> {
    this.#enter('send', input, call)
    const message = this.#append(input)
    this.#wake()
    return {
      messageId: message.messageId,
      topic: message.topic,
      broker: message.broker,
      queueId: message.queueId,
      queueOffset: message.queueOffset,
      storedAt: message.storedAt,
      durability: 'local',
      replayed: false,
    }
  }

  async sendBatch(inputs: readonly SendInput[], call: Call): Promise<readonly SendResult[]> {
    return Promise.all(
      inputs.map((input) => this.send(input, call).catch((error: unknown) => error as Error)),
    )
  }

  async request(input: SendInput, _timeoutMs: number, call: Call): Promise<Delivered> {
    this.#enter('request', input, call)
    throw new MqError('reply-timeout')
  }

  async reply(input: ReplyInput, call: Call): Promise<void> {
    this.#enter('reply', input, call)
  }

  async recall(input: RecallInput, call: Call): Promise<{ messageId: string }> {
    this.#enter('recall', input, call)
    return { messageId: input.handle }
  }

  async receive(input: ReceiveInput, call: Call): Promise<ReceiveOutput> {
    this.#enter('receive', input, call)
    const since = this.#clock.monotonic()
    const group = this.#group(input.group, input.topic)
    for (;;) {
      const messages = this.#take(group, input)
      const waitedMs = this.#clock.monotonic() - since
      if (messages.length > 0 || waitedMs >= input.waitMs) return { messages, waitedMs }
      await this.#wait(this.#waitMs(group, input.waitMs - waitedMs), call.signal)
    }
  }

  async ack(input: AckInput, call: Call): Promise<readonly (undefined | Error)[]> {
    this.#enter('ack', input, call)
    return input.handles.map((handle) => {
      const found = this.#held(input.group, handle)
      if (!found) return new MqError('receipt-handle-expired')
      found.group.held.delete(handle)
      return undefined
    })
  }

  async nack(input: NackInput, call: Call): Promise<readonly (undefined | Error)[]> {
    this.#enter('nack', input, call)
    const results = input.items.map(({ handle, delayMs = 0 }) => {
      const found = this.#held(input.group, handle)
      if (!found) return new MqError('receipt-handle-expired')
      found.group.held.delete(handle)
      found.group.back.push({ ...found, at: this.#clock.monotonic() + delayMs })
      return undefined
    })
    this.#wake()
    return results
  }

  async extend(input: ExtendInput, call: Call): Promise<readonly (Extended | Error)[]> {
    this.#enter('extend', input, call)
    return input.items.map(({ handle, invisibleMs }) => {
      const found = this.#held(input.group, handle)
      if (!found) return new MqError('receipt-handle-expired')
      found.group.held.delete(handle)
      const next = `mqh1.${++this.#handles}`
      const until = this.#clock.monotonic() + invisibleMs
      found.group.held.set(next, { offset: found.offset, attempt: found.attempt, until })
      return { handle: next, invisibleUntil: this.#clock.now() + invisibleMs }
    })
  }

  async read(input: ReadInput, call: Call): Promise<ReadOutput> {
    this.#enter('read', input, call)
    const since = this.#clock.monotonic()
    const log = this.#log(input.topic)
    const from = positionOf(input.from, log)
    for (;;) {
      const messages = log
        .slice(from, from + input.max)
        .filter((message) => matches(message, input.filter?.expression))
        .map((message) => ({ ...message, cursor: `mqc1.${message.queueOffset + 1}` }))
      const end = Math.min(from + input.max, log.length)
      const waitedMs = this.#clock.monotonic() - since
      if (end > from || waitedMs >= input.waitMs) {
        return {
          messages,
          cursor: `mqc1.${end}`,
          caughtUp: end === log.length,
          lag: log.length - end,
          waitedMs,
        }
      }
      await this.#wait(input.waitMs - waitedMs, call.signal)
    }
  }

  async endTransaction(input: EndTransactionInput, call: Call): Promise<void> {
    this.#enter('endTransaction', input, call)
  }

  watchTransactions(topic: string, call: Call, ask: (check: TransactionCheck) => void) {
    this.#enter('watchTransactions', topic, call)
    const asks = this.watched.get(topic) ?? new Set()
    this.watched.set(topic, asks.add(ask))
    return () => {
      asks.delete(ask)
      if (asks.size === 0) this.watched.delete(topic)
    }
  }

  joinGroup(input: MemberInput, call: Call, asks: MemberAsks): () => void {
    this.#enter('joinGroup', input, call)
    this.members.set(input.clientId, { input, asks })
    return () => this.members.delete(input.clientId)
  }

  async deadLetter(input: DeadLetterInput, call: Call): Promise<void> {
    this.#enter('deadLetter', input, call)
    const [failed] = await this.ack({ group: input.group, handles: [input.handle] }, call)
    if (failed) throw failed
  }

  async pull(input: PullInput, call: Call): Promise<PullOutput> {
    this.#enter('pull', input, call)
    const log = this.#log(input.topic)
    const messages = log.slice(input.offset, input.offset + input.max)
    const nextOffset = input.offset + messages.length
    return { messages, nextOffset, isOutside: input.offset > log.length }
  }

  async queueOffset(input: QueueInput & { at: QueuePoint }, call: Call): Promise<number> {
    this.#enter('queueOffset', input, call)
    return input.at === 'earliest' ? 0 : this.#log(input.topic).length
  }

  async groupOffset(input: GroupQueueInput, call: Call): Promise<number> {
    this.#enter('groupOffset', input, call)
    const offset = this.#offsets.get(`${input.group} ${input.topic}`)
    if (offset === undefined) throw new MqError('offset-not-found')
    return offset
  }

  async setGroupOffset(input: GroupQueueInput & { offset: number }, call: Call): Promise<void> {
    this.#enter('setGroupOffset', input, call)
    this.#offsets.set(`${input.group} ${input.topic}`, input.offset)
  }

  async listTopics(call: Call): Promise<readonly string[]> {
    this.#enter('listTopics', undefined, call)
    return [...this.#topics.keys()].sort()
  }

  async createTopic(input: TopicInput, call: Call): Promise<TopicView> {
    this.#enter('createTopic', input, call)
    this.#log(input.name)
    return this.topic(input.name, call)
  }

  async topic(name: string, call: Call): Promise<TopicView> {
    this.#enter('topic', name, call)
    if (!this.#topics.has(name)) throw new MqError('topic-not-found')
    const queue = { broker: 'broker-a', queueId: 0, readable: true, writable: true }
    return { name, type: 'normal', queues: [queue] }
  }

  async group(name: string, call: Call): Promise<GroupView> {
    this.#enter('group', name, call)
    const retry = { type: 'customized' as const, delaysMs: [10_000, 30_000] }
    return { name, fifo: false, maxAttempts: 16, consumeTimeoutMs: 900_000, retry }
  }

  async ready(): Promise<boolean> {
    return this.isReady
  }

  #enter(method: Method, input: unknown, call: Call): void {
    this.calls.push({ method, input, call })
    const at = this.#failures.findIndex((one) => one.method === method)
    const [failure] = at < 0 ? [] : this.#failures.splice(at, 1)
    if (failure) throw failure.error
  }

  #log(topic: string): Delivered[] {
    const log = this.#topics.get(topic) ?? []
    this.#topics.set(topic, log)
    return log
  }

  #append(input: SendInput): Delivered {
    const log = this.#log(input.topic)
    const now = this.#clock.now()
    const message = delivered({
      topic: input.topic,
      body: input.body,
      contentType: input.contentType,
      tag: input.tag,
      keys: input.keys ?? [],
      properties: input.properties ?? new Map(),
      orderingKey: input.orderingKey,
      messageId: input.messageId ?? `id-${log.length}`,
      queueOffset: log.length,
      bornAt: now,
      storedAt: now,
    })
    log.push(message)
    return message
  }

  #group(name: string, topic: string): Group {
    const key = `${name} ${topic}`
    const group = this.#groups.get(key) ?? { next: 0, back: [], held: new Map() }
    this.#groups.set(key, group)
    return group
  }

  #held(name: string, handle: string) {
    for (const [key, group] of this.#groups) {
      if (!key.startsWith(`${name} `)) continue
      const held = group.held.get(handle)
      if (held && held.until > this.#clock.monotonic()) return { group, ...held }
    }
    return undefined
  }

  #take(group: Group, { topic, max, invisibleMs, filter }: ReceiveInput): Received[] {
    const now = this.#clock.monotonic()
    for (const [handle, { offset, attempt, until }] of group.held) {
      if (until > now) continue
      group.held.delete(handle)
      group.back.push({ offset, attempt, at: until })
    }
    const log = this.#log(topic)
    const messages: Received[] = []
    while (messages.length < max) {
      const again = group.back.findIndex((one) => one.at <= now)
      if (again < 0 && group.next >= log.length) break
      const [back] = again < 0 ? [] : group.back.splice(again, 1)
      const { offset, attempt } = back ?? { offset: group.next++, attempt: 0 }
      const message = log[offset]
      if (!message || !matches(message, filter?.expression)) continue
      const handle = `mqh1.${++this.#handles}`
      group.held.set(handle, { offset, attempt: attempt + 1, until: now + invisibleMs })
      const invisibleUntil = this.#clock.now() + invisibleMs
      messages.push({ ...message, handle, attempt: attempt + 1, invisibleUntil })
    }
    return messages
  }

  #waitMs(group: Group, waitMs: number): number {
    const now = this.#clock.monotonic()
    const times = [...group.back.map((one) => one.at), ...[...group.held.values()].map(until)]
    return Math.max(1, Math.min(waitMs, ...times.map((at) => at - now)))
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        timer.cancel()
        this.#waiters.delete(wake)
        reject(signal.reason)
      }
      const wake = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const timer = this.#clock.after(ms, wake)
      signal.addEventListener('abort', abort, { once: true })
      this.#waiters.add(wake)
    })
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }
}

const until = (held: { until: number }): number => held.until

function positionOf(from: ReadFrom, log: readonly Delivered[]): number {
  if (from === 'earliest') return 0
  if (from === 'latest') return log.length
  if ('at' in from) return log.filter((message) => message.storedAt < from.at).length
  const position = Number(/^mqc1\.(\d+)$/.exec(from.cursor)?.[1] ?? Number.NaN)
  if (Number.isNaN(position)) throw new MqError('invalid-cursor')
  return position
}

function matches(message: Delivered, expression = '*'): boolean {
  return expression === '*' || expression.split('||').some((tag) => tag.trim() === message.tag)
}
