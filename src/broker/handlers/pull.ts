// Pulling from one queue, with a filter, at once or when something arrives.
//
// Serves PULL_MESSAGE, LITE_PULL_MESSAGE. A pull that is held stays held when what arrives does
// not match, and goes on behind it; Apache answers "retry at once" there. The wait is ended by
// the arrival itself, so there is no periodic look.
//
// Not served: class filters, static topics, `forbiddenType` in refusals,
// the periodic look of a slave whose master moved on.
//
// Source: PullMessageProcessor, DefaultPullMessageResultHandler, PullRequestHoldService.

import { type Failure, failures, MqError } from '../../base/errors.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { litePullMessage, pullMessage } from '../../protocol/requests/pull.ts'
import type { Call } from '../../remoting/call.ts'
import type { Outcome, Reply } from '../../remoting/dispatch.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { noRoomToWait, type Waiter } from '../holds.ts'
import type {
  Arrival,
  GroupConfig,
  ReadFilter,
  ReadResult,
  ReadStatus,
  TopicConfig,
} from '../ports.ts'

type Header = HeaderOf<typeof pullMessage.header>
type PullReply = Reply<typeof pullMessage.reply>

/** Bits of the request's sysFlag. Source: PullSysFlag. */
const bits = { commitOffset: 1, suspend: 2, subscription: 4, lite: 16 } as const
const permRead = 4
/** No answer may near the largest frame, whatever the client takes; one message always fits. */
const bytesMax = 4 * 1024 * 1024
const bytesDefault = 256 * 1024
const holdMsMax = 300_000

/** What an answer without messages says; an empty queue depends on where one looked. */
const emptyFailures: Readonly<Record<Exclude<ReadStatus, 'FOUND'>, Failure>> = {
  NO_MATCHED_MESSAGE: 'pull-retry',
  MESSAGE_WAS_REMOVING: 'pull-retry',
  OFFSET_FOUND_NULL: 'pull-not-found',
  OFFSET_OVERFLOW_ONE: 'pull-not-found',
  OFFSET_OVERFLOW_BADLY: 'pull-offset-moved',
  OFFSET_TOO_SMALL: 'pull-offset-moved',
  NO_MATCHED_LOGIC_QUEUE: 'pull-not-found',
  NO_MESSAGE_IN_QUEUE: 'pull-not-found',
}

/** The key under which pulls of a queue wait. */
export const pullKey = (topic: string, queueId: number): string => `${topic}@${queueId}`

function pull(header: Header, ports: BrokerPorts, call: Call): Outcome<typeof pullMessage.reply> {
  const group = checkGroup(header, ports)
  const topic = checkTopic(header, ports)
  if (ports.groups.isReadForbidden(header.consumerGroup, header.topic)) {
    throw new MqError('permission-denied', 'the group may not read the topic', {
      group: header.consumerGroup,
      topic: header.topic,
    })
  }
  const filter = filterOf(header, ports, group)
  const one = new Pull(header, ports, call, group, topic, filter)

  const commits = (header.sysFlag & bits.commitOffset) !== 0 && header.commitOffset >= 0
  if (commits && !ports.resets.has(header.consumerGroup, header)) {
    ports.offsets.commit(header.consumerGroup, header, header.commitOffset)
  }
  return one.first()
}

function checkGroup(header: Header, ports: BrokerPorts): GroupConfig {
  const { current } = ports.settings
  if ((current.brokerPermission & permRead) === 0) {
    throw new MqError('permission-denied', 'the broker cannot be read')
  }
  if ((header.sysFlag & bits.lite) !== 0 && !current.litePullMessageEnable) {
    throw new MqError('permission-denied', 'lite pulls are not allowed')
  }
  const group = ports.groups.find(header.consumerGroup)
  if (!group) throw new MqError('group-not-found', undefined, { group: header.consumerGroup })
  if (!group.consumeEnable) {
    throw new MqError('permission-denied', 'the group may not consume', { group: group.groupName })
  }
  return group
}

