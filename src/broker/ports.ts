// What handlers need, as narrow ports. `src/store` fits the first half by shape and imports
// nothing of it; the rest is made by the files beside this one. broker.ts is where the compiler
// checks the fit.
//
// Words: an offset counts messages in a queue, a position counts bytes in the commit log.

import type { HostBytes, OutgoingBatch, OutgoingMessage } from '../message/message.ts'
import type { Peer } from '../remoting/call.ts'

export type Appended = {
  /** Of the first byte of the (first) record. */
  readonly position: number
  /** Of the byte after the last record: what must be durable before an acknowledgement. */
  readonly endPosition: number
  /** Of the (first) message in its queue. */
  readonly queueOffset: number
  readonly storeTimestamp: number
  /** Positions of all records of a batch; one for a single message. */
  readonly positions: readonly number[]
}

/** How the wait for durability ended. Source: PutMessageStatus. */
export type DurableStatus =
  | 'ok'
  | 'flush-disk-timeout'
  | 'flush-slave-timeout'
  | 'slave-not-available'

export type DurableWaiter = { release(status: DurableStatus): void }

/**
 * Appends to the one log. Synchronous: the record is in the page cache (or staged, and
 * written before this turn's replies leave) when it returns. Dispatch to the queues happens at
 * the end of the turn.
 *
 * Throws `message-too-large`, `properties-too-large`, `message-illegal`, `broker-unavailable`
 * (stopping, read-only, disk full) or `broker-busy`; nothing is stored then.
 */
export type Appender = {
  append(message: OutgoingMessage): Appended
  appendBatch(batch: OutgoingBatch): Appended
  /**
   * True: the log already is as durable up to `endPosition` as this store promises and the
   * waiter is not used. False: the waiter is released once, when it is or when it cannot be.
   */
  isDurable(endPosition: number, waiter: DurableWaiter): boolean
}

export type QueueKey = { readonly topic: string; readonly queueId: number }

/** Looks into queues. Never creates one: an unknown queue reads as empty with offsets 0. */
export type Queues = {
  minOffset(queue: QueueKey): number
  maxOffset(queue: QueueKey): number
  /** Whether the message at `offset` is still in memory (by distance to the log's end). */
  isHot(queue: QueueKey, offset: number): boolean
  /** Source: ConsumeQueue.getOffsetInQueueByTime; clamped to [min, max]. */
  offsetByTime(queue: QueueKey, timestamp: number, boundary: 'lower' | 'upper'): number
  /** Store timestamp of the message at `offset`; undefined when there is none. */
  storeTime(queue: QueueKey, offset: number): number | undefined
  /** Forgets all queues of a topic and removes their files. The log keeps its records. */
  deleteTopic(topic: string): void
}

/** What a queue knows of a message without reading it. */
export type QueueEntry = {
  readonly position: number
  readonly size: number
  readonly tagsCode: number
}

/** The queues as they are stored, for tools. */
export type QueueEntries = {
  /** Undefined when there is none at `offset`. */
  entryAt(queue: QueueKey, offset: number): QueueEntry | undefined
  /** Every topic that has a queue, whether or not the broker still knows the topic. */
  topicsWithQueues(): Iterable<string>
}

/** Decides which messages a read returns. Both must pass; a missing one passes. */
export type ReadFilter = {
  /** By the queue entry alone: Java's hash of the tag. */
  matchesTagsCode?(tagsCode: number): boolean
  /** By the whole record. */
  matchesRecord?(record: Uint8Array): boolean
}

export type ReadQuery = QueueKey & {
  readonly offset: number
  readonly maxCount: number
  /** At least one message is returned whatever its size. */
  readonly maxBytes: number
  readonly filter?: ReadFilter | undefined
}

/** Source: GetMessageStatus. */
export type ReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE'

export type ReadResult = {
  readonly status: ReadStatus
  /** Where the next read goes on; see the table of pull statuses. */
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  /** Whole records, in order; views of the mapping when hot. Valid while referenced. */
  readonly records: readonly Uint8Array[]
  /** The queue offset of each record; of a batch that is kept whole its first. */
  readonly offsets: readonly number[]
  readonly messageCount: number
  readonly bytes: number
  /** The backlog exceeds what memory holds: a slave should serve the next read. */
  readonly suggestSlave: boolean
}

/** A promise only when cold bytes have to be fetched. */
export type Reader = {
  read(query: ReadQuery): ReadResult | Promise<ReadResult>
  /** The record that starts at `position`; undefined if there is none. */
  recordAt(position: number): Uint8Array | undefined | Promise<Uint8Array | undefined>
}

