// PullMessage: a stream of the status, the messages and the offset to go on from. Apache's
// proxy leaves it out; the order of the frames is that of the proto.

import { MqError } from '../../src/base/errors.ts'
import type { PullOutput } from '../core/core.ts'
import { callerOf, count, refusal } from './calls.ts'
import { filterOf, groupName } from './convert.ts'
import { writeDelivery } from './delivery-frame.ts'
import { Frames, togetherBytesMax } from './framing.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { queueInputOf } from './offsets.ts'
import { type Polls, pollMsOf } from './receive-message.ts'
import type { ServerCall } from './server-call.ts'
import { messagingService } from './service-definition.ts'
import { okStatus } from './status.ts'

const rpc = 'PullMessage'
const batchSizeMax = 32

const { writeResponse } = messagingService.PullMessage

const noMessage: v2.Status.Fields = {
  code: v2.Code.MESSAGE_NOT_FOUND,
  message: 'no message came in time',
}
const outside: v2.Status.Fields = {
  code: v2.Code.ILLEGAL_OFFSET,
  message: 'the queue does not reach to this offset',
}

type PullCall = ServerCall<v2.PullMessageRequest>

export const servePull =
  (front: Front, polls: Polls) =>
  (call: PullCall): void => {
    void serve(call, front, polls)
  }

async function serve(call: PullCall, front: Front, polls: Polls): Promise<void> {
  const gone = new AbortController()
  call.onGone(() => gone.abort(new MqError('request-timeout', 'the caller has gone')))
  const { offset } = call.request
  try {
    const pulled = await pull(call, front, polls, gone)
    const found = pulled.messages.length > 0 ? okStatus : noMessage
    const status = pulled.isOutside ? outside : found
    count(rpc, status, front)
    await deliver(call, status, pulled)
  } catch (error) {
    if (call.cancelled) return
    const status = polls.isDraining ? okStatus : refusal(rpc, error, front)
    await deliver(call, status, { messages: [], nextOffset: offset })
  }
}

async function pull(
  call: PullCall,
  front: Front,
  polls: Polls,
  gone: AbortController,
): Promise<PullOutput> {
  const { request } = call
  const { core, config } = front
  const caller = await callerOf(call, front, gone.signal)
  if (request.batchSize < 1) throw new MqError('invalid-argument', 'the batch size is below 1')
  const { remainingMs } = call
  const input = {
    ...queueInputOf(request.messageQueue),
    group: groupName(request.group),
    offset: request.offset,
    max: Math.min(request.batchSize, batchSizeMax),
    waitMs: pollMsOf(request, { remainingMs, config, caller }),
    filter: filterOf(request.filterExpression),
  }
  return polls.hold(gone, () => core.pull(input, caller.call))
}

async function deliver(
  call: PullCall,
  status: v2.Status.Fields,
  { messages, nextOffset }: Pick<PullOutput, 'messages' | 'nextOffset'>,
): Promise<void> {
  const topic = call.request.messageQueue?.topic ?? {}
  let frames = new Frames()
  frames.add((writer) => writeResponse({ status }, writer))
  for (const message of messages) {
    if (call.cancelled) return
    frames.add((writer) => writeDelivery(writer, message, topic))
    if (frames.bytes < togetherBytesMax) continue
    if (!call.write(frames.take())) await call.drained()
    frames = new Frames()
  }
  frames.add((writer) => writeResponse({ nextOffset }, writer))
  call.end(frames.take())
}
