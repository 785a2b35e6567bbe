// What is seen of a cluster by those who look into it, and what they may ask and change.
// Served by inspection.ts.

import type { Message } from '../message/message.ts'
import type { BrokerRoute, QueueAddress } from './topic-route.ts'

export type QueueStats = {
  readonly broker: string
  readonly queueId: number
  readonly minOffset: number
  readonly maxOffset: number
  /** Of the newest message, ms since 1970; 0 when there is none. */
  readonly lastStoredAt: number
}

export type GroupProgress = {
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  readonly maxOffset: number
  readonly committedOffset: number
  /** Where the next read goes on: between it and the committed offset is what is in flight. */
  readonly readOffset: number
  /** Store time of the last message that was consumed; 0 when there is none. */
  readonly lastConsumedAt: number
}

export type GroupClient = {
  readonly clientId: string
  /** `ip:port`. */
  readonly address: string
  readonly language: string
  readonly version: number
}

/** One broker of a set, as it says of itself and as its master sees it. */
export type Replica = {
  readonly brokerId: number
  /** `host:port`. */
  readonly address: string
  /** Undefined when it does not answer. */
  readonly role: 'master' | 'slave' | undefined
  /** Where its log ends. */
  readonly maxPosition: number | undefined
  /** What the master's log has and this one has not acknowledged; undefined without a master. */
  readonly gapBytes: number | undefined
  /** A slave that is connected to a master. */
  readonly isFollowing: boolean
  /** Undefined where nobody says. */
  readonly isInSync: boolean | undefined
}

export type Subscription = {
  readonly topic: string
  readonly type: 'TAG' | 'SQL'
  readonly expression: string
  /** When its consumer made it, ms since 1970. */
  readonly madeAt: number
}

export type GroupConnections = {
  readonly clients: readonly GroupClient[]
  /** What a broker goes by: the newest for each topic, whichever client said it. */
  readonly subscriptions: readonly Subscription[]
  readonly isBroadcasting: boolean
}

/** Of a queue, ms since 1970; -1 where there is no such message. */
export type TimeSpan = {
  readonly broker: string
  readonly queueId: number
  readonly firstStoredAt: number
  readonly lastStoredAt: number
  readonly consumedStoredAt: number
  readonly delayMs: number
}

export type KeyedQuery = {
  readonly topic: string
  readonly key: string
  /** Of the store time, ms since 1970. Default: all times. */
  readonly from?: number
  readonly to?: number
  /** Of each broker. */
  readonly max: number
  /** The key is a UNIQ_KEY. */
  readonly isId: boolean
}

export type FoundMessage = { readonly message: Message; readonly broker: string }

export type RunningInfo = {
  /** Source: the constants PROP_… of ConsumerRunningInfo. */
  readonly properties: ReadonlyMap<string, string>
  readonly subscriptions: readonly Subscription[]
  readonly stacks: string | undefined
}

export type DirectConsumption = {
  readonly group: string
  readonly clientId: string
  readonly broker: string
  readonly topic: string
  /** The id that names the message's place. */
  readonly offsetMessageId: string
}

/** Source: CMResult. */
type ConsumeResult =
  | 'CR_SUCCESS'
  | 'CR_LATER'
  | 'CR_ROLLBACK'
  | 'CR_COMMIT'
  | 'CR_THROW_EXCEPTION'
  | 'CR_RETURN_NULL'

/** What is absent is as in Java. */
export type GroupChange = { readonly retryMaxTimes?: number; readonly isOrdered?: boolean }

/**
 * Where several brokers have a part each, all are asked and the parts put together; one that
 * does not answer fails the call. `broker-unavailable` while there is no broker at all.
 */
export type Inspection = {
  /** Every replica set, with a master or without. */
  brokers(): Promise<readonly BrokerRoute[]>
  /** Every broker of a set, in order of their ids. Rejects with `broker-not-found`. */
  replicas(broker: string): Promise<readonly Replica[]>
  /** Figures of a broker by name, as Apache's tools show them. */
  brokerFigures(broker: string): Promise<ReadonlyMap<string, string>>
  brokerConfig(broker: string): Promise<ReadonlyMap<string, string>>
  updateBrokerConfig(broker: string, changes: ReadonlyMap<string, string>): Promise<void>

  /** Every queue, in order. Rejects with `topic-not-found`. */
  topicStats(topic: string): Promise<readonly QueueStats[]>
  /** From every broker and name server; its messages cannot be read any more. */
  deleteTopic(topic: string): Promise<void>

  /** Names of the groups that brokers know, in order. */
  groups(): Promise<readonly string[]>
  /** Creates it on every master, or changes it there. */
  createGroup(group: string, change?: GroupChange): Promise<void>
  /** With its offsets. */
  deleteGroup(group: string): Promise<void>
  /** In one topic, or in all that the group has read; in order. */
  progress(group: string, topic?: string): Promise<readonly GroupProgress[]>
  /** Those that send heartbeats, and those of gateways with an open gRPC stream. */
  clients(group: string): Promise<readonly GroupClient[]>
  /** With what they are subscribed to. */
  connections(group: string): Promise<GroupConnections>
  /** Groups that read the topic, or have; in order. */
  readersOf(topic: string): Promise<readonly string[]>
  /** Of every queue of the topic, and of what the group has read of it; in order. */
  timeSpans(group: string, topic: string): Promise<readonly TimeSpan[]>
  /** What a consumer says of itself, with its stacks where it is asked for them. */
  runningInfo(group: string, clientId: string, stacks: boolean): Promise<RunningInfo>
  /** Lets a consumer take a message on trial; it is not acknowledged by that. */
  consumeDirectly(asked: DirectConsumption): Promise<ConsumeResult>
  /** Sets where a group goes on in one queue. */
  seek(group: string, queue: QueueAddress, offset: number): Promise<void>
  /**
   * Sets it in all queues of a topic: to the first message at or after `timestamp`, ms since
   * 1970; -1 stands for the end. Answers where that is.
   */
  seekByTime(
    group: string,
    topic: string,
    timestamp: number,
  ): Promise<
    readonly { readonly broker: string; readonly queueId: number; readonly offset: number }[]
  >

  /** The newest messages with the key, of every broker that has the topic. */
  byKey(query: KeyedQuery): Promise<readonly FoundMessage[]>
  /** By its unique id, or by that of its place. */
  byId(topic: string, id: string): Promise<FoundMessage | undefined>
}