type KeyQuery = {
  readonly topic: string
  readonly key: string
  /** Of the store timestamp, ms; both inclusive. */
  readonly beginTimestamp: number
  readonly endTimestamp: number
  readonly maxCount: number
}

export type KeyQueryResult = {
  readonly records: readonly Uint8Array[]
  readonly lastUpdateTimestamp: number
  readonly lastUpdatePosition: number
}

/** Looks messages up by key or unique id. A promise when cold bytes have to be fetched. */
export type KeyIndex = {
  queryByKey(query: KeyQuery): KeyQueryResult | Promise<KeyQueryResult>
}

export type Arrival = QueueKey & {
  /** The queue's max offset after the arrival. */
  readonly maxOffset: number
  readonly tagsCode: number
  /** Of the newest message that arrived. */
  readonly storeTimestamp: number
  /** The queue keeps batches whole: the tag of what arrived says nothing. */
  readonly isBatch?: boolean
}

/** Told once per turn and queue, after dispatch. */
type Arrivals = { onArrival(listener: (arrival: Arrival) => void): void }

/** Where the log begins, ends, and up to where it is on disk. */
export type LogPositions = {
  readonly minPosition: number
  readonly maxPosition: number
  readonly flushedPosition: number
}

/** The whole store as the assembly sees it; parts of the broker take the narrow ones. */
export type MessageStore = Appender &
  Queues &
  QueueEntries &
  Reader &
  Arrivals &
  LogPositions & {
    /** Why nothing can be appended now; undefined when it can. */
    readonly refusal: string | undefined
  }

/** Who this broker is, as clients and the name servers see it. */
export type Self = {
  readonly brokerName: string
  readonly clusterName: string
  /** 0: master. */
  readonly brokerId: number
  /** `ip:port` that clients connect to; part of every offset message id. */
  readonly address: string
  readonly storeHost: HostBytes
  /** ms since 1970. */
  readonly startedAt: number
}

