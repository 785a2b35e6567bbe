// Taking messages for a time, and looking whether there are any.
//
// Serves POP_MESSAGE, PEEK_MESSAGE, NOTIFICATION, POLLING_INFO. A pop that is held waits on
// when what arrives does not match. A client whose clock is wrong is not refused when it does
// not want to wait. Tag filters are exact, as clients of a gateway do not look again.
//
// Not served: broker-wide pop thresholds.
//
// Source: PopMessageProcessor, PeekMessageProcessor, NotificationProcessor,
// PollingInfoProcessor.

import { failures, MqError } from '../../base/errors.ts'
import { parseTagExpression } from '../../filter/tags.ts'
import { propertyIn } from '../../message/properties.ts'
import { propertiesTextOf } from '../../message/record.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { notification, peekMessage, pollingInfo, popMessage } from '../../protocol/requests/pop.ts'
import type { Call } from '../../remoting/call.ts'
import type { Outcome, Reply } from '../../remoting/dispatch.ts'
import { isBatchTopic } from '../attributes.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import type { Waiter } from '../holds.ts'
import { durably } from '../pop/durably.ts'
import { checkpointSizeMax } from '../pop/in-flight.ts'
import type { PopLook } from '../pop/pop.ts'
import type { Popped, PopQuery, PopTarget } from '../pop/ports.ts'
import { waitKey } from '../pop/waits.ts'
import type { Arrival, ReadFilter } from '../ports.ts'

type PopHeader = HeaderOf<typeof popMessage.header>
type PopReply = Reply<typeof popMessage.reply>
type NotifyReply = Reply<typeof notification.reply>

const permRead = 4
const pollingFull = failures['too-many-waiters'].remoting
const pollingTimeout = 210
/** A wait that is over by more than this when the request arrives is not begun. */
const lateMs = 500

/** The first checks of every request of this file, in Apache's order. */
function checkTarget(
  header: { consumerGroup: string; topic: string; queueId: number },
  ports: BrokerPorts,
): PopTarget {
  const { consumerGroup, topic: name, queueId } = header
  if ((ports.settings.current.brokerPermission & permRead) === 0) {
    throw new MqError('permission-denied', 'the broker cannot be read')
  }
  const topic = ports.topics.find(name)
  if (!topic) throw new MqError('topic-not-found', undefined, { topic: name })
  if ((topic.perm & permRead) === 0) {
    throw new MqError('permission-denied', 'the topic cannot be read', { topic: name })
  }
  if (isBatchTopic(topic.attributes)) {
    // Apache hands out a whole batch as one message, whose body no client unwraps.
    throw new MqError('permission-denied', 'the topic can only be pulled (queue.type=BatchCQ)', {
      topic: name,
    })
  }
  if (queueId >= topic.readQueueNums) {
    const queues = topic.readQueueNums
    throw new MqError('invalid-argument', 'the queue does not exist', { queueId, queues })
  }
  const group = ports.groups.find(consumerGroup)
  if (!group) throw new MqError('group-not-found', undefined, { group: consumerGroup })
  if (!group.consumeEnable) {
    throw new MqError('permission-denied', 'the group may not consume', { group: consumerGroup })
  }
  return { group: consumerGroup, topic: name, queueId: Math.max(queueId, -1) }
}

function checkCount(maxMsgNums: number): void {
  if (maxMsgNums >= 1 && maxMsgNums <= checkpointSizeMax) return
  const detail = { maxMsgNums, min: 1, max: checkpointSizeMax }
  throw new MqError('invalid-argument', 'a number of messages out of range', detail)
}

/** Filters that also look at the tag itself, by the ones that look at its hash. */
const exact = new WeakMap<ReadFilter, ReadFilter>()

