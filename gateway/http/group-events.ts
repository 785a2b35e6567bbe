// A group's stream: what the group receives, as Server-Sent Events or NDJSON. Messages are
// acknowledged by REST with their handles; with `ack=auto` they are acknowledged when they were
// written, which is at most once: a caller that goes away loses what was on its way. What could
// not be written is visible again at once.

import { MqError } from '../../src/base/errors.ts'
import type { Received, ReceiveInput } from '../core/core.ts'
import { parseDuration } from '../core/duration.ts'
import { problemOf } from '../core/problem.ts'
import { filterOf } from '../core/stream-query.ts'
import { chooseType } from './accept.ts'
import { parseBodyForm } from './convert.ts'
import type { Exchange } from './exchange.ts'
import type { HttpPorts, Operation } from './ports.ts'
import {
  drained,
  formOf,
  heartbeatMs,
  openStream,
  retryMs,
  type StreamForm,
  streamTypes,
} from './stream-form.ts'

const batchMax = 32
const waitMs = 15_000
const invisibleMsDefault = 60_000
const dayMs = 24 * 3_600_000

export const streamGroup: Operation = async (exchange, ports) => {
  const type = chooseType(exchange.req.headers.accept, streamTypes)
  const { query } = exchange
  const form = formOf(type, parseBodyForm(query))
  const { input, acks } = inputOf(exchange)
  const call = exchange.waitingCall()
  // A wrong name or filter is a proper problem: it is found before the status line.
  const first = await ports.core.receive({ ...input, waitMs: 0 }, call)
  openStream(exchange, type)
  const { res } = exchange
  const heartbeat = ports.clock.every(heartbeatMs, () => res.write(form.place('')))
  try {
    res.write(form.opening)
    await deliver(first.messages, { exchange, form, ports, acks, group: input.group })
    while (!call.signal.aborted) {
      try {
        const { messages } = await ports.core.receive(input, call)
        await deliver(messages, { exchange, form, ports, acks, group: input.group })
      } catch (error) {
        res.write(form.problem(error, exchange.requestId))
        if (!(error instanceof MqError) || !problemOf(error).retryable) break
        await ports.clock.sleep(retryMs, call.signal).catch(() => {})
      }
    }
    if (exchange.isStopping) res.write(form.goaway)
  } finally {
    heartbeat.cancel()
    res.end()
  }
}

type Delivery = {
  readonly exchange: Exchange
  readonly form: StreamForm
  readonly ports: HttpPorts
  readonly acks: boolean
  readonly group: string
}

async function deliver(messages: readonly Received[], to: Delivery): Promise<void> {
  if (messages.length === 0) return
  const { exchange, form, ports, acks, group } = to
  const { res } = exchange
  const isTaken = !res.destroyed && (await written(exchange, messages, form))
  const handles = messages.map(({ handle }) => handle)
  if (!isTaken) {
    ports.undelivered.add(messages.length)
    await ports.core.nack({ group, items: handles.map((handle) => ({ handle })) }, exchange.call())
  } else if (acks) await ports.core.ack({ group, handles }, exchange.call())
}

/** Whether the caller's connection took the messages before it ended. */
async function written(
  exchange: Exchange,
  messages: readonly Received[],
  form: StreamForm,
): Promise<boolean> {
  const { res } = exchange
  if (!res.write(messages.map((one) => form.message(one)).join(''))) await drained(exchange)
  return !res.destroyed
}

function inputOf(exchange: Exchange): { readonly input: ReceiveInput; readonly acks: boolean } {
  const { query, params } = exchange
  const ack = query.get('ack') ?? 'manual'
  if (ack !== 'manual' && ack !== 'auto') {
    throw new MqError('invalid-argument', 'must be manual or auto', { pointer: 'ack' })
  }
  const from = query.get('from') ?? undefined
  if (from !== undefined && from !== 'earliest' && from !== 'latest') {
    throw new MqError('invalid-argument', 'must be earliest or latest', { pointer: 'from' })
  }
  const invisible = query.get('invisible')
  const rule = { pointer: 'invisible', minMs: 0, maxMs: dayMs }
  const input = {
    group: params['group'] ?? '',
    topic: params['topic'] ?? '',
    max: batchMax,
    waitMs,
    invisibleMs:
      invisible === null
        ? invisibleMsDefault
        : parseDuration(invisible, { ...rule, failure: 'illegal-invisible-time' }),
    filter: filterOf(query),
    from,
  } satisfies ReceiveInput
  return { input, acks: ack === 'auto' }
}