/** Source: TopicConfig; the names are those of its JSON. */
export type TopicConfig = {
  readonly topicName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  /** 4 read, 2 write, 1 inherit. */
  readonly perm: number
  readonly topicFilterType: 'SINGLE_TAG' | 'MULTI_TAG'
  /** 1 unit, 2 unit subscription. */
  readonly topicSysFlag: number
  readonly order: boolean
  /** `message.type` and the like, without the `+` of a request. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Source: DataVersion. */
export type DataVersion = {
  readonly stateVersion: number
  /** ms since 1970. */
  readonly timestamp: number
  readonly counter: number
}

/** The topics of this broker. Every change is registered with the name servers at once. */
export type Topics = {
  find(topic: string): TopicConfig | undefined
  all(): Iterable<TopicConfig>
  readonly dataVersion: DataVersion
  /** Creates or replaces. */
  put(topic: TopicConfig): void
  /**
   * What a send to an unknown topic creates, if the default topic allows it; undefined when it
   * does not, `rate-limited` when as many were created that way as are allowed.
   */
  createOnSend(
    topic: string,
    asked: { defaultTopic: string; queueNums: number; topicSysFlag: number },
  ): TopicConfig | undefined
  /** The topic as it is, created with perm 6 when it is unknown: retry and dead-letter topics. */
  ensure(topic: string, asked: { queueNums: number; order?: boolean }): TopicConfig
  /** False when there was none. Its messages are not touched. */
  remove(topic: string): boolean
  /** A new version, as what the broker permits on all of them has changed. */
  renew(): void
  /** Resolved when all changes made before are on disk. */
  saved(): Promise<void>
}

/** Source: SubscriptionGroupConfig; the names are those of its JSON. */
export type GroupConfig = {
  readonly groupName: string
  readonly consumeEnable: boolean
  readonly consumeFromMinEnable: boolean
  readonly consumeBroadcastEnable: boolean
  readonly consumeMessageOrderly: boolean
  readonly retryQueueNums: number
  readonly retryMaxTimes: number
  readonly groupRetryPolicy: Readonly<Record<string, unknown>>
  readonly brokerId: number
  readonly whichBrokerWhenConsumeSlowly: number
  readonly notifyConsumerIdsChangedEnable: boolean
  readonly groupSysFlag: number
  readonly consumeTimeoutMinute: number
  readonly subscriptionDataSet?: readonly unknown[] | undefined
  readonly attributes: Readonly<Record<string, string>>
}

/** The subscription groups of this broker. */
export type Groups = {
  /** Creates it where the configuration lets groups appear on first use. */
  find(group: string): GroupConfig | undefined
  /** Whether it is known, without creating it. */
  has(group: string): boolean
  all(): Iterable<GroupConfig>
  readonly dataVersion: DataVersion
  /** Creates or replaces. */
  put(group: GroupConfig): void
  /** False when there was none. */
  remove(group: string): boolean
  /** Resolved when all changes made before are on disk. */
  saved(): Promise<void>
}

/** Topics that a group may not read, though it may consume. */
export type ReadBans = {
  isReadForbidden(group: string, topic: string): boolean
  forbidRead(group: string, topic: string, isForbidden: boolean): void
}

/** How far each group has come in each queue. On disk every few seconds and at the end. */
export type ConsumerOffsets = {
  /** Undefined when the group never committed in this queue. */
  find(group: string, queue: QueueKey): number | undefined
  commit(group: string, queue: QueueKey, offset: number): void
  /** Where the last pull of the group went on; only for people. */
  pulled(group: string, queue: QueueKey, nextOffset: number): void
  pulledTo(group: string, queue: QueueKey): number | undefined
  /** Offset by queue id; undefined when the group never committed in this topic. */
  ofTopic(group: string, topic: string): ReadonlyMap<number, number> | undefined
  topicsOf(group: string): readonly string[]
  groupsOf(topic: string): readonly string[]
  removeTopic(topic: string): void
  removeGroup(group: string): void
}

/** Source: SubscriptionData. */
export type Subscription = {
  readonly topic: string
  /** The expression as the client wrote it. */
  readonly subString: string
  /** 'TAG' or 'SQL92'. */
  readonly expressionType: string
  readonly subVersion: number
  readonly tags: readonly string[]
  readonly classFilterMode: boolean
  /** Undefined lets everything pass. */
  readonly filter: ReadFilter | undefined
  /** The expression could not be compiled: nothing can be read with it. */
  readonly isBroken?: boolean | undefined
}

/** Compiles filter expressions. Undefined: the expression lets everything pass. */
export type Filters = {
  /** Throws `illegal-filter-expression`. */
  compile(expressionType: string, expression: string): ReadFilter | undefined
  /** For expressions of heartbeats, which are not refused as a whole. */
  tryCompile(expressionType: string, expression: string): ReadFilter | undefined | 'illegal'
}

export type ClientChannel = {
  readonly peer: Peer
  readonly clientId: string
  readonly language: string
  readonly version: number
  /** By {@link Clock.monotonic}. */
  readonly seenAt: number
}

/** What the members of a group agree on; the last heartbeat wins. */
export type ConsumerGroup = {
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
  /** Of the last heartbeat of the second kind; 0 before. */
  readonly fingerprint: number
  readonly subscriptions: ReadonlyMap<string, Subscription>
  /** By connection id. */
  readonly channels: ReadonlyMap<number, ClientChannel>
}

export type ConsumerHeartbeat = {
  readonly group: string
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
  readonly fingerprint: number
  /** Undefined: they are as they were. */
  readonly subscriptions: readonly Subscription[] | undefined
}

/** The consumers that are connected. Members are told of changes unless the group forbids it. */
export type Consumers = {
  find(group: string): ConsumerGroup | undefined
  groups(): Iterable<string>
  /** True when the group's subscriptions or members changed. */
  register(heartbeat: ConsumerHeartbeat, channel: Omit<ClientChannel, 'seenAt'>): boolean
  unregister(group: string, peer: Peer): void
  /** The groups that have subscribed to the topic. */
  groupsOf(topic: string): readonly string[]
  channel(group: string, clientId: string): ClientChannel | undefined
}

/** The producers that are connected. */
export type Producers = {
  register(group: string, channel: Omit<ClientChannel, 'seenAt'>): void
  unregister(group: string, peer: Peer): void
  channels(group: string): readonly ClientChannel[]
  groups(): Iterable<string>
  /** The connection of a client, for replies to its requests. */
  client(clientId: string): ClientChannel | undefined
}

/** Whether a group's clients pull or pop, and how queues are shared. See assignment.ts. */
export type RequestMode = {
  readonly topic: string
  readonly consumerGroup: string
  readonly mode: 'PULL' | 'POP'
  readonly popShareQueueNum: number
}

/** The request modes that were set; all others are the configuration's. */
export type RequestModes = {
  find(topic: string, group: string): RequestMode | undefined
  put(mode: RequestMode): void
  saved(): Promise<void>
}

/** Who may consume an ordered queue. A lock lasts 60 s unless it is renewed. */
export type QueueLocks = {
  /** True: it is the client's now. */
  lock(group: string, queue: QueueKey, clientId: string): boolean
  unlock(group: string, queue: QueueKey, clientId: string): void
  /** Whether any queue of the group is locked now. */
  isAnyLocked(group: string): boolean
}
