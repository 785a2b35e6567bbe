// The gateway's use cases, as the fronts see them: one method each, one file each beside this
// one. A front parses its wire into an input, calls, and prints the output or the MqError's
// column. Nothing here knows HTTP, WebSocket or gRPC; no state outlives a call but route
// caches. Contract: gateway-api C2 to C4 in the design, openapi/gateway.yaml in this project.

/** Who asks; made by gateway/identity. */
export type Identity = {
  /** A stable name for logs and audit, never a secret. 'anonymous' when auth is off. */
  readonly subject: string
  /** The namespace that topic and group names are within; '' is the default one. */
  readonly namespace: string
  readonly isAdmin: boolean
  /** From then on the credential opens nothing, ms since 1970. */
  readonly expiresAt?: number | undefined
  /** Whether one of the actions is allowed on the caller's own name; absent: all are. */
  readonly may?:
    | ((
        anyOf: readonly TopicAction[],
        type: 'Topic' | 'Group' | 'Cluster',
        name: string,
      ) => boolean)
    | undefined
}

/** Source: Action of Apache's ACL 2.0. */
export type TopicAction = 'Pub' | 'Sub' | 'Create' | 'Update' | 'Delete' | 'Get' | 'List'

export type Call = {
  readonly requestId: string
  readonly identity: Identity
  /** `ip:port` of the caller; becomes the born host. */
  readonly remote: string
  /** Aborted when the caller has gone: what it would have received is made visible again. */
  readonly signal: AbortSignal
  /** Is told how much of its rates is left to the caller. */
  readonly rates?: { tell(state: RateState): void } | undefined
}

/** Where a caller stands with one of its rates. */
export type RateState = {
  readonly name: string
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
}

export type MessageType = 'normal' | 'fifo' | 'delay' | 'transaction'

export type SendInput = {
  readonly topic: string
  readonly body: Uint8Array
  readonly contentType?: string | undefined
  readonly tag?: string | undefined
  readonly keys?: readonly string[] | undefined
  /** User properties. Reserved names are refused with `illegal-property`. */
  readonly properties?: ReadonlyMap<string, string> | undefined
  /** Messages of one key go to one queue and stay in order (the gRPC message group). */
  readonly orderingKey?: string | undefined
  /** ms since 1970; in the past: at once. */
  readonly deliverAt?: number | undefined
  /** Of a transaction: for so long nobody is asked about it. */
  readonly checkAfterMs?: number | undefined
  readonly type?: MessageType | undefined
  readonly producerGroup?: string | undefined
  readonly idempotencyKey?: string | undefined
  /** Answer `not-durable` instead of success when the slave or disk did not confirm. */
  readonly requireReplicated?: boolean | undefined
  /** gRPC clients make their own id; else the gateway does. */
  readonly messageId?: string | undefined
  readonly bornAt?: number | undefined
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  readonly traceContext?: string | undefined
  /** The body is compressed already, as gRPC's body_encoding says: kept, and told on delivery. */
  readonly bodyEncoding?: 'gzip' | undefined
  /** gRPC addresses a queue's broker; without it any writable queue is taken. */
  readonly queue?: { readonly broker: string; readonly queueId: number } | undefined
}

export type SendOutput = {
  readonly messageId: string
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  readonly queueOffset: number
  /** ms since 1970. */
  readonly storedAt: number
  readonly durability: 'replicated' | 'local'
  /** An earlier send with the same idempotency key stored it. */
  readonly replayed: boolean
  readonly transactionId?: string | undefined
  readonly recallHandle?: string | undefined
}

/** `handle` is the `recallHandle` of the message's send. */
export type RecallInput = { readonly topic: string; readonly handle: string }

export type ReplyInput = {
  /** The `replyHandle` of the message that asks. */
  readonly handle: string
  readonly body: Uint8Array
  readonly contentType?: string | undefined
  readonly properties?: ReadonlyMap<string, string> | undefined
}

export type EndTransactionInput = {
  /** Must be that of the transaction where it is given. */
  readonly topic?: string | undefined
  /** Of the send, or of a check. */
  readonly transactionId: string
  readonly resolution: 'commit' | 'rollback'
}

