// Taking back a timed message before it is due: a message for the same second that names it.
// Whether it still waited is not known to anybody until then, as with Apache.
//
// Source: RecallMessageProcessor.

import { MqError } from '../../base/errors.ts'
import type { OutgoingMessage } from '../../message/message.ts'
import { printProperties, propertyNames } from '../../message/properties.ts'
import { parseRecallHandle, type RecallHandle } from '../../message/recall-handle.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { recallMessage } from '../../protocol/requests/send.ts'
import type { Call } from '../../remoting/call.ts'
import type { Outcome } from '../../remoting/dispatch.ts'
import { whenDurable } from '../durable.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { putOnTimer } from '../timed.ts'

const permWrite = 2
const recallTag = '_RECALL_TAG_'

function recall(
  header: HeaderOf<typeof recallMessage.header>,
  ports: BrokerPorts,
  call: Call,
): Outcome<typeof recallMessage.reply> {
  const { recallMessageEnable, brokerPermission, regionId } = ports.settings.current
  if (!recallMessageEnable) {
    throw new MqError('permission-denied', 'recall failed, operation is forbidden')
  }
  if (ports.self.brokerId !== 0 || (brokerPermission & permWrite) === 0) {
    throw new MqError('broker-unavailable', 'the broker takes no messages')
  }
  if (!ports.topics.find(header.topic)) {
    throw new MqError('topic-not-found', undefined, { topic: header.topic })
  }
  const handle = checkHandle(header, ports)
  const message = recallOf(handle, ports, call)
  putOnTimer(message, ports)
  const appended = ports.appender.append(message)
  const reply = { header: { msgId: handle.messageId, region: regionId } }
  return whenDurable(ports.appender, appended, reply)
}

function checkHandle(
  header: HeaderOf<typeof recallMessage.header>,
  { self, clock, settings }: BrokerPorts,
): RecallHandle {
  const handle = parseRecallHandle(header.recallHandle)
  if (!handle) throw new MqError('illegal-operation', 'recall failed, the handle is invalid')
  if (handle.topic !== header.topic || handle.brokerName !== self.brokerName) {
    throw new MqError('illegal-operation', 'recall failed, topic or broker does not match')
  }
  const leftMs = handle.deliverAt - clock.now()
  if (leftMs <= 0 || leftMs >= settings.current.timerMaxDelaySec * 1000) {
    throw new MqError('illegal-operation', 'recall failed, the timestamp is invalid')
  }
  return handle
}

function recallOf(handle: RecallHandle, ports: BrokerPorts, call: Call): OutgoingMessage {
  const { topic, deliverAt, messageId } = handle
  const isLong = ports.settings.current.appendTopicForTimerDeleteKey
  const now = ports.clock.now()
  return {
    topic,
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: now,
    bornHost: ports.hosts.of(call.peer),
    storeHost: ports.self.storeHost,
    reconsumeTimes: 0,
    preparedPosition: 0,
    body: Buffer.from('0'),
    properties: printProperties([
      [propertyNames.tags, recallTag],
      [propertyNames.uniqueKey, messageId],
      [propertyNames.timerDeleteKey, isLong ? `${topic}+${messageId}` : messageId],
      [propertyNames.timerDeliverMs, String(deliverAt)],
      [propertyNames.bornTimestamp, String(now)],
    ]),
  }
}

export const recallHandlers = [handle(recallMessage, recall)]