function checkTopic(header: Header, ports: BrokerPorts): TopicConfig {
  const { topic: name, queueId } = header
  const topic = ports.topics.find(name)
  if (!topic) throw new MqError('topic-not-found', undefined, { topic: name })
  if ((topic.perm & permRead) === 0) {
    throw new MqError('permission-denied', 'the topic cannot be read', { topic: name })
  }
  if (queueId < 0 || queueId >= topic.readQueueNums) {
    throw new MqError('invalid-argument', 'the queue does not exist', {
      topic: name,
      queueId,
      queues: topic.readQueueNums,
    })
  }
  return topic
}

/** The filter of the request itself, else that of the group's heartbeats. */
function filterOf(header: Header, ports: BrokerPorts, group: GroupConfig): ReadFilter | undefined {
  const { topic, consumerGroup } = header
  if ((header.sysFlag & bits.subscription) !== 0) {
    const type = header.expressionType || 'TAG'
    checkExpressionType(type, ports)
    return ports.filters.compile(type, header.subscription ?? '*')
  }
  const members = ports.consumers.find(consumerGroup)
  if (!members) throw new MqError('subscription-missing', 'the group is not online')
  if (members.messageModel === 'BROADCASTING' && !group.consumeBroadcastEnable) {
    throw new MqError('permission-denied', 'the group may not consume by broadcast')
  }
  const subscription = members.subscriptions.get(topic)
  if (!subscription) throw new MqError('subscription-missing', undefined, { topic })
  if (subscription.subVersion < header.subVersion) {
    throw new MqError('subscription-stale', undefined, { topic, known: subscription.subVersion })
  }
  checkExpressionType(subscription.expressionType, ports)
  if (subscription.isBroken) throw new MqError('filter-missing', undefined, { topic })
  return subscription.filter
}

function checkExpressionType(type: string, ports: BrokerPorts): void {
  if (type === 'TAG' || ports.settings.current.enablePropertyFilter) return
  throw new MqError('broker-error', 'this broker serves tag filters only')
}

/** One pull: run once, and again for each arrival while it is held. */
class Pull implements Waiter<Arrival> {
  readonly keys: readonly string[]
  deadlineMs = 0
  readonly #header: Header
  readonly #ports: BrokerPorts
  readonly #call: Call
  readonly #group: GroupConfig
  readonly #topic: TopicConfig
  readonly #filter: ReadFilter | undefined
  /** Where the next run begins: behind what did not match. */
  #offset: number

  constructor(
    header: Header,
    ports: BrokerPorts,
    call: Call,
    group: GroupConfig,
    topic: TopicConfig,
    filter: ReadFilter | undefined,
  ) {
    this.keys = [pullKey(header.topic, header.queueId)]
    this.#header = header
    this.#ports = ports
    this.#call = call
    this.#group = group
    this.#topic = topic
    this.#filter = filter
    this.#offset = header.queueOffset
  }

