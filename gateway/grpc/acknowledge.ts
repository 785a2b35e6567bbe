// AckMessage, ChangeInvisibleDuration and ForwardMessageToDeadLetterQueue. Handles are the core's signed ones, so any node
// takes them. Source: AckMessageActivity, ChangeInvisibleDurationActivity.

import { MqError } from '../../src/base/errors.ts'
import type { Caller } from './calls.ts'
import { groupName } from './convert.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { okStatus, overallStatus, statusOf } from './status.ts'
import { msOf } from './time.ts'

const invisibleMsMax = 12 * 3_600_000

export async function onAckMessage(
  request: v2.AckMessageRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.AckMessageResponse.Fields> {
  if (request.entries.length === 0) throw new MqError('invalid-argument', 'there is no entry')
  const group = groupName(request.group)
  const handles = request.entries.map(({ receiptHandle }) => receiptHandle ?? '')
  const results = await core.ack({ group, handles }, call)
  const entries = request.entries.map(({ messageId, receiptHandle }, index) => {
    const failed = results[index]
    return {
      messageId: messageId ?? '',
      receiptHandle: receiptHandle ?? '',
      status: failed ? statusOf(failed) : okStatus,
    }
  })
  return { status: overallStatus(entries.map(({ status }) => status)), entries }
}

/** Nack and extension in one: the clients tell them apart no more than the proto does. */
export async function onChangeInvisibleDuration(
  request: v2.ChangeInvisibleDurationRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.ChangeInvisibleDurationResponse.Fields> {
  const group = groupName(request.group)
  const invisibleMs = msOf(request.invisibleDuration) ?? 0
  if (invisibleMs < 0 || invisibleMs > invisibleMsMax) {
    throw new MqError('illegal-invisible-time', undefined, { invisibleMsMax })
  }
  const items = [{ handle: request.receiptHandle, invisibleMs }]
  const [result] = await core.extend({ group, mayShorten: true, items }, call)
  if (!result || result instanceof Error) throw result ?? new MqError('internal')
  return { status: okStatus, receiptHandle: result.handle }
}

/** An ordered group's consumer calls this, for ever, when its tries have failed. */
export async function onForward(
  request: v2.ForwardMessageToDeadLetterQueueRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.ForwardMessageToDeadLetterQueueResponse.Fields> {
  const group = groupName(request.group)
  await core.deadLetter({ group, handle: request.receiptHandle }, call)
  return { status: okStatus }
}

/** Clients replace their handle before they look at the status, so they get theirs back. */
export const handleKept = (
  status: v2.Status.Fields,
  { receiptHandle }: v2.ChangeInvisibleDurationRequest,
): v2.ChangeInvisibleDurationResponse.Fields => ({ status, receiptHandle })
