// Sending: single messages in both headers, and batches.
//
// Serves SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE. An append is answered when it is as
// durable as the store promises; a message with WAIT=false does not wait. Messages with a delay
// level go to the schedule topic, one with an exact time to the timer topic, prepared ones to
// that of the halves.
//
// A topic with queue.type=BatchCQ takes batches of clients that know how to unwrap them (they give
// the batch an id of its own), and keeps each as one record. Anything else is refused there: Apache
// stores it, and its queues never show it.
//
// Not served: static topics, and a prepared message with an exact time, which Apache would
// deliver without its commit.
//
// Source: SendMessageProcessor.

import { decodeBatch } from '../../message/batch.ts'
import { sysFlags } from '../../message/flags.ts'
import { offsetMessageId } from '../../message/id.ts'
import { batchCountMax } from '../../message/inner-batch.ts'
import type { OutgoingBatch, OutgoingMessage } from '../../message/message.ts'
import { addProperty, propertyIn, propertyNames, withProperty } from '../../message/properties.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { sendBatchMessage, sendMessage, sendMessageV2 } from '../../protocol/requests/send.ts'
import type { Call } from '../../remoting/call.ts'
import type { Outcome } from '../../remoting/dispatch.ts'
import { isBatchTopic } from '../attributes.ts'
import type { Earlier } from '../dedup.ts'
import { delayLevelOf, putAside } from '../delay.ts'
import { replyOf, whenDurable } from '../durable.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { isRetryTopic } from '../names.ts'
import type { Appended } from '../ports.ts'
import {
  checkBody,
  checkTarget,
  outgoing,
  pickQueue,
  refusal,
  retryTarget,
} from '../send-checks.ts'
import { putOnTimer, recallHandleOf } from '../timed.ts'
import { prepare } from '../transaction/half.ts'

type Header = HeaderOf<typeof sendMessage.header>
type SendOutcome = Outcome<typeof sendMessage.reply>

const compactionPolicy = 'COMPACTION'
const batchTopicLengthMax = 127

function send(header: Header, ports: BrokerPorts, call: Call): SendOutcome {
  if (header.batch) return sendBatch(header, ports, call)
  const topic = checkTarget(header, ports, call)
  checkBody(call, ports)
  if (isBatchTopic(topic.attributes)) {
    throw refusal(ports, 'message-illegal', 'the topic takes batches only (queue.type=BatchCQ)')
  }

  const message = outgoing(header, ports, call)
  message.queueId = pickQueue(header.queueId, topic, ports)
  message.properties = ports.sendProperties.complete(header.properties ?? '')
  if (isRetryTopic(header.topic)) redirectRetry(message, header, ports, call)

  const uniqueKey = uniqueKeyOf(message, ports)
  checkKind(message, topic.attributes['cleanup.policy'] === compactionPolicy, ports)
  // What consumers send back keeps its id and comes as often as it fails.
  const digest = isRetryTopic(header.topic) ? undefined : ports.dedup.digestOf(message)
  return digest === undefined
    ? store({ header, message, uniqueKey }, ports, call)
    : storeOnce({ header, message, uniqueKey, digest }, ports, call)
}

type ToStore = {
  readonly header: Header
  readonly message: OutgoingMessage
  readonly uniqueKey: string
  /** Of a message that is stored only once. */
  readonly digest?: string
}

