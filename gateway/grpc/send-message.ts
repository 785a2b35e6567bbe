// SendMessage: one message or several of one topic, and what became of each.
// Source: SendMessageActivity. There a batch is answered by one entry; here each message has
// its own, as the clients count them.

import { MqError } from '../../src/base/errors.ts'
import type { SendInput, SendResult } from '../core/core.ts'
import type { Caller } from './calls.ts'
import { sendInputOf } from './convert.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { okStatus, overallStatus, statusOf } from './status.ts'

export async function onSendMessage(
  request: v2.SendMessageRequest,
  { call }: Caller,
  front: Front,
): Promise<v2.SendMessageResponse.Fields> {
  const { messages } = request
  const [only] = messages
  if (!only) throw new MqError('message-corrupted', 'there is no message')
  if (messages.length === 1) {
    const input = inputOf(only)
    const result =
      input instanceof Error ? input : await front.core.send(input, call).catch(asError)
    const entry = entryOf(result, front)
    return { status: entry.status ?? okStatus, entries: [entry] }
  }
  if (messages.some(({ topic }) => topic?.name !== only.topic?.name)) {
    throw new MqError('message-corrupted', 'the messages are of different topics')
  }

  const inputs = messages.map(inputOf)
  const good = inputs.filter((input): input is SendInput => !(input instanceof Error))
  const results = (await front.core.sendBatch(good, call)).values()
  const entries = inputs.map((input) => {
    const result = input instanceof Error ? input : results.next().value
    return entryOf(result ?? new MqError('internal'), front)
  })
  return { status: overallStatus(entries.map(({ status }) => status ?? okStatus)), entries }
}

/** One bad message of a batch spoils no other. */
function inputOf(message: v2.Message.Fields): SendInput | Error {
  try {
    return sendInputOf(message)
  } catch (error) {
    return asError(error)
  }
}

function entryOf(result: SendResult, { log }: Front): v2.SendResultEntry.Fields {
  if (result instanceof Error) {
    if (!(result instanceof MqError)) log.error('grpc-send-failed', { error: result })
    return { status: statusOf(result) }
  }
  return {
    status: okStatus,
    messageId: result.messageId,
    transactionId: result.transactionId ?? '',
    offset: result.queueOffset,
    recallHandle: result.recallHandle ?? '',
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('not an error was thrown', { cause: error })