/** A message that was prepared, and nobody said how it ends. */
export type TransactionCheck = { readonly message: Delivered; readonly transactionId: string }

/** A consumer with an open stream. */
export type MemberInput = {
  readonly group: string
  readonly clientId: string
  readonly version: string
  readonly isPush: boolean
  readonly subscriptions: readonly {
    readonly topic: string
    readonly filter?: Filter | undefined
  }[]
}

/** What administrators may ask of it; rejects where the client cannot, or does not answer. */
export type MemberAsks = {
  /** Lets it consume a message on trial. */
  verify(message: Delivered): Promise<'consumed' | 'failed' | 'corrupted'>
  stackTrace(): Promise<string>
}

/** One per message of a batch, in order. */
export type SendResult = SendOutput | Error

export type Filter = { readonly type: 'tag' | 'sql'; readonly expression: string }

export type ReceiveInput = {
  readonly group: string
  readonly topic: string
  readonly max: number
  readonly waitMs: number
  readonly invisibleMs: number
  readonly filter?: Filter | undefined
  /** A repeat of the same id of a FIFO group gets the same messages again. */
  readonly attemptId?: string | undefined
  /** gRPC asks one broker; queueId -1 is any queue of it. */
  readonly queue?: { readonly broker: string; readonly queueId: number } | undefined
  readonly fifo?: boolean | undefined
  /** Where a new group starts; 'earliest' when absent. */
  readonly from?: 'earliest' | 'latest' | undefined
}

/** A message as every front delivers it. */
export type Delivered = {
  readonly messageId: string
  readonly topic: string
  readonly tag: string | undefined
  readonly keys: readonly string[]
  /** The user's, without content-type, traceparent and tracestate: they have fields. */
  readonly properties: ReadonlyMap<string, string>
  readonly contentType: string | undefined
  readonly body: Uint8Array
  readonly bodyEncoding: 'gzip' | undefined
  readonly bodyCrc: number
  readonly type: MessageType
  readonly bornAt: number
  readonly bornHost: string
  readonly storedAt: number
  readonly storeHost: string
  readonly broker: string
  readonly queueId: number
  readonly queueOffset: number
  readonly orderingKey: string | undefined
  readonly deliverAt: number | undefined
  readonly traceparent: string | undefined
  readonly traceContext: string | undefined
}

export type Received = Delivered & {
  /** Signed; any node takes it. */
  readonly handle: string
  /** Counts from 1. */
  readonly attempt: number
  readonly invisibleUntil: number
  /** Of a message that waits for a reply. */
  readonly replyHandle?: string | undefined
}

export type ReceiveOutput = { readonly messages: readonly Received[]; readonly waitedMs: number }

export type AckInput = { readonly group: string; readonly handles: readonly string[] }

export type NackInput = {
  readonly group: string
  /** Without `delayMs` the message is visible again at once. */
  readonly items: readonly { readonly handle: string; readonly delayMs?: number | undefined }[]
}

export type ExtendInput = {
  readonly group: string
  /** gRPC consumers give messages back by this call: times below the minimum, even 0, are taken. */
  readonly mayShorten?: boolean | undefined
  readonly items: readonly { readonly handle: string; readonly invisibleMs: number }[]
}

export type Extended = { readonly handle: string; readonly invisibleUntil: number }

export type DeadLetterInput = { readonly group: string; readonly handle: string }

export type QueueInput = {
  readonly topic: string
  readonly queue: { readonly broker: string; readonly queueId: number }
}

export type GroupQueueInput = QueueInput & { readonly group: string }

/** The ends of a queue, or the first message that was stored at a time or after it. */
export type QueuePoint = 'earliest' | 'latest' | { readonly at: number }

export type PullInput = GroupQueueInput & {
  readonly offset: number
  readonly max: number
  readonly waitMs: number
  readonly filter?: Filter | undefined
}

export type PullOutput = {
  readonly messages: readonly Delivered[]
  /** Where to go on. */
  readonly nextOffset: number
  /** The queue does not reach to the offset that was asked for. */
  readonly isOutside: boolean
}

export type ReadFrom = 'earliest' | 'latest' | { readonly at: number } | { readonly cursor: string }

