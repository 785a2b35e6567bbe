/** A message's content, as REST and WebSocket write it. */
export type Body =
  | { readonly json: unknown }
  | { readonly text: string }
  | { readonly base64: string }

/** Text is short for `{ text }`, bytes for `{ base64 }`. */
export type AnyBody = Body | string | Uint8Array

/** What may be said of a message that is sent. Durations are text with a unit, as `30s`. */
export type Envelope = {
  readonly body: AnyBody
  readonly contentType?: string
  readonly tag?: string
  readonly keys?: readonly string[]
  readonly properties?: Readonly<Record<string, string>>
  /** Messages of one key stay in order. */
  readonly orderingKey?: string
  readonly delay?: string
  /** RFC 3339. */
  readonly deliverAt?: string
  readonly type?: 'normal' | 'fifo' | 'delay' | 'transaction'
  /** Makes it safe to send twice: with it, a lost connection is survived without an error. */
  readonly idempotencyKey?: string
  readonly require?: 'replicated'
}

export type Published = {
  readonly messageId: string
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  /** Decimal text: offsets may be larger than a JavaScript number is exact. */
  readonly queueOffset: string
  readonly storedAt: string
  readonly durability: 'replicated' | 'local'
  readonly replayed?: true
  /** Of a transaction: what ends it. */
  readonly transactionId?: string
  /** Of a delayed message: what takes it back, over REST. */
  readonly recallHandle?: string
}

/** A message that arrived. */
export type Message = {
  readonly messageId: string
  readonly topic: string
  /** `bytes` with `binary`, and only then. */
  readonly body: Body | { readonly bytes: Uint8Array }
  readonly contentType?: string
  readonly tag?: string
  readonly keys: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  readonly orderingKey?: string
  readonly bornAt: string
  readonly storedAt: string
  readonly broker: string
  readonly queueId: number
  readonly queueOffset: string
  /** Readers: resumes behind this message. */
  readonly cursor?: string
  /** Groups: what settles it; `extend` replaces it. Any gateway takes it, over REST too. */
  readonly handle?: string
  readonly invisibleUntil?: string
  /** Groups: counts from 1. */
  readonly attempt?: number
  /** The sender waits for a `reply`. */
  readonly replyHandle?: string
}

/** How a transaction ends; undefined leaves it open, and the question comes again. */
export type Check = (
  message: Message,
) => 'commit' | 'rollback' | undefined | Promise<'commit' | 'rollback' | undefined>

/** Why something failed: RFC 9457, the same over REST. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: number
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  readonly retryAfterMs?: number
  /** Sends: whether the message may be stored all the same. */
  readonly outcome?: 'not-stored' | 'unknown'
}

export class RocketwayError extends Error {
  readonly problem: Problem
  constructor(problem: Problem)
}

export type State =
  | { readonly name: 'connecting' }
  | { readonly name: 'open'; readonly session: string; readonly server: string }
  | {
      readonly name: 'waiting'
      readonly code: number
      readonly reason: string
      readonly retryInMs: number
    }
  /** For good: by `close()`, or with a code 44xx that a reconnect would not change. */
  | { readonly name: 'closed'; readonly code: number; readonly reason: string }

export type ConnectOptions = {
  /** `ws://` or `wss://`, path `/v1/ws`. */
  readonly url: string | URL
  /** A function is asked at each connect and before the last one runs out. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>)
  /** Shown in the server's log. */
  readonly client?: string
  /** Bodies go as bytes, both ways, instead of in JSON. */
  readonly binary?: boolean
  readonly onState?: (state: State) => void
  /** Where there is no global one: the class of the `ws` package, for instance. */
  // biome-ignore lint/suspicious/noExplicitAny: any class that has the browser's shape
  readonly WebSocket?: any
}

export type SubscribeOptions = {
  readonly topic: string
  /** With a group, each message goes to one member, which has to `ack` it. */
  readonly group?: string
  /** Without a group: where to start. 'latest' when absent; a time is RFC 3339. */
  readonly from?: 'latest' | 'earliest' | string | { readonly cursor: string }
  readonly filter?: { readonly type: 'tag' | 'sql'; readonly expression: string }
  /** Messages that may be under way; given back as they are handled. */
  readonly credit?: number
  /** Groups: how long a message is this member's, `60s` when absent. */
  readonly invisible?: string
  /** Groups: how many may be unsettled. */
  readonly maxInFlight?: number
  /** Groups: what is unsettled stays this member's while the connection lives. */
  readonly autoExtend?: boolean
  /** Groups: what becomes of unsettled messages when the connection goes. */
  readonly onClose?: 'release' | 'keep'
  /** A promise holds back the message's credit until it settles. */
  readonly onMessage: (message: Message, subscription: Subscription) => unknown
  /** `problem.retryable`: the gateway keeps trying; else the subscription is over. */
  readonly onError?: (error: RocketwayError) => void
  /** `lag`: messages of the topic that a reader had not got at the last fetch, where that is known. */
  readonly onState?: (state: 'live' | 'paused' | 'caughtUp', lag?: number) => void
}

export type Subscription = {
  /** Readers: where to go on, another time. */
  readonly cursor: string | undefined
  /** Done. Batched; survives a lost connection. */
  ack(message: Message): Promise<void>
  /** Not done: again at once, or after the delay. Counts as an attempt. */
  nack(message: Message, delay?: string): Promise<void>
  /** Given up: among the group's dead letters. */
  deadLetter(message: Message): Promise<void>
  /** Not done yet: `message.handle` is new afterwards. */
  extend(message: Message, invisible: string): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  close(): void
}

export type Connection = {
  readonly state: State
  /** Waits for a connection if there is none; rejects with a RocketwayError. */
  publish(message: Envelope & { readonly topic: string }): Promise<Published>
  subscribe(options: SubscribeOptions): Subscription
  /** Answers a message that has a `replyHandle`. */
  reply(message: Message, body: AnyBody): Promise<void>
  endTransaction(transactionId: string, resolution: 'commit' | 'rollback'): Promise<void>
  /** From now on asked about transactions of the topic that nobody ended, also after a reconnect. */
  onTransactionCheck(topic: string, check: Check): Promise<void>
  close(): void
}

/** Opens a connection that comes back by itself until it is closed. */
export function connect(options: ConnectOptions): Connection