function filterOf(
  header: { expType?: string | undefined; exp?: string | undefined },
  ports: BrokerPorts,
): ReadFilter | undefined {
  if (!header.exp) return undefined
  const type = header.expType || 'TAG'
  if (type !== 'TAG' && !ports.settings.current.enablePropertyFilter) {
    throw new MqError('broker-error', 'this broker serves tag filters only')
  }
  const filter = ports.filters.compile(type, header.exp)
  if (!filter || type !== 'TAG') return filter
  const known = exact.get(filter)
  if (known) return known
  const { tags } = parseTagExpression(header.exp)
  const made: ReadFilter = {
    ...filter,
    matchesRecord: (record) =>
      tags?.has(propertyIn(propertiesTextOf(record), 'TAGS') ?? '') ?? true,
  }
  exact.set(filter, made)
  return made
}

/** How long the client wants to wait still; its clock counts, but never for more than it said. */
function waitMsOf(header: { pollTime: number; bornTime: number }, now: number): number {
  if (header.pollTime <= 0) return 0
  if (header.bornTime === 0) return header.pollTime
  return Math.min(header.pollTime, header.bornTime + header.pollTime - now)
}

const onPopMessage = handle(popMessage, (header, ports, call) => {
  const waitMs = waitMsOf(header, ports.clock.now())
  if (waitMs < -lateMs) return { code: pollingTimeout, remark: 'the wait is over already' }
  checkCount(header.maxMsgNums)
  if (!ports.settings.current.timerWheelEnable) {
    throw new MqError('broker-error', 'this broker does not serve pop: timerWheelEnable is false')
  }
  const target = checkTarget(header, ports)
  const filter = filterOf(header, ports)
  return new HeldPop(header, target, filter, ports, call).first(waitMs)
})

/** One pop: run once, and again for each arrival while it is held. */
class HeldPop implements Waiter<Arrival> {
  readonly keys: readonly string[]
  deadlineMs = 0
  readonly #query: PopQuery
  readonly #ports: BrokerPorts
  readonly #call: Call