export type ReadInput = {
  readonly topic: string
  readonly from: ReadFrom
  readonly max: number
  readonly waitMs: number
  readonly filter?: Filter | undefined
}

/**
 * `cursor` resumes behind this message; on a topic of more than eight queues it may begin at
 * the start of the page, so that a reader sees some of it again.
 */
export type Read = Delivered & { readonly cursor: string }

export type ReadOutput = {
  readonly messages: readonly Read[]
  /** Resumes behind everything scanned so far, also when nothing matched. */
  readonly cursor: string
  readonly caughtUp: boolean
  /** Messages behind the cursor, matching or not; undefined where not every queue was asked. */
  readonly lag: number | undefined
  readonly waitedMs: number
}

export type TopicInput = {
  readonly name: string
  readonly type?: MessageType | undefined
  readonly queues?: number | undefined
}

export type TopicView = {
  readonly name: string
  readonly type: MessageType | 'mixed' | 'unspecified'
  readonly queues: readonly {
    readonly broker: string
    readonly queueId: number
    readonly readable: boolean
    readonly writable: boolean
  }[]
}

export type GroupView = {
  readonly name: string
  readonly fifo: boolean
  readonly maxAttempts: number
  /** How long a push consumer may keep a message before it is delivered again. */
  readonly consumeTimeoutMs: number
  readonly retry:
    | { readonly type: 'customized'; readonly delaysMs: readonly number[] }
    | {
        readonly type: 'exponential'
        readonly initialMs: number
        readonly maxMs: number
        readonly multiplier: number
      }
}

/** Every use case. Rejections are MqErrors; per-item results hold theirs in place. */
export type Core = {
  send(input: SendInput, call: Call): Promise<SendOutput>
  sendBatch(inputs: readonly SendInput[], call: Call): Promise<readonly SendResult[]>
  /** Takes back a delayed message that is not due yet. */
  recall(input: RecallInput, call: Call): Promise<{ readonly messageId: string }>
  /** Sends a question and answers the reply to it. */
  request(input: SendInput, timeoutMs: number, call: Call): Promise<Delivered>
  reply(input: ReplyInput, call: Call): Promise<void>
  /** `invalid-transaction` for an id that is not ours or whose transaction has ended. */
  endTransaction(input: EndTransactionInput, call: Call): Promise<void>
  /** From now on `ask` is one of those who are asked about the topic; ended by the answer. */
  watchTransactions(topic: string, call: Call, ask: (check: TransactionCheck) => void): () => void
  /** From now on tools find it among the members of its group; ended by the answer. */
  joinGroup(input: MemberInput, call: Call, asks: MemberAsks): () => void
  receive(input: ReceiveInput, call: Call): Promise<ReceiveOutput>
  /** Undefined for each handle that is acknowledged. */
  ack(input: AckInput, call: Call): Promise<readonly (undefined | Error)[]>
  nack(input: NackInput, call: Call): Promise<readonly (undefined | Error)[]>
  extend(input: ExtendInput, call: Call): Promise<readonly (Extended | Error)[]>
  /** Moves a message to the dead letters of its group, and acknowledges it. */
  deadLetter(input: DeadLetterInput, call: Call): Promise<void>
  /** From one queue, as a consumer does that keeps its own offsets. */
  pull(input: PullInput, call: Call): Promise<PullOutput>
  queueOffset(input: QueueInput & { readonly at: QueuePoint }, call: Call): Promise<number>
  /** How far a group has come. `offset-not-found` when it has not begun. */
  groupOffset(input: GroupQueueInput, call: Call): Promise<number>
  setGroupOffset(input: GroupQueueInput & { readonly offset: number }, call: Call): Promise<void>
  read(input: ReadInput, call: Call): Promise<ReadOutput>
  listTopics(call: Call): Promise<readonly string[]>
  createTopic(input: TopicInput, call: Call): Promise<TopicView>
  topic(name: string, call: Call): Promise<TopicView>
  group(name: string, call: Call): Promise<GroupView>
  /** Whether a broker can be reached: what /readyz reports. */
  ready(): Promise<boolean>
}
