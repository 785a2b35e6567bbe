// Many messages in few requests: those that go to one queue travel together, up to a size
// that brokers take, and are stored all or not at all. What a broker's batch cannot carry
// (delayed, prepared, packed and idempotent messages) travels alone. Source: MessageBatch.

import { MqError } from '../../src/base/errors.ts'
import type { Call, SendInput, SendResult } from './core.ts'
import type { Outgoing } from './outgoing.ts'
import type { QueueRef } from './route-cache.ts'
import { optionsOf, outputOf, prepare, queueOf, type SendPorts, send } from './send.ts'

const chunkBytesMax = 1024 * 1024
const chunkCountMax = 256
// What a record has besides body and properties, generously.
const overheadBytes = 256

type Item = { readonly index: number; readonly input: SendInput; readonly made: Outgoing }
type Lane = { readonly queue: QueueRef | undefined; readonly items: Item[] }

export async function sendBatch(
  inputs: readonly SendInput[],
  call: Call,
  sending: SendPorts,
): Promise<readonly SendResult[]> {
  const { batchCountMax } = sending.ports.limits
  if (inputs.length > batchCountMax) {
    throw new MqError('batch-too-large', undefined, { countMax: batchCountMax })
  }
  const results = new Array<SendResult>(inputs.length)
  const lanes = new Map<string, Lane>()
  const alone: Promise<void>[] = []
  for (const [index, input] of inputs.entries()) {
    try {
      const made = prepare(input, call, sending)
      const isAlone =
        made.type === 'delay' || made.type === 'transaction' || made.once !== undefined
      if (isAlone || input.bodyEncoding !== undefined) {
        alone.push(settle(results, index, send(input, call, sending)))
        continue
      }
      const queue = await queueOf(input, made, sending.routes)
      const lane = laneOf(lanes, made.message.topic, queue, input.producerGroup)
      lane.items.push({ index, input, made })
    } catch (error) {
      results[index] = asMqError(error)
    }
  }
  await Promise.all([
    ...alone,
    ...[...lanes.values()].map((lane) => sendLane(lane, results, sending)),
  ])
  return results
}

function laneOf(
  lanes: Map<string, Lane>,
  topic: string,
  queue: QueueRef | undefined,
  producerGroup: string | undefined,
): Lane {
  const key = `${topic} ${queue ? `${queue.broker} ${queue.queueId}` : ''} ${producerGroup ?? ''}`
  let lane = lanes.get(key)
  if (!lane) {
    lane = { queue, items: [] }
    lanes.set(key, lane)
  }
  return lane
}

/** One chunk after the other, so that messages of one ordering key keep their order. */
async function sendLane(lane: Lane, results: SendResult[], sending: SendPorts): Promise<void> {
  let broken: MqError | undefined
  for (const chunk of chunksOf(lane.items)) {
    // After a failure the rest of an ordered lane would overtake what may be sent again.
    if (broken && lane.queue) {
      const detail = { ...broken.detail, outcome: 'not-stored' }
      const error = new MqError(broken.failure, 'an earlier message of the queue failed', detail)
      for (const { index } of chunk) results[index] = error
      continue
    }
    try {
      await sendChunk(chunk, lane.queue, results, sending)
    } catch (error) {
      broken = asMqError(error)
      for (const { index } of chunk) results[index] = broken
    }
  }
}

async function sendChunk(
  chunk: readonly Item[],
  queue: QueueRef | undefined,
  results: SendResult[],
  { ports }: SendPorts,
): Promise<void> {
  const first = chunk[0]
  if (!first) return
  const options = optionsOf(first.input, first.made, queue)
  const receipts =
    chunk.length === 1
      ? [await ports.client.send(first.made.message, options)]
      : await ports.client.sendBatch(
          chunk.map(({ made }) => made.message),
          options,
        )
  for (const [i, { index, input, made }] of chunk.entries()) {
    const receipt = receipts[i]
    if (!receipt) {
      results[index] = new MqError('broker-error', 'the broker answered for fewer messages', {
        outcome: 'unknown',
      })
      continue
    }
    try {
      results[index] = outputOf(input, made, receipt, ports)
    } catch (error) {
      results[index] = asMqError(error)
    }
  }
}

function* chunksOf(items: readonly Item[]): Generator<readonly Item[]> {
  let chunk: Item[] = []
  let bytes = 0
  for (const item of items) {
    const size = sizeOf(item.made)
    if (chunk.length > 0 && (bytes + size > chunkBytesMax || chunk.length >= chunkCountMax)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

function sizeOf({ message }: Outgoing): number {
  let size = overheadBytes + message.body.length
  for (const [name, value] of message.properties) size += name.length + value.length * 3
  return size
}

async function settle(
  results: SendResult[],
  index: number,
  sent: Promise<SendResult>,
): Promise<void> {
  results[index] = await sent.catch(asMqError)
}

function asMqError(error: unknown): MqError {
  if (error instanceof MqError) return error
  throw error
}
