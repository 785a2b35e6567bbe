// GetOffset, UpdateOffset and QueryOffset: for consumers that keep their own place in a queue.
// Apache's proxy leaves them out; the messages are those of the proto.

import { MqError } from '../../src/base/errors.ts'
import type { QueueInput, QueuePoint } from '../core/core.ts'
import type { Caller } from './calls.ts'
import { groupName, topicName } from './convert.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { okStatus } from './status.ts'
import { msOf } from './time.ts'

export async function onGetOffset(
  request: v2.GetOffsetRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.GetOffsetResponse.Fields> {
  const input = { ...queueInputOf(request.messageQueue), group: groupName(request.group) }
  return { status: okStatus, offset: await core.groupOffset(input, call) }
}

export async function onUpdateOffset(
  request: v2.UpdateOffsetRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.UpdateOffsetResponse.Fields> {
  const input = { ...queueInputOf(request.messageQueue), group: groupName(request.group) }
  await core.setGroupOffset({ ...input, offset: request.offset }, call)
  return { status: okStatus }
}

export async function onQueryOffset(
  request: v2.QueryOffsetRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.QueryOffsetResponse.Fields> {
  const input = { ...queueInputOf(request.messageQueue), at: pointOf(request) }
  return { status: okStatus, offset: await core.queueOffset(input, call) }
}

export function queueInputOf(queue: v2.MessageQueue.Fields | null | undefined): QueueInput {
  const topic = topicName(queue?.topic)
  const broker = queue?.broker?.name
  if (!broker) throw new MqError('invalid-argument', 'the broker of the queue is missing')
  return { topic, queue: { broker, queueId: queue?.id ?? 0 } }
}

function pointOf({ queryOffsetPolicy, timestamp }: v2.QueryOffsetRequest): QueuePoint {
  if (queryOffsetPolicy === v2.QueryOffsetPolicy.BEGINNING) return 'earliest'
  if (queryOffsetPolicy === v2.QueryOffsetPolicy.END) return 'latest'
  const at = msOf(timestamp)
  if (at === undefined) throw new MqError('invalid-argument', 'the timestamp is missing')
  return { at }
}
