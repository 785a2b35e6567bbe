// A push consumer gives a message back: it comes again through the group's retry topic after a
// delay, or goes to the dead letters when it came too often.
//
// Serves CONSUMER_SEND_MSG_BACK. Not served: class filters and hooks.
// Source: SendMessageProcessor.consumerSendMsgBack; the records were compared with 5.5.0's.

import { MqError } from '../../base/errors.ts'
import { sysFlags } from '../../message/flags.ts'
import { offsetMessageId } from '../../message/id.ts'
import type { OutgoingMessage } from '../../message/message.ts'
import { printProperties, propertyNames } from '../../message/properties.ts'
import { bornHostOf, decodeRecord } from '../../message/record.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { consumerSendMsgBack } from '../../protocol/requests/ack.ts'
import type { Call } from '../../remoting/call.ts'
import type { Outcome } from '../../remoting/dispatch.ts'
import { delayLevelOf, putAside } from '../delay.ts'
import { replyOf, whenDurable } from '../durable.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { deadLetterPrefix, retryPrefix } from '../names.ts'
import type { GroupConfig } from '../ports.ts'
import { mayRead } from '../readable.ts'

type Header = HeaderOf<typeof consumerSendMsgBack.header>

/** Source: V3_4_9, from which on clients say how often they retry. */
const sendsMaxReconsumeTimes = 121
const firstDelayLevel = 3
const permWrite = 2

const onConsumerSendMsgBack = handle(consumerSendMsgBack, (header, ports, call) => {
  const group = ports.groups.find(header.group)
  if (!group) throw new MqError('group-not-found', undefined, { group: header.group })
  if ((ports.settings.current.brokerPermission & permWrite) === 0) {
    throw new MqError('permission-denied', 'the broker takes no messages')
  }
  if (group.retryQueueNums <= 0) return {}

  const record = ports.reader.recordAt(header.offset)
  return record instanceof Promise
    ? record.then((cold) => replyOf(putBack(cold, header, group, ports, call)))
    : putBack(record, header, group, ports, call)
})

function putBack(
  record: Uint8Array | undefined,
  header: Header,
  group: GroupConfig,
  ports: BrokerPorts,
  call: Call,
): Outcome<Record<never, never>> {
  if (!record) {
    throw new MqError('broker-error', 'there is no message at this position', {
      position: header.offset,
    })
  }
  const original = decodeRecord(record)
  // The position is the caller's word: it must not bring a message of others to the group.
  if (!mayRead(call.caller, original)) throw new MqError('permission-denied')
  // Source: HookUtils.checkInnerBatch. A Java client sends the one message again by itself then.
  if ((original.sysFlag & sysFlags.innerBatch) !== 0) {
    throw new MqError('message-illegal', 'a message of a batch cannot be given back alone')
  }
  const asked = call.version >= sendsMaxReconsumeTimes ? header.maxReconsumeTimes : undefined
  const timesMax = asked ?? group.retryMaxTimes
  const isDead = original.reconsumeTimes >= timesMax || header.delayLevel < 0

  const level = header.delayLevel || firstDelayLevel + original.reconsumeTimes
  const target = isDead ? deadLetters(group, ports) : retryQueue(group, ports)
  const properties = new Map(original.properties)
  if (!properties.has(propertyNames.retryTopic)) {
    properties.set(propertyNames.retryTopic, original.topic)
  }
  if (!properties.has(propertyNames.originMessageId)) {
    const origin = offsetMessageId(ports.self.storeHost, original.position)
    properties.set(propertyNames.originMessageId, origin)
  }
  properties.set(propertyNames.wait, 'false')
  properties.set(propertyNames.delay, String(isDead ? 0 : level))

  const message: OutgoingMessage = {
    ...target,
    flag: original.flag,
    sysFlag: original.sysFlag,
    bornTimestamp: original.bornTimestamp,
    bornHost: bornHostOf(record),
    storeHost: ports.self.storeHost,
    reconsumeTimes: original.reconsumeTimes + 1,
    preparedPosition: 0,
    body: original.body,
    properties: printProperties(properties),
  }
  const delayLevel = delayLevelOf(message.properties, ports.delayLevels.length)
  if (delayLevel > 0) putAside(message, delayLevel)
  const appended = ports.appender.append(message)
  ports.meter.sentBack(isDead)
  const origin = properties.get(propertyNames.retryTopic) ?? original.topic
  ports.stats.sentBack(origin, group.groupName, isDead)
  return whenDurable(ports.appender, appended, {})
}

function deadLetters(group: GroupConfig, ports: BrokerPorts): { topic: string; queueId: number } {
  const topic = deadLetterPrefix + group.groupName
  ports.topics.ensure(topic, { queueNums: 1 })
  return { topic, queueId: 0 }
}

function retryQueue(group: GroupConfig, ports: BrokerPorts): { topic: string; queueId: number } {
  const topic = retryPrefix + group.groupName
  const { perm } = ports.topics.ensure(topic, { queueNums: group.retryQueueNums })
  if ((perm & permWrite) === 0) {
    throw new MqError('permission-denied', 'the retry topic takes no messages', { topic })
  }
  return { topic, queueId: ports.random.below(group.retryQueueNums) }
}

export const sendBackHandlers = [onConsumerSendMsgBack]
