// Receive: pops from every master that has the topic, in random order, until there is enough;
// if nothing came, waits for a sign from any of them and pops there. A broker is asked whether
// a pop is worth while (NOTIFICATION), never to hold a pop: a caller who goes away while it
// waits must not take messages along. Source: PopMessageProcessor, NotificationProcessor.

import { MqError } from '../../src/base/errors.ts'
import type { PoppedMessage, PopRequest } from '../../src/client/types.ts'
import type { Call, Received, ReceiveInput, ReceiveOutput } from './core.ts'
import { delivered } from './delivered.ts'
import { sealHandle } from './handles.ts'
import { groupName, readableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import { checkCount, checkInvisible, checkWait, filterOf } from './ranges.ts'
import { replyHandleOf } from './request-reply.ts'
import type { RouteCache } from './route-cache.ts'
import type { Waiters } from './waiters.ts'

const backOffMsMin = 50
const backOffMsMax = 1000

/** Of a group that no broker knows yet. Source: SubscriptionGroupConfig. */
const retriesMaxDefault = 16

export type ReceivePorts = {
  readonly ports: CorePorts
  readonly routes: RouteCache
  readonly waiters: Waiters
}

type Asked = {
  readonly call: Call
  readonly input: ReceiveInput
  readonly group: string
  readonly topic: string
  readonly brokers: readonly string[]
  readonly isOrdered: boolean
  /** Deliveries of a message after the first one. */
  readonly retriesMax: number
}

export async function receive(
  input: ReceiveInput,
  call: Call,
  { ports, routes, waiters }: ReceivePorts,
): Promise<ReceiveOutput> {
  const group = groupName(input.group, call.identity)
  const topic = readableTopic(input.topic, call.identity)
  checkCount(input.max, ports.limits.receiveCountMax)
  checkWait(input.waitMs, ports.limits)
  checkInvisible(input.invisibleMs, ports.limits)

  const startedAt = ports.clock.monotonic()
  const { readableMasters } = await routes.queues(topic)
  const settings = await routes.group(group)
  const asked: Asked = {
    call,
    input,
    group,
    topic,
    brokers: brokersOf(input, readableMasters),
    isOrdered: input.fifo ?? settings?.consumeMessageOrderly ?? false,
    retriesMax: settings?.retryMaxTimes ?? retriesMaxDefault,
  }
  let popped = await popAll(asked, shuffled(asked.brokers, ports), ports)
  if (popped.length === 0 && input.waitMs > 0) {
    popped = await waiters.wait(() => popWhenTold(asked, startedAt + input.waitMs, ports))
  }
  if (call.signal.aborted && popped.length > 0) {
    await release(asked, popped, ports)
    popped = []
  }
  popped = await withoutExhausted(popped, asked, ports)
  return {
    messages: popped.map((one) => received(one, asked, ports)),
    waitedMs: Math.round(ports.clock.monotonic() - startedAt),
  }
}

function brokersOf({ queue, topic }: ReceiveInput, masters: readonly string[]): readonly string[] {
  if (!queue) {
    if (masters.length > 0) return masters
    throw new MqError('broker-unavailable', 'no master has a readable queue of the topic', {
      topic,
    })
  }
  if (masters.includes(queue.broker)) return [queue.broker]
  throw new MqError('broker-not-found', undefined, { broker: queue.broker })
}

/** Pass 1. A broker that fails does not keep the others from answering. */
async function popAll(
  asked: Asked,
  brokers: readonly string[],
  ports: CorePorts,
): Promise<PoppedMessage[]> {
  const popped: PoppedMessage[] = []
  let failed: MqError | undefined
  let answers = 0
  for (const broker of brokers) {
    const wanted = asked.input.max - popped.length
    if (wanted <= 0 || asked.call.signal.aborted) break
    try {
      const { messages } = await ports.client.pop(popRequest(asked, broker, wanted))
      popped.push(...messages)
      answers += 1
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      failed ??= error
    }
  }
  if (failed && answers === 0) throw failed
  return popped
}

/** Pass 2: waits for any broker's sign until `deadline`, then pops there. */
async function popWhenTold(
  asked: Asked,
  deadline: number,
  ports: CorePorts,
): Promise<PoppedMessage[]> {
  let backOffMs = backOffMsMin
  while (!asked.call.signal.aborted) {
    const leftMs = deadline - ports.clock.monotonic()
    if (leftMs <= 0) break
    const told = await firstSign(asked, leftMs, ports)
    if (told === undefined) break
    const popped = told === '' ? [] : await popAll(asked, [told], ports)
    if (popped.length > 0) return popped
    // The sign was for another caller, or for a message that the filter does not want.
    const restMs = Math.min(backOffMs, deadline - ports.clock.monotonic())
    if (restMs > 0) await ports.clock.sleep(restMs, asked.call.signal).catch(() => {})
    backOffMs = Math.min(backOffMs * 2, backOffMsMax)
  }
  return []
}

/** The first broker that has something; undefined after the wait, '' when none can tell. */
async function firstSign(
  asked: Asked,
  waitMs: number,
  { client }: CorePorts,
): Promise<string | undefined> {
  const others = new AbortController()
  const { call, input, group, topic } = asked
  const signal = AbortSignal.any([call.signal, others.signal])
  const filter = filterOf(input.filter)
  const ask = async (broker: string): Promise<string> => {
    const request = {
      topic,
      broker,
      queueId: input.queue?.queueId ?? -1,
      group,
      waitMs: Math.ceil(waitMs),
      order: asked.isOrdered,
      signal,
      ...(filter && { filter }),
    }
    if (await client.notification(request)) return broker
    throw waitIsOver
  }
  try {
    return await Promise.any(asked.brokers.map(ask))
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error
    const hasWaited = error.errors.some((one) => one === waitIsOver)
    return hasWaited || call.signal.aborted ? undefined : ''
  } finally {
    others.abort()
  }
}

const waitIsOver = new Error('the wait is over')

/**
 * What was delivered as often as its group allows goes to the group's dead letters instead of
 * its caller. Source: the proxy's ReceiveMessageResponseStreamWriter, ConsumerProcessor.
 */
async function withoutExhausted(
  popped: readonly PoppedMessage[],
  { group, retriesMax }: Asked,
  { client, log }: CorePorts,
): Promise<PoppedMessage[]> {
  const isExhausted = ({ message, receipt }: PoppedMessage): boolean =>
    message.reconsumeTimes > retriesMax && receipt.position >= 0
  if (!popped.some(isExhausted)) return [...popped]
  const kept: PoppedMessage[] = []
  for (const one of popped) {
    if (!isExhausted(one)) kept.push(one)
    else {
      // One that cannot be moved comes again after its time, and this is tried again.
      await client
        .sendToDeadLetters(group, one.receipt)
        .then(() => client.ack(group, one.receipt))
        .catch((error: unknown) => log.warn('dead-letter-failed', { group, error: String(error) }))
    }
  }
  return kept
}

function popRequest({ call, input, group, topic, isOrdered }: Asked, broker: string, max: number) {
  const filter = filterOf(input.filter)
  return {
    topic,
    broker,
    queueId: input.queue?.queueId ?? -1,
    group,
    max,
    invisibleMs: input.invisibleMs,
    waitMs: 0,
    initMode: input.from === 'latest' ? 'max' : 'min',
    order: isOrdered,
    ...(filter && { filter }),
    ...(input.attemptId !== undefined && { attemptId: input.attemptId }),
    // Not aborted with the call: an answer that is under way is needed to give back its messages.
    ...(call.signal.aborted && { signal: call.signal }),
  } satisfies PopRequest
}

function received({ message, receipt }: PoppedMessage, asked: Asked, ports: CorePorts): Received {
  const { identity } = asked.call
  const attempt = message.reconsumeTimes + 1
  const handle = { receipt, attempt }
  const owner = { namespace: identity.namespace, group: asked.group }
  // Not a spread: copying the fields of another object took a third of this.
  return Object.assign(delivered(message, receipt.broker, identity), {
    topic: asked.input.topic,
    handle: sealHandle(handle, owner, ports.keys),
    attempt,
    invisibleUntil: receipt.popTime + receipt.invisibleMs,
    replyHandle: replyHandleOf(message, ports.keys),
  })
}

/** The caller has gone: what it would have received is visible again at once. */
async function release(
  { group }: Asked,
  popped: readonly PoppedMessage[],
  { client, log, metrics }: CorePorts,
): Promise<void> {
  metrics
    .counter('rocketway_gateway_aborted_receives_total', 'Messages given back: the caller had gone')
    .add(popped.length)
  const given = popped.map(({ receipt }) => client.changeInvisible(group, receipt, 0))
  for (const one of await Promise.allSettled(given)) {
    if (one.status === 'rejected') log.warn('release-failed', { error: String(one.reason) })
  }
}

function shuffled(names: readonly string[], { random }: CorePorts): string[] {
  const order = [...names]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const [a, b] = [order[i], order[j]]
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a]
  }
  return order
}
