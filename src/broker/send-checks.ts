// What every send passes before anything is stored, in Apache's order.
//
// Source: AbstractSendMessageProcessor.msgCheck, SendMessageProcessor.preSend,
// handleRetryAndDLQ.

import { type Detail, type Failure, MqError } from '../base/errors.ts'
import type { OutgoingMessage } from '../message/message.ts'
import type { HeaderOf } from '../protocol/field.ts'
import type { sendMessage } from '../protocol/requests/send.ts'
import type { Call } from '../remoting/call.ts'
import type { BrokerPorts } from './handler.ts'
import { checkTopicName, deadLetterPrefix, isRetryTopic, isSendable, retryPrefix } from './names.ts'
import type { TopicConfig } from './ports.ts'

const permWrite = 2
/** Of MQVersion: V3_4_9, from which on clients say how often they retry. */
const sendsMaxReconsumeTimes = 121

/** The part of a send's header that the checks need. */
export type SendTarget = {
  readonly topic: string
  readonly queueId: number
  readonly defaultTopic: string
  readonly defaultTopicQueueNums: number
  readonly unitMode?: boolean | undefined
}

/** An error that is also counted under `failure`. */
export function refusal(
  ports: Pick<BrokerPorts, 'meter' | 'stats'>,
  failure: Failure,
  message: string,
  detail?: Detail,
): MqError {
  ports.meter.sendRefused(failure)
  ports.stats.putFailed()
  return new MqError(failure, message, detail)
}

/** The topic that is sent to, created if it may be. Throws what the send is refused with. */
export function checkTarget(target: SendTarget, ports: BrokerPorts, call: Call): TopicConfig {
  const { topic } = target
  const known = ports.topics.find(topic)
  if (known?.order && (ports.settings.current.brokerPermission & permWrite) === 0) {
    throw refusal(ports, 'permission-denied', 'the broker takes no messages')
  }
  if (!known) checkTopicName(topic)
  if (!isSendable(topic)) {
    throw refusal(ports, 'permission-denied', 'the topic cannot be sent to', { topic })
  }
  if (!known && call.caller?.may('Create', 'topic', topic) === false && !isRetryTopic(topic)) {
    throw refusal(ports, 'permission-denied', 'the caller may not create the topic', { topic })
  }
  const config = known ?? create(target, ports)
  if (!config) throw refusal(ports, 'topic-not-found', 'the topic does not exist', { topic })

  const queues = Math.max(config.readQueueNums, config.writeQueueNums)
  if (target.queueId >= queues) {
    const { host, port } = call.peer.remote
    throw refusal(ports, 'invalid-argument', 'the queue does not exist', {
      topic,
      queueId: target.queueId,
      queues,
      producer: `${host}:${port}`,
    })
  }
  return config
}

function create(target: SendTarget, ports: BrokerPorts): TopicConfig | undefined {
  const unit = target.unitMode ?? false
  const retry = isRetryTopic(target.topic)
  const created = ports.topics.createOnSend(target.topic, {
    defaultTopic: target.defaultTopic,
    queueNums: target.defaultTopicQueueNums,
    topicSysFlag: unit ? (retry ? 2 : 1) : 0,
  })
  return created ?? (retry ? ports.topics.ensure(target.topic, { queueNums: 1 }) : undefined)
}

/** The queue that was asked for, or any when none was. */
export const pickQueue = (asked: number, topic: TopicConfig, ports: BrokerPorts): number =>
  asked >= 0 ? asked : ports.random.below(Math.max(1, topic.writeQueueNums))

/**
 * A consumer's own re-send to %RETRY%: where it really goes. Too often tried, or from an
 * orderly consumer (its group holds a lock): to the dead letters.
 */
export function retryTarget(
  header: {
    readonly topic: string
    readonly reconsumeTimes?: number | undefined
    readonly maxReconsumeTimes?: number | undefined
  },
  ports: BrokerPorts,
  call: Call,
): { deadLetters: string } | undefined {
  const name = header.topic.slice(retryPrefix.length)
  const group = ports.groups.find(name)
  if (!group) throw refusal(ports, 'group-not-found', 'the group does not exist', { group: name })

  const asked = call.version >= sendsMaxReconsumeTimes ? header.maxReconsumeTimes : undefined
  const timesMax = asked ?? group.retryMaxTimes
  const isOver = (header.reconsumeTimes ?? 0) > timesMax
  if (!isOver && !ports.locks.isAnyLocked(name)) return undefined
  return { deadLetters: deadLetterPrefix + name }
}

/** What a send asks to store, before anything is added or redirected. */
export const outgoing = (
  header: HeaderOf<typeof sendMessage.header>,
  ports: BrokerPorts,
  call: Call,
): OutgoingMessage => ({
  topic: header.topic,
  queueId: header.queueId,
  flag: header.flag,
  sysFlag: header.sysFlag,
  bornTimestamp: header.bornTimestamp,
  bornHost: ports.hosts.of(call.peer),
  storeHost: ports.self.storeHost,
  reconsumeTimes: header.reconsumeTimes ?? 0,
  preparedPosition: 0,
  body: call.body,
  properties: header.properties ?? '',
})

/** Throws `message-too-large`. */
export function checkBody(call: Call, ports: BrokerPorts): void {
  const bytesMax = ports.settings.current.maxMessageSize
  if (call.body.length <= bytesMax) return
  throw refusal(ports, 'message-too-large', 'the body is too large', { bytesMax })
}
