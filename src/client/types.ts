// What the typed remoting client takes and gives. The parts are routes.ts, send.ts,
// receive.ts, offsets.ts and admin.ts; client.ts puts them together.

import type { Message } from '../message/message.ts'
import type { BrokerRoute, QueueAddress, TopicRoute } from './topic-route.ts'
import type { Inspection } from './views.ts'

/** A message to send. `properties` holds reserved ones (KEYS, TAGS, UNIQ_KEY …) and the user's. */
export type MessageToSend = {
  readonly topic: string
  readonly body: Uint8Array
  readonly properties: ReadonlyMap<string, string>
  readonly flag?: number
  readonly sysFlag?: number
  readonly bornTimestamp?: number
}

export type SendOptions = {
  readonly producerGroup?: string
  /** Without it queues are taken in turn, each retry on another broker. */
  readonly queue?: { readonly broker: string; readonly queueId: number }
  readonly timeoutMs?: number
  /** Attempts after the first, on other brokers where there are some. Default 2. */
  readonly retries?: number
  readonly oneway?: boolean
}

export type SendStatus =
  | 'SEND_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE'

export type SendReceipt = {
  readonly status: SendStatus
  readonly broker: string
  readonly queueId: number
  readonly queueOffset: number
  /** UNIQ_KEY of the message. */
  readonly messageId: string
  readonly offsetMessageId: string
  readonly transactionId: string | undefined
  readonly recallHandle: string | undefined
  /** Told by our broker only. */
  readonly storedAt: number | undefined
  /** An earlier send of the same id stored it, and this is its receipt. */
  readonly replayed?: boolean
}

export type RequestOptions = {
  /** For the question and the reply together, ms. Default 3,000. */
  readonly timeoutMs?: number
  readonly producerGroup?: string
  readonly signal?: AbortSignal
}

/** Where a reply goes: properties of the message that asks for it. */
export type ReplyAddress = {
  readonly cluster: string
  readonly clientId: string
  readonly correlationId: string
  /** How long the asker waits, from its question on. */
  readonly ttlMs: number | undefined
}

/** Which prepared message ends how; all but the resolution is in the receipt of its send. */
export type TransactionEnd = {
  readonly broker: string
  readonly topic: string
  /** PGROUP of the message. */
  readonly producerGroup: string
  /** Of the half. */
  readonly queueOffset: number
  /** Of the half: the last 8 bytes of the offset message id. */
  readonly position: number
  readonly messageId: string
  readonly resolution: 'commit' | 'rollback'
  /** It answers a broker's question. */
  readonly answersCheck?: boolean
}

/** A broker wants to know how a prepared message ends. */
export type TransactionQuestion = {
  readonly broker: string
  /** The half: its topic is the one it was sent to. */
  readonly message: Message
  readonly producerGroup: string
  /** Of the half, as in {@link TransactionEnd}. */
  readonly queueOffset: number
  readonly position: number
  readonly messageId: string
}

/** What became of a message that a consumer took on trial. */
export type Verified = {
  readonly result: 'consumed' | 'failed' | 'corrupted'
  readonly spentMs: number
}

/** A consumer that is not a client of brokers itself, and what may be asked of it. */
export type GroupMember = {
  readonly group: string
  readonly clientId: string
  /** Of the client, as it says it. */
  readonly version: string
  readonly isPush: boolean
  /** ms since 1970. */
  readonly since: number
  readonly subscriptions: readonly {
    readonly topic: string
    readonly filter?: PullRequest['filter'] | undefined
  }[]
  /** Rejects where the consumer cannot do that, or does not answer. */
  verify(message: Message, broker: string): Promise<Verified>
  stackTrace(): Promise<string>
}

export type PullRequest = {
  readonly queue: QueueAddress
  readonly group: string
  readonly offset: number
  readonly max: number
  readonly maxBytes?: number
  /** 0: answer at once. */
  readonly waitMs: number
  readonly filter?: { readonly type: 'TAG' | 'SQL92'; readonly expression: string }
  readonly signal?: AbortSignal
}

export type PullResult = {
  readonly status: 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL'
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly suggestedBrokerId: number
  readonly messages: readonly Message[]
}

export type PopRequest = {
  readonly topic: string
  readonly broker: string
  /** -1: any queue of the broker. */
  readonly queueId: number
  readonly group: string
  readonly max: number
  readonly invisibleMs: number
  /** 0: answer at once. */
  readonly waitMs: number
  readonly initMode: 'min' | 'max'
  readonly filter?: { readonly type: 'TAG' | 'SQL92'; readonly expression: string }
  readonly order?: boolean
  readonly attemptId?: string
  readonly signal?: AbortSignal
}

/** Apache's receipt, split. Source: ExtraInfoUtil. */
export type PopReceipt = {
  /** The topic that was read: the retry topic for a redelivered message. */
  readonly topic: string
  readonly broker: string
  readonly checkpointOffset: number
  readonly popTime: number
  readonly invisibleMs: number
  readonly reviveQueueId: number
  /** 0 normal, 1 retry v1, 2 retry v2. */
  readonly retryFlag: 0 | 1 | 2
  readonly queueId: number
  readonly queueOffset: number
  readonly position: number
}

export type PoppedMessage = { readonly message: Message; readonly receipt: PopReceipt }

export type PopResult = {
  readonly status: 'FOUND' | 'NO_NEW_MSG' | 'POLLING_FULL'
  readonly popTime: number
  readonly invisibleMs: number
  readonly restCount: number
  readonly messages: readonly PoppedMessage[]
}

