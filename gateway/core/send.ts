// Sends: one message, or many. What became of a failed one rides on the error as
// `detail.outcome`: 'not-stored' or 'unknown'.

import { MqError } from '../../src/base/errors.ts'
import type { SendReceipt } from '../../src/client/types.ts'
import type { Call, SendInput, SendOutput } from './core.ts'
import { type Once, sendOnce } from './idempotency.ts'
import type { MessageIds } from './message-ids.ts'
import { type Outgoing, outgoing } from './outgoing.ts'
import type { CorePorts } from './ports.ts'
import { queueIndexOf } from './queue-choice.ts'
import { sealRecallHandle } from './recall.ts'
import type { QueueRef, RouteCache } from './route-cache.ts'
import { preparedOf, sealTransaction } from './transactions.ts'

export type SendPorts = {
  readonly ports: CorePorts
  readonly routes: RouteCache
  readonly ids: MessageIds
}

export async function send(input: SendInput, call: Call, sending: SendPorts): Promise<SendOutput> {
  const made = prepare(input, call, sending)
  const queue = await queueOf(input, made, sending.routes)
  if (made.once && queue) return sendIdempotent(input, { ...made, once: made.once }, queue, sending)
  const receipt = await sending.ports.client.send(made.message, optionsOf(input, made, queue))
  return outputOf(input, made, receipt, sending.ports)
}

async function sendIdempotent(
  input: SendInput,
  made: Outgoing & { readonly once: Once },
  queue: QueueRef,
  { ports, routes }: SendPorts,
): Promise<SendOutput> {
  const sent = async (): Promise<SendOutput> => {
    const receipt = await ports.client.send(made.message, optionsOf(input, made, queue))
    return outputOf(input, made, receipt, ports)
  }
  let windowMs: number
  try {
    windowMs = await routes.dedupWindowMs(queue.broker)
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    throw notStored(error.failure, error.message, { ...error.detail, broker: queue.broker })
  }
  return windowMs > 0 ? sent() : sendOnce(made.once, ports.state, sent)
}

/** All checks that need no broker. */
export function prepare(input: SendInput, call: Call, { ports, ids }: SendPorts): Outgoing {
  if (input.requireReplicated && ports.limits.sendOkMeans === 'local') {
    throw notStored('not-durable', 'these brokers are not known to replicate before they answer')
  }
  try {
    return outgoing(input, call, ports, ids)
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    throw notStored(error.failure, error.message, error.detail)
  }
}

/** Where the message must go; undefined where any queue will do. */
export async function queueOf(
  input: SendInput,
  { message, type, once }: Outgoing,
  routes: RouteCache,
): Promise<QueueRef | undefined> {
  try {
    const topicType = await routes.type(message.topic)
    if (topicType !== 'unspecified' && topicType !== 'mixed' && topicType !== type) {
      throw new MqError('message-type-mismatch', undefined, { topicType, messageType: type })
    }
    if (input.queue) return input.queue
    // A repeat must meet the broker that knows the first.
    const decides = input.orderingKey ?? once?.id
    if (decides === undefined) return undefined
    const writable = await writableQueues(message.topic, routes, input.orderingKey === undefined)
    const chosen = writable[queueIndexOf(decides, writable.length)]
    if (!chosen && once) throw new MqError('broker-unavailable')
    return chosen
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    throw notStored(error.failure, error.message, error.detail)
  }
}

/** The topic whose brokers make others on first use, and how many queues they give them. */
const defaultTopic = 'TBW102'
const newTopicQueues = 4

/**
 * A topic that is not there yet is made by the broker that gets its first message, if it makes
 * topics: which one that is has to be the same for each repeat. Messages in order wait for their
 * topic: the queue of the first would be another one than that of the next.
 */
async function writableQueues(
  topic: string,
  routes: RouteCache,
  mayBeNew: boolean,
): Promise<readonly QueueRef[]> {
  try {
    return (await routes.queues(topic)).writable
  } catch (error) {
    const isMissing = error instanceof MqError && error.failure === 'topic-not-found'
    if (!isMissing || !mayBeNew) throw error
    const { writable } = await routes.queues(defaultTopic).catch(() => {
      throw error
    })
    return writable.filter(({ queueId }) => queueId < newTopicQueues)
  }
}

export const optionsOf = (input: SendInput, made: Outgoing, queue: QueueRef | undefined) => ({
  ...(input.producerGroup !== undefined && { producerGroup: input.producerGroup }),
  ...(made.type === 'transaction' && { producerGroup: made.message.topic }),
  ...(queue && { queue }),
})

/** What the store's answer means to the caller. */
export function outputOf(
  input: SendInput,
  { message, messageId, type }: Outgoing,
  receipt: SendReceipt,
  { limits, clock, keys }: CorePorts,
): SendOutput {
  const { status } = receipt
  const isDurable = status !== 'FLUSH_DISK_TIMEOUT'
  const isReplicated = status === 'SEND_OK' && limits.sendOkMeans === 'replicated'
  if (!isDurable || (input.requireReplicated && !isReplicated)) {
    throw new MqError('not-durable', undefined, {
      outcome: 'unknown',
      status,
      broker: receipt.broker,
      messageId,
    })
  }
  return {
    messageId,
    topic: input.topic,
    broker: receipt.broker,
    queueId: receipt.queueId,
    queueOffset: receipt.queueOffset,
    storedAt: receipt.storedAt ?? clock.now(),
    durability: isReplicated ? 'replicated' : 'local',
    replayed: receipt.replayed ?? false,
    ...(type === 'transaction' && {
      transactionId: sealTransaction(preparedOf(message.topic, receipt), false, keys),
    }),
    ...(receipt.recallHandle !== undefined && {
      recallHandle: sealRecallHandle(receipt.recallHandle, keys),
    }),
  }
}

function notStored(failure: MqError['failure'], message: string, detail = {}): MqError {
  return new MqError(failure, message, { ...detail, outcome: 'not-stored' })
}
