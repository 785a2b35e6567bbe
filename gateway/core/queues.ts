// Single queues, for consumers that keep their own offsets: reading one from an offset, its
// ends, and how far a group has come in it. Source: DefaultMQPullConsumerImpl.

import { MqError } from '../../src/base/errors.ts'
import type { QueueAddress } from '../../src/client/topic-route.ts'
import type {
  Call,
  GroupQueueInput,
  PullInput,
  PullOutput,
  QueueInput,
  QueuePoint,
} from './core.ts'
import { delivered } from './delivered.ts'
import { groupName, readableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import { checkCount, checkWait, filterOf } from './ranges.ts'
import type { RouteCache } from './route-cache.ts'
import type { Waiters } from './waiters.ts'

export type QueuePorts = {
  readonly ports: CorePorts
  readonly routes: RouteCache
  readonly waiters: Waiters
}

export async function pull(input: PullInput, call: Call, parts: QueuePorts): Promise<PullOutput> {
  const { ports, waiters } = parts
  const group = groupName(input.group, call.identity)
  checkOffset(input.offset)
  checkCount(input.max, ports.limits.receiveCountMax)
  checkWait(input.waitMs, ports.limits)
  const filter = filterOf(input.filter)
  const queue = await queueOf(input, call, parts)
  const request = {
    queue,
    group,
    offset: input.offset,
    max: input.max,
    waitMs: input.waitMs,
    signal: call.signal,
    ...(filter && { filter }),
  }
  const pulled = () => ports.client.pull(request)
  const result = await (input.waitMs > 0 ? waiters.wait(pulled) : pulled())
  return {
    messages: result.messages.map((message) => delivered(message, queue.broker, call.identity)),
    nextOffset: result.nextOffset,
    isOutside: result.status === 'OFFSET_ILLEGAL',
  }
}

export async function queueOffset(
  input: QueueInput & { readonly at: QueuePoint },
  call: Call,
  parts: QueuePorts,
): Promise<number> {
  const { client } = parts.ports
  const queue = await queueOf(input, call, parts)
  if (input.at === 'earliest') return client.minOffset(queue)
  if (input.at === 'latest') return client.maxOffset(queue)
  return client.offsetByTime(queue, input.at.at, 'lower')
}

export async function groupOffset(
  input: GroupQueueInput,
  call: Call,
  parts: QueuePorts,
): Promise<number> {
  const group = groupName(input.group, call.identity)
  const queue = await queueOf(input, call, parts)
  const offset = await parts.ports.client.consumerOffset(group, queue)
  if (offset === undefined) throw new MqError('offset-not-found')
  return offset
}

export async function setGroupOffset(
  input: GroupQueueInput & { readonly offset: number },
  call: Call,
  parts: QueuePorts,
): Promise<void> {
  const group = groupName(input.group, call.identity)
  checkOffset(input.offset)
  const queue = await queueOf(input, call, parts)
  await parts.ports.client.updateConsumerOffset(group, queue, input.offset)
}

/** Only queues of the topic's route are ever asked for. */
async function queueOf(
  { topic: name, queue: { broker, queueId } }: QueueInput,
  call: Call,
  { routes }: QueuePorts,
): Promise<QueueAddress> {
  const topic = readableTopic(name, call.identity)
  const { readable } = await routes.queues(topic)
  const isReadable = readable.some((one) => one.broker === broker && one.queueId === queueId)
  if (!isReadable) {
    throw new MqError('invalid-argument', 'the topic has no such readable queue', {
      broker,
      queueId,
    })
  }
  return { topic, broker, queueId }
}

function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  throw new MqError('illegal-offset', undefined, { min: 0 })
}