  constructor(
    header: PopHeader,
    target: PopTarget,
    filter: ReadFilter | undefined,
    ports: BrokerPorts,
    call: Call,
  ) {
    this.#ports = ports
    this.#call = call
    // Written out: copies by spreading are slow enough to be seen here and in what it calls.
    this.#query = {
      group: target.group,
      topic: target.topic,
      queueId: target.queueId,
      maxCount: header.maxMsgNums,
      invisibleMs: header.invisibleTime,
      from: header.initMode === 0 ? 'min' : 'max',
      filter,
      isOrder: header.order,
      attemptId: header.attemptId,
    }
    this.keys = [waitKey('pop', target)]
  }

  first(waitMs: number): Outcome<typeof popMessage.reply> {
    const { pop, holds, clock, settings } = this.#ports
    const popped = pop.take(this.#query)
    if (popped instanceof Promise) return popped.then((cold) => this.#answer(cold))
    if (popped.count > 0) return this.#answer(popped)
    if (waitMs <= 0) return this.#nothing(popped, pollingTimeout)
    const isFull = holds.waiting(this.keys[0] ?? '') >= settings.current.popPollingSize
    this.deadlineMs = clock.monotonic() + waitMs
    const held = isFull ? undefined : holds.hold(this, this.#call.peer)
    if (!held) return this.#nothing(popped, pollingFull)
    pop.expect(this.#query, popped.isMore)
    return held
  }

  again(final: boolean): PopReply | Promise<PopReply | undefined> | undefined {
    const popped = this.#ports.pop.take(this.#query)
    if (popped instanceof Promise) return popped.then((cold) => this.#next(cold, final))
    return this.#next(popped, final)
  }

  #next(popped: Popped, final: boolean): PopReply | Promise<PopReply> | undefined {
    if (popped.count > 0) return this.#answer(popped)
    if (final) return this.#nothing(popped, pollingTimeout)
    this.#ports.pop.expect(this.#query, popped.isMore)
    return undefined
  }

  #answer(popped: Popped): PopReply | Promise<PopReply> {
    if (popped.count === 0) return this.#nothing(popped, pollingTimeout)
    const { topic, group } = this.#query
    let bytes = 0
    for (const record of popped.records) bytes += record.length
    this.#ports.meter.read(popped.count, bytes)
    this.#ports.stats.got(topic, group, popped.count, bytes)
    const reply = {
      remark: 'FOUND',
      header: this.#header(popped),
      body: popped.records,
    }
    return durably(this.#ports.appender, popped.endPosition, reply)
  }

  #nothing(popped: Popped, code: number): PopReply {
    this.#ports.stats.missed()
    return { code, remark: 'NO_MESSAGE_IN_QUEUE', header: this.#header(popped) }
  }

  #header(popped: Popped): HeaderOf<typeof popMessage.reply> {
    return {
      popTime: popped.popTime,
      invisibleTime: this.#query.invisibleMs,
      reviveQid: popped.reviveQid,
      restNum: popped.rest,
      startOffsetInfo: popped.startOffsetInfo,
      msgOffsetInfo: popped.msgOffsetInfo,
      ...(this.#query.isOrder ? { orderCountInfo: popped.orderCountInfo } : {}),
    }
  }
}

const onPeekMessage = handle(peekMessage, async (header, ports) => {
  const target = checkTarget(header, ports)
  checkCount(header.maxMsgNums)
  const popTime = ports.clock.now()
  const { records, rest } = await ports.pop.peek(target, header.maxMsgNums)
  const isFound = records.length > 0
  return {
    code: isFound ? 0 : failures['pull-not-found'].remoting,
    remark: isFound ? 'FOUND' : 'NO_MESSAGE_IN_QUEUE',
    header: { popTime, invisibleTime: 0, reviveQid: 0, restNum: rest },
    ...(isFound ? { body: records } : {}),
  }
})

const onNotification = handle(notification, (header, ports, call) => {
  const target = checkTarget(header, ports)
  const look: PopLook = {
    ...target,
    filter: filterOf(header, ports),
    isOrder: header.order,
    attemptId: header.attemptId,
  }
  const found = ports.pop.hasMessages(look)
  if (found instanceof Promise) return found.then((hasMsg) => told(hasMsg, false))
  const waitMs = waitMsOf(header, ports.clock.now())
  if (found || waitMs <= 0) return told(found, false)
  const held = ports.holds.hold(new HeldLook(look, ports, waitMs), call.peer)
  if (!held) return told(false, true)
  ports.pop.expect(target, false)
  return held
})

const told = (hasMsg: boolean, isFull: boolean): NotifyReply => ({
  header: { hasMsg, pollingFull: isFull },
})

/** A notification that waits until a pop is worth while. */
class HeldLook implements Waiter<Arrival> {
  readonly keys: readonly string[]
  readonly deadlineMs: number
  readonly #look: PopLook
  readonly #ports: BrokerPorts

  constructor(look: PopLook, ports: BrokerPorts, waitMs: number) {
    this.keys = [waitKey('notify', look)]
    this.deadlineMs = ports.clock.monotonic() + waitMs
    this.#look = look
    this.#ports = ports
  }

  again(final: boolean): NotifyReply | Promise<NotifyReply | undefined> | undefined {
    const found = this.#ports.pop.hasMessages(this.#look)
    if (found instanceof Promise) return found.then((it) => this.#next(it, final))
    return this.#next(found, final)
  }

  #next(found: boolean, final: boolean): NotifyReply | undefined {
    if (found || final) return told(found, false)
    this.#ports.pop.expect(this.#look, false)
    return undefined
  }
}

const onPollingInfo = handle(pollingInfo, (header, ports) => {
  const target = checkTarget(header, ports)
  return { header: { pollingNum: ports.holds.waiting(waitKey('pop', target)) } }
})

export const popHandlers = [onPopMessage, onPeekMessage, onNotification, onPollingInfo]