export type NotificationRequest = {
  readonly topic: string
  readonly broker: string
  /** -1: any queue of the broker. */
  readonly queueId: number
  readonly group: string
  readonly waitMs: number
  /** Ours only: a stock broker ignores it and wakes up for messages that do not match. */
  readonly filter?: { readonly type: 'TAG' | 'SQL92'; readonly expression: string }
  readonly order?: boolean
  readonly attemptId?: string
  readonly signal?: AbortSignal
}

/** Ours answers SUPERSEDED and EXPIRED for a receipt that is no longer the current one. */
export type ReceiptOptions = { readonly strict?: boolean; readonly timeoutMs?: number }

export type TopicSettings = {
  readonly name: string
  readonly readQueues: number
  readonly writeQueues: number
  readonly perm: number
  readonly order: boolean
  /** `message.type`, `queue.type`, `cleanup.policy` …, without the `+` of the request. */
  readonly attributes: ReadonlyMap<string, string>
}

/** The parts of SubscriptionGroupConfig that others need. */
export type GroupSettings = {
  readonly name: string
  readonly consumeEnable: boolean
  readonly consumeMessageOrderly: boolean
  readonly retryMaxTimes: number
  readonly retryQueueNums: number
  readonly consumeTimeoutMinutes: number
  /** As in the JSON: `{type, exponentialRetryPolicy?, customizedRetryPolicy?}`. */
  readonly retryPolicy: {
    readonly type: 'EXPONENTIAL' | 'CUSTOMIZED'
    readonly delaysMs?: readonly number[]
    readonly initialMs?: number
    readonly maxMs?: number
    readonly multiplier?: number
  }
}

/**
 * The typed client: what the gateway, the command line and tests stand on. Every call rejects
 * with an MqError; a failed send carries `detail.outcome` ('not-stored' or 'unknown').
 */
export type MqClient = {
  /** What administrators look at and change. */
  readonly inspection: Inspection

  /** Cached, refreshed every 30 s and after failures. `topic-not-found` when there is none. */
  route(topic: string): Promise<TopicRoute>
  /** All masters, by broker name. */
  masters(): Promise<ReadonlyMap<string, BrokerRoute>>

  send(message: MessageToSend, options?: SendOptions): Promise<SendReceipt>
  /** One request, one queue, all or nothing; receipts in the order of the messages. */
  sendBatch(
    messages: readonly MessageToSend[],
    options?: SendOptions,
  ): Promise<readonly SendReceipt[]>

  /** Takes back a timed message; `handle` is of its receipt. `illegal-operation`: too late. */
  recall(broker: string, topic: string, handle: string): Promise<void>
  /**
   * Resolves when the end is stored. `broker-error` when there is no such message or it has
   * ended already: one answer may have been lost.
   */
  endTransaction(end: TransactionEnd): Promise<void>
  /**
   * Makes this client a producer of the group, whom brokers ask about transactions. One of
   * several watchers of a group gets each question. Ended by the function it answers.
   */
  watchTransactions(producerGroup: string, ask: (question: TransactionQuestion) => void): () => void
  /** Makes it known to brokers as a member of its group. Ended by the function it answers. */
  joinGroup(member: GroupMember): () => void
  /** Copies a popped message to the group's dead letters; it is still to be acknowledged. */
  sendToDeadLetters(group: string, receipt: PopReceipt): Promise<void>

  /**
   * Sends the message and resolves with the reply to it, as it was sent: perhaps compressed, as
   * its `sysFlag` says. Rejects with `reply-timeout`, or as `send` does.
   */
  request(message: MessageToSend, options?: RequestOptions): Promise<Message>
  /**
   * Replies to a request; `replyAddressOf` tells where to. `broker-error` when whoever asked
   * does not wait any more.
   */
  reply(
    to: ReplyAddress,
    message: Omit<MessageToSend, 'topic'>,
    options?: { readonly timeoutMs?: number },
  ): Promise<SendReceipt>

  /**
   * How long the broker stores a message of one UNIQ_KEY only once, when it comes with a digest
   * (`__RWDIGEST`), ms; 0 for brokers that do not.
   */
  dedupWindowMs(broker: string): Promise<number>

  pull(request: PullRequest): Promise<PullResult>
  pop(request: PopRequest): Promise<PopResult>
  /** True when a pop is worth while; false at the end of the wait. */
  notification(request: NotificationRequest): Promise<boolean>
  ack(group: string, receipt: PopReceipt, options?: ReceiptOptions): Promise<void>
  /** All of one broker. */
  ackBatch(group: string, receipts: readonly PopReceipt[], options?: ReceiptOptions): Promise<void>
  /** The new receipt, which replaces the old one. */
  changeInvisible(
    group: string,
    receipt: PopReceipt,
    invisibleMs: number,
    options?: ReceiptOptions,
  ): Promise<PopReceipt>

  minOffset(queue: QueueAddress): Promise<number>
  maxOffset(queue: QueueAddress): Promise<number>
  offsetByTime(
    queue: QueueAddress,
    timestamp: number,
    boundary?: 'lower' | 'upper',
  ): Promise<number>
  /** Undefined when the group has none. */
  consumerOffset(group: string, queue: QueueAddress): Promise<number | undefined>
  updateConsumerOffset(group: string, queue: QueueAddress, offset: number): Promise<void>

  topics(): Promise<readonly string[]>
  /** Creates or changes it on every master, or on those named. */
  createTopic(settings: TopicSettings, brokers?: readonly string[]): Promise<void>
  topicSettings(topic: string): Promise<TopicSettings>
  /** `group-not-found` when no broker has it. */
  groupSettings(group: string): Promise<GroupSettings>
}