  first(): Outcome<typeof pullMessage.reply> {
    const moved = this.#reset()
    if (moved) return moved
    const result = this.#read()
    if (result instanceof Promise) return result.then((read) => this.#answer(read))
    const mayWait = (this.#header.sysFlag & bits.suspend) !== 0
    if (!mayWait || failureOf(result.status, this.#offset) !== 'pull-not-found') {
      return this.#answer(result)
    }
    this.deadlineMs = this.#ports.clock.monotonic() + this.#waitMs()
    const held = this.#ports.holds.hold(this, this.#call.peer)
    if (!held) throw noRoomToWait()
    return held
  }

  /**
   * The arrival tells the tag of its newest message only: enough to decide when that message
   * is all there is behind the offset of the pull.
   */
  wants(arrival: Arrival): boolean {
    if (arrival.maxOffset <= this.#offset) return false
    if (arrival.maxOffset > this.#offset + 1 || arrival.isBatch) return true
    return this.#filter?.matchesTagsCode?.(arrival.tagsCode) !== false
  }

  again(final: boolean): PullReply | Promise<PullReply | undefined> | undefined {
    const moved = this.#reset()
    if (moved) return moved
    const result = this.#read()
    if (result instanceof Promise) return result.then((read) => this.#next(read, final))
    return this.#next(result, final)
  }

  /** The answer when somebody set the group's offset: it goes on from there. */
  #reset(): PullReply | undefined {
    const { resets, offsets, queues, meter } = this.#ports
    const { consumerGroup } = this.#header
    const nextBeginOffset = resets.take(consumerGroup, this.#header)
    if (nextBeginOffset === undefined) return undefined
    offsets.commit(consumerGroup, this.#header, nextBeginOffset)
    meter.pulled('OFFSET_RESET')
    return {
      code: failures['pull-offset-moved'].remoting,
      remark: 'OFFSET_RESET',
      header: {
        suggestWhichBrokerId: 0,
        nextBeginOffset,
        minOffset: queues.minOffset(this.#header),
        maxOffset: queues.maxOffset(this.#header),
        topicSysFlag: this.#topic.topicSysFlag,
        groupSysFlag: this.#group.groupSysFlag,
      },
    }
  }

  #next(result: ReadResult, final: boolean): PullReply | undefined {
    const failure = failureOf(result.status, this.#offset)
    if (failure === 'pull-retry') this.#offset = result.nextOffset
    const waitsOn = failure === 'pull-not-found' || failure === 'pull-retry'
    return waitsOn && !final ? undefined : this.#answer(result)
  }

  #read(): ReadResult | Promise<ReadResult> {
    const { topic, queueId, maxMsgNums, maxMsgBytes } = this.#header
    const countMax = this.#ports.settings.current.pullBatchMaxMessageCount
    return this.#ports.reader.read({
      topic,
      queueId,
      offset: this.#offset,
      maxCount: Math.max(1, Math.min(maxMsgNums, countMax)),
      maxBytes: Math.min(Math.max(1, maxMsgBytes ?? bytesDefault), bytesMax),
      filter: this.#filter,
    })
  }

  #waitMs(): number {
    const { longPollingEnable, shortPollingTimeMills } = this.#ports.settings.current
    if (!longPollingEnable) return shortPollingTimeMills
    return Math.min(Math.max(0, this.#header.suspendTimeoutMillis), holdMsMax)
  }

  #answer(result: ReadResult): PullReply {
    const { meter, stats, offsets } = this.#ports
    const { consumerGroup, topic, queueId } = this.#header
    const failure = failureOf(result.status, this.#offset)
    if (failure) {
      stats.missed()
    } else {
      meter.read(result.messageCount, result.bytes)
      stats.got(topic, consumerGroup, result.messageCount, result.bytes)
    }
    meter.pulled(result.status)
    offsets.pulled(consumerGroup, { topic, queueId }, result.nextOffset)
    return {
      code: failure ? failures[failure].remoting : 0,
      remark: result.status,
      header: {
        suggestWhichBrokerId: this.#suggested(result),
        nextBeginOffset: result.nextOffset,
        minOffset: result.minOffset,
        maxOffset: result.maxOffset,
        topicSysFlag: this.#topic.topicSysFlag,
        groupSysFlag: this.#group.groupSysFlag,
      },
      ...(failure ? {} : { body: result.records }),
    }
  }

  #suggested(result: ReadResult): number {
    if (!this.#ports.settings.current.slaveReadEnable) return 0
    const { whichBrokerWhenConsumeSlowly, brokerId } = this.#group
    return result.suggestSlave ? whichBrokerWhenConsumeSlowly : brokerId
  }
}

/** Undefined: messages were found. */
function failureOf(status: ReadStatus, offset: number): Failure | undefined {
  if (status === 'FOUND') return undefined
  const isEmpty = status === 'NO_MATCHED_LOGIC_QUEUE' || status === 'NO_MESSAGE_IN_QUEUE'
  return isEmpty && offset !== 0 ? 'pull-offset-moved' : emptyFailures[status]
}

const onPullMessage = handle(pullMessage, pull)
const onLitePullMessage = handle(litePullMessage, pull)

export const pullHandlers = [onPullMessage, onLitePullMessage]
