// What people look at and administrators change, as the fronts see it: beside the use cases of
// core.ts, which programs need for every message.

import type { AccessPolicy, AccessUser } from '../../src/client/access.ts'
import type { TopicRoute } from '../../src/client/topic-route.ts'
import type {
  GroupClient,
  GroupProgress,
  QueueStats,
  Replica,
  RunningInfo,
  Subscription,
  TimeSpan,
} from '../../src/client/views.ts'
import type { Call, Core, Delivered, TopicView } from './core.ts'
import type { CorePorts } from './ports.ts'

export type { GroupProgress, Replica } from '../../src/client/views.ts'

export type QueueRange = {
  readonly topic: string
  readonly broker: string
  readonly queueId: number
  readonly offset: number
  readonly max: number
}

export type QueuePage = {
  readonly messages: readonly Delivered[]
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
}

export type SearchInput = {
  readonly topic: string
  readonly key?: string | undefined
  readonly tag?: string | undefined
  /** Of the store time, ms since 1970; both inclusive. */
  readonly from: number
  readonly to: number
  readonly max: number
  /** Where the page before ended. */
  readonly cursor?: string | undefined
}

export type SearchOutput = {
  readonly messages: readonly Delivered[]
  /** Messages that were looked at. */
  readonly scanned: number
  /** Whether everything in the range was looked at; else `cursor` goes on. */
  readonly complete: boolean
  readonly cursor: string | undefined
}

export type SeekTo =
  | 'earliest'
  | 'latest'
  | { readonly at: number }
  | { readonly offsets: readonly Omit<QueueRange, 'topic' | 'max'>[] }

export type SeekInput = {
  readonly group: string
  readonly topic: string
  readonly to: SeekTo
  readonly dryRun: boolean
}

/** Where a group was in a queue, and where it is or would be. */
export type Sought = {
  readonly broker: string
  readonly queueId: number
  /** Undefined when the group has not begun. */
  readonly from: number | undefined
  readonly to: number
}

export type DeadLetterPage = {
  readonly messages: readonly Delivered[]
  readonly cursor: string
  readonly caughtUp: boolean
}

export type LetterRef = Omit<QueueRange, 'topic' | 'max'>

export type ConsumerInput = {
  readonly group: string
  readonly clientId: string
  readonly stacks: boolean
}

export type VerifyInput = {
  readonly group: string
  readonly clientId: string
  readonly topic: string
  readonly messageId: string
}

export type SubscriptionInput = {
  readonly group?: string | undefined
  readonly topic?: string | undefined
}

export type SubscriptionView = {
  readonly group: string
  readonly isBroadcasting: boolean
  readonly isOnline: boolean
  /** Whether all clients that answer say the same. */
  readonly isConsistent: boolean
  readonly subscription: Subscription
  /** Those that answer, and what each has of this topic. */
  readonly clients: readonly {
    readonly client: GroupClient
    readonly own: Subscription | undefined
  }[]
}

export type TimeSpanView = TimeSpan & { readonly topic: string }

export type BrokerView = {
  readonly name: string
  readonly cluster: string
  /** `host:port` by broker id; 0 is the master. For administrators. */
  readonly addresses: ReadonlyMap<number, string>
  /** Undefined when the broker did not answer. */
  readonly figures: ReadonlyMap<string, string> | undefined
}

/** What each broker that knows the user has of it. */
export type UserView<Has> = {
  readonly username: string
  readonly at: readonly ({ readonly broker: string } & Has)[]
}

export type UserSettings = Omit<AccessUser, 'username'>
export type PolicyEntry = Omit<AccessPolicy, 'username'>
export type UserPolicies = { readonly policies: readonly PolicyEntry[] }

/** What is given to make or change a user; what is absent stays or takes the broker's default. */
export type UserChange = {
  readonly [Name in keyof UserSettings]?: UserSettings[Name] | undefined
} & { readonly password?: string | undefined }

export type PolicyChoice = {
  readonly resource?: string | undefined
  readonly policyType?: PolicyEntry['policyType'] | undefined
}

/** Rejections are MqErrors. */
export type Admin = {
  queues(topic: string, call: Call): Promise<readonly QueueStats[]>
  browse(range: QueueRange, call: Call): Promise<QueuePage>
  search(input: SearchInput, call: Call): Promise<SearchOutput>
  messageById(topic: string, messageId: string, call: Call): Promise<Delivered>
  changeTopic(name: string, queues: number, call: Call): Promise<TopicView>
  deleteTopic(name: string, call: Call): Promise<void>
  groups(call: Call): Promise<readonly string[]>
  progress(group: string, call: Call): Promise<readonly GroupProgress[]>
  clients(group: string, call: Call): Promise<readonly GroupClient[]>
  /** Of a consumer that brokers know: one of their own, or one with an open gRPC stream. */
  runningInfo(input: ConsumerInput, call: Call): Promise<RunningInfo>
  /** Lets it consume a message on trial. */
  verify(input: VerifyInput, call: Call): Promise<'consumed' | 'failed' | 'corrupted'>
  /** Of a group, of a topic, or of one in the other. */
  subscriptions(input: SubscriptionInput, call: Call): Promise<readonly SubscriptionView[]>
  timeSpans(group: string, topics: readonly string[], call: Call): Promise<readonly TimeSpanView[]>
  route(topic: string, call: Call): Promise<TopicRoute>
  seek(input: SeekInput, call: Call): Promise<readonly Sought[]>
  deadLetters(
    group: string,
    page: { readonly cursor: string | undefined; readonly max: number },
    call: Call,
  ): Promise<DeadLetterPage>
  /** Undefined for each letter that was sent again. */
  resend(
    group: string,
    letters: readonly LetterRef[],
    call: Call,
  ): Promise<readonly (undefined | Error)[]>
  /** How many letters there were. */
  purge(group: string, call: Call): Promise<number>
  brokers(call: Call): Promise<readonly BrokerView[]>
  /** The brokers of a set: role, gap and whether each is in sync. */
  replicas(name: string, call: Call): Promise<readonly Replica[]>
  brokerConfig(name: string, call: Call): Promise<ReadonlyMap<string, string>>
  changeBrokerConfig(name: string, changes: ReadonlyMap<string, string>, call: Call): Promise<void>
  users(call: Call): Promise<readonly UserView<UserSettings>[]>
  user(name: string, call: Call): Promise<UserView<UserSettings>>
  /** On every broker that has none of the name; `already-exists` where all have. */
  createUser(name: string, change: UserChange, call: Call): Promise<UserView<UserSettings>>
  /** On every broker that has it, as all below. */
  changeUser(name: string, change: UserChange, call: Call): Promise<UserView<UserSettings>>
  /** With its policies. */
  deleteUser(name: string, call: Call): Promise<void>
  policies(resource: string, call: Call): Promise<readonly UserView<UserPolicies>[]>
  policiesOf(name: string, call: Call): Promise<UserView<UserPolicies>>
  /** Adds entries; those on the same resource are replaced. */
  putPolicies(
    name: string,
    entries: readonly PolicyEntry[],
    call: Call,
  ): Promise<UserView<UserPolicies>>
  /** All of the user's, or those that are chosen. */
  deletePolicies(name: string, chosen: PolicyChoice, call: Call): Promise<void>
}

export type AdminParts = {
  readonly ports: CorePorts
  /** Reads, sends and topic views go through the use cases, with their checks. */
  readonly core: Pick<Core, 'read' | 'send' | 'topic' | 'group'>
}