function store(given: ToStore, ports: BrokerPorts, call: Call): SendOutcome {
  const { header, message, uniqueKey, digest } = given
  const waits = propertyIn(message.properties, propertyNames.wait) !== 'false'
  // The answer names the queue that was sent to, not the one in which a message waits.
  const { queueId } = message
  const level = delayLevelOf(message.properties, ports.delayLevels.length)
  const isHalf = isPrepared(header, message)
  if (isHalf) prepareHere(message, uniqueKey, ports)
  else if (level > 0) putAside(message, level)
  else putOnTimer(message, ports)
  const recallHandle = isHalf ? undefined : recallHandleOf(message, ports.self.brokerName)

  const appended = ports.appender.append(message)
  // A half counts when it is committed.
  if (!isHalf) {
    ports.meter.sent(1, call.body.length)
    ports.stats.put(header.topic, 1, appended.endPosition - appended.position)
  }
  if (digest !== undefined) {
    ports.dedup.remember(header.topic, uniqueKey, { digest, queueId, recallHandle, appended })
  }
  return answer(appended, { queueId, uniqueKey, recallHandle }, waits, ports)
}

/** As {@link store}, unless an earlier send has stored it: then that one is answered again. */
function storeOnce(
  given: ToStore & { readonly digest: string },
  ports: BrokerPorts,
  call: Call,
): SendOutcome {
  const { header, uniqueKey, digest } = given
  const { dedup } = ports
  const finish = (earlier: Earlier | undefined): SendOutcome =>
    earlier ? replayed(earlier, uniqueKey, ports) : store(given, ports, call)
  const found = dedup.find(header.topic, uniqueKey, digest)
  if (!(found instanceof Promise)) return finish(found)
  // Another send of the id may have been stored while the log was asked.
  return found.then((earlier) =>
    replyOf(finish(earlier ?? dedup.inMemory(header.topic, uniqueKey, digest))),
  )
}

const replayed = (
  { appended, queueId, recallHandle }: Earlier,
  uniqueKey: string,
  ports: BrokerPorts,
): SendOutcome =>
  answer(appended, { queueId, uniqueKey, recallHandle, isReplay: true }, true, ports)

function sendBatch(header: Header, ports: BrokerPorts, call: Call): SendOutcome {
  const topic = checkTarget(header, ports, call)
  if (header.topic.length > batchTopicLengthMax) {
    throw refusal(ports, 'message-illegal', 'the topic name is too long for a batch')
  }
  if (isRetryTopic(header.topic)) {
    throw refusal(ports, 'message-illegal', 'a batch cannot be sent to a retry topic')
  }
  checkBody(call, ports)
  const batch = outgoing(header, ports, call)
  batch.queueId = pickQueue(header.queueId, topic, ports)
  if (isBatchTopic(topic.attributes)) return sendWhole(batch, ports, call)

  const appended = ports.appender.appendBatch(batch)
  ports.meter.sent(appended.positions.length, call.body.length)
  const recordBytes = appended.endPosition - appended.position
  ports.stats.put(header.topic, appended.positions.length, recordBytes)
  const uniqueKey = propertyIn(batch.properties, propertyNames.uniqueKey)
  const waits = propertyIn(batch.properties, propertyNames.wait) !== 'false'
  return answer(appended, { queueId: batch.queueId, uniqueKey }, waits, ports)
}

/** Source: SendMessageProcessor.sendBatchMessage, where it sets isInnerBatch. */
function sendWhole(batch: OutgoingBatch, ports: BrokerPorts, call: Call): SendOutcome {
  const uniqueKey = propertyIn(batch.properties, propertyNames.uniqueKey)
  if (uniqueKey === undefined) {
    throw refusal(ports, 'message-illegal', 'a batch without an id in a topic of BatchCQ')
  }
  const count = decodeBatch(batch.body).length
  if (count === 0 || count > batchCountMax) {
    throw refusal(ports, 'message-illegal', 'a batch of too few or too many', { count })
  }
  if (delayLevelOf(batch.properties, ports.delayLevels.length) > 0) {
    throw refusal(ports, 'message-illegal', 'a batch cannot be delayed')
  }
  batch.sysFlag |= sysFlags.needUnwrap | sysFlags.innerBatch
  const complete = ports.sendProperties.complete(batch.properties)
  batch.properties = withProperty(complete, propertyNames.innerNumber, String(count))

  const appended = ports.appender.append(batch)
  ports.meter.sent(count, call.body.length)
  ports.stats.put(batch.topic, count, appended.endPosition - appended.position)
  const waits = propertyIn(batch.properties, propertyNames.wait) !== 'false'
  const { queueId } = batch
  return answer(appended, { queueId, uniqueKey, batchUniqueKey: uniqueKey }, waits, ports)
}

