// Replies to requests that were sent as messages: pushed to the client that waits for them, over
// the connection of its heartbeats, and stored as well, as Apache does.
//
// Serves SEND_REPLY_MESSAGE, SEND_REPLY_MESSAGE_V2. The answer says whether the client took the
// reply. The stored copy is for whoever looks later: nobody waits until it is on disk, and its
// failure is only logged.
//
// Source: ReplyMessageProcessor.

import { MqError } from '../../base/errors.ts'
import { hostText } from '../../message/hosts.ts'
import { offsetMessageId } from '../../message/id.ts'
import type { OutgoingMessage } from '../../message/message.ts'
import { propertyIn, propertyNames, withProperty } from '../../message/properties.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import {
  pushReplyMessageToClient,
  type sendMessage,
  sendReplyMessage,
  sendReplyMessageV2,
} from '../../protocol/requests/send.ts'
import type { Call } from '../../remoting/call.ts'
import type { Reply } from '../../remoting/dispatch.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { checkBody, checkTarget, outgoing, pickQueue } from '../send-checks.ts'

type Header = HeaderOf<typeof sendMessage.header>

/** Source: Broker2Client.callClient. */
const pushTimeoutMs = 10_000

async function sendReply(
  header: Header,
  ports: BrokerPorts,
  call: Call,
): Promise<Reply<typeof sendMessage.reply>> {
  const topic = checkTarget(header, ports, call)
  checkBody(call, ports)
  const message = outgoing(header, ports, call)
  message.queueId = pickQueue(header.queueId, topic, ports)

  const failure = await push(header, message, ports)
  const stored = ports.settings.current.storeReplyMessageEnable ? store(message, ports) : undefined
  if (failure) throw failure
  const { regionId, traceOn } = ports.settings.current
  return {
    header: {
      msgId: '0',
      queueOffset: 0,
      ...stored,
      queueId: message.queueId,
      transactionId: propertyIn(message.properties, propertyNames.uniqueKey),
      region: regionId,
      traceOn,
    },
  }
}

/** Why the client did not get it; undefined when it did. */
async function push(
  header: Header,
  message: OutgoingMessage,
  ports: BrokerPorts,
): Promise<MqError | undefined> {
  const clientId = propertyIn(message.properties, propertyNames.replyToClient)
  if (clientId === undefined) {
    return new MqError('broker-error', 'REPLY_TO_CLIENT is missing: there is nobody to reply to')
  }
  const waiting = ports.producers.client(clientId)
  if (waiting === undefined) {
    return new MqError('broker-error', 'the client that asked is not connected', { clientId })
  }
  const now = ports.clock.now()
  const pushed = {
    ...header,
    queueId: message.queueId,
    properties: withProperty(message.properties, propertyNames.pushReplyTime, String(now)),
    bornHost: hostText(message.bornHost),
    storeHost: hostText(message.storeHost),
    storeTimestamp: now,
  }
  const options = { body: message.body, timeoutMs: pushTimeoutMs }
  try {
    const { code } = await waiting.peer.call(pushReplyMessageToClient, pushed, options)
    if (code === 0) return undefined
    return new MqError('broker-error', 'the client did not take the reply', { clientId, code })
  } catch (cause) {
    return new MqError('broker-error', 'the client cannot be reached', { clientId }, { cause })
  }
}

function store(message: OutgoingMessage, ports: BrokerPorts) {
  try {
    const appended = ports.appender.append(message)
    ports.meter.sent(1, message.body.length)
    ports.stats.put(message.topic, 1, appended.endPosition - appended.position)
    return {
      msgId: offsetMessageId(ports.self.storeHost, appended.position),
      queueOffset: appended.queueOffset,
    }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    ports.log.warn('reply-not-stored', { topic: message.topic, reason: error.message })
    return undefined
  }
}

export const replyHandlers = [
  handle(sendReplyMessage, sendReply),
  handle(sendReplyMessageV2, sendReply),
]