function redirectRetry(
  message: OutgoingMessage,
  header: Header,
  ports: BrokerPorts,
  call: Call,
): void {
  const elsewhere = retryTarget(header, ports, call)
  if (!elsewhere) return
  ports.topics.ensure(elsewhere.deadLetters, { queueNums: 1 })
  message.topic = elsewhere.deadLetters
  message.queueId = 0
  message.properties = withProperty(message.properties, propertyNames.delay, '0')
  ports.meter.sentBack(true)
}

function uniqueKeyOf(message: OutgoingMessage, ports: BrokerPorts): string {
  const given = propertyIn(message.properties, propertyNames.uniqueKey)
  if (given !== undefined) return given
  const made = ports.uniqueIds.next(ports.clock.now())
  message.properties = addProperty(message.properties, propertyNames.uniqueKey, made)
  return made
}

/** Refuses what cannot be stored as what it is. */
function checkKind(message: OutgoingMessage, isCompacted: boolean, ports: BrokerPorts): void {
  const { properties } = message
  if (isCompacted && !propertyIn(properties, propertyNames.keys)) {
    throw refusal(ports, 'message-illegal', 'a message of a compacted topic needs a key')
  }
}

/** What a consumer sends again may have been prepared once. */
const isPrepared = ({ topic }: Header, { properties }: OutgoingMessage): boolean =>
  propertyIn(properties, propertyNames.transactionPrepared) === 'true' && !isRetryTopic(topic)

function prepareHere(message: OutgoingMessage, uniqueKey: string, ports: BrokerPorts): void {
  if (ports.settings.current.rejectTransactionMessage) {
    throw refusal(ports, 'permission-denied', 'transactional messages are not accepted')
  }
  const { timerDelaySeconds, timerDelayMs, timerDeliverMs } = propertyNames
  for (const name of [timerDelaySeconds, timerDelayMs, timerDeliverMs]) {
    if (propertyIn(message.properties, name) === undefined) continue
    throw refusal(ports, 'illegal-delivery-time', 'a transaction cannot have a delivery time')
  }
  prepare(message, uniqueKey)
}

function answer(
  appended: Appended,
  sent: {
    readonly queueId: number
    readonly uniqueKey: string | undefined
    /** Of a batch that is kept whole: tells the client so. */
    readonly batchUniqueKey?: string
    readonly recallHandle?: string | undefined
    readonly isReplay?: boolean
  },
  waits: boolean,
  ports: BrokerPorts,
): SendOutcome {
  const { positions, queueOffset, storeTimestamp } = appended
  const { storeHost } = ports.self
  const { regionId, traceOn } = ports.settings.current
  const msgId =
    positions.length > 1
      ? positions.map((position) => offsetMessageId(storeHost, position)).join(',')
      : offsetMessageId(storeHost, appended.position)
  const reply = {
    header: {
      msgId,
      queueId: sent.queueId,
      queueOffset,
      transactionId: sent.uniqueKey,
      batchUniqId: sent.batchUniqueKey,
      recallHandle: sent.recallHandle,
      region: regionId,
      traceOn,
      rwStoreTime: storeTimestamp,
      ...(sent.isReplay && { rwReplayed: true }),
    },
  }
  return waits ? whenDurable(ports.appender, appended, reply) : reply
}

const onSendMessage = handle(sendMessage, send)
const onSendMessageV2 = handle(sendMessageV2, send)
const onSendBatchMessage = handle(sendBatchMessage, sendBatch)

export const sendHandlers = [onSendMessage, onSendMessageV2, onSendBatchMessage]
