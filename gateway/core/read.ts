// Readers: everyone sees everything, nothing is committed, and where a reader is travels in
// its cursor. A page is read from all queues in turn; at the end of all of them the call waits.
// Not served: the epoch of a store. A store that lost its end shows as `cursor-epoch-changed`,
// because the cursor is behind the last message.

import { failures, MqError } from '../../src/base/errors.ts'
import type { QueueAddress } from '../../src/client/topic-route.ts'
import type { PullResult } from '../../src/client/types.ts'
import type { Message } from '../../src/message/message.ts'
import type { Call, Read, ReadFrom, ReadInput, ReadOutput } from './core.ts'
import { type CursorOwner, openCursor, type ReaderPosition, sealCursor } from './cursors.ts'
import { delivered } from './delivered.ts'
import { readableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import { checkCount, checkWait, filterOf } from './ranges.ts'
import type { QueueRef, RouteCache } from './route-cache.ts'
import { readerGroup, type TailWatch } from './tail-watch.ts'
import type { Waiters } from './waiters.ts'

// Up to here every message has a cursor of its own; beyond, the page's start serves for all
// but the last one, and a reader that resumes there sees a page's messages again.
const exactQueuesMax = 8
const pullCountMax = 32

export type ReadPorts = {
  readonly ports: CorePorts
  readonly routes: RouteCache
  readonly waiters: Waiters
  readonly tails: TailWatch
}

type Lane = {
  readonly queue: QueueAddress
  offset: number
  atEnd: boolean
  /** Where the queue ended when it was last asked. */
  maxOffset?: number
  /** Why its broker did not answer this time. */
  failed?: MqError | undefined
}
type Found = { readonly message: Message; readonly lane: Lane }

export async function read(input: ReadInput, call: Call, reading: ReadPorts): Promise<ReadOutput> {
  const { ports, routes, waiters, tails } = reading
  const topic = readableTopic(input.topic, call.identity)
  checkCount(input.max, ports.limits.readCountMax)
  checkWait(input.waitMs, ports.limits)
  filterOf(input.filter)
  const owner: CursorOwner = { namespace: call.identity.namespace, topic }
  const startedAt = ports.clock.monotonic()
  const { readable } = await routes.queues(topic)
  // Not always the same queue first: a busy one would keep the others from small pages.
  const first = ports.random.below(Math.max(readable.length, 1))
  const turned = [...readable.slice(first), ...readable.slice(0, first)]
  const lanes = await openLanes(input.from, owner, turned, ports)
  const start = positionOf(lanes)

  let found = await readPage(lanes, input, ports)
  const deadline = startedAt + input.waitMs
  while (found.length === 0 && !call.signal.aborted && !tails.isStopped) {
    const leftMs = deadline - ports.clock.monotonic()
    if (leftMs <= 0 || !lanes.every(({ atEnd }) => atEnd)) break
    await waiters.wait(() => tails.wait(lanes, leftMs, call.signal))
    for (const lane of lanes) lane.atEnd = false
    found = await readPage(lanes, input, ports)
  }
  return {
    messages: withCursors(found, start, lanes, input, call, owner, ports),
    cursor: sealCursor(positionOf(lanes), owner, ports.keys),
    caughtUp: lanes.every(({ atEnd, failed }) => atEnd && !failed),
    lag: lagOf(lanes),
    waitedMs: Math.round(ports.clock.monotonic() - startedAt),
  }
}

/** Where to read each queue from. */
async function openLanes(
  from: ReadFrom,
  owner: CursorOwner,
  readable: readonly QueueRef[],
  ports: CorePorts,
): Promise<Lane[]> {
  const cursor = typeof from === 'object' && 'cursor' in from ? from.cursor : undefined
  const position = cursor === undefined ? undefined : openCursor(cursor, owner, ports.keys)
  if (cursor !== undefined && !position) throw new MqError('invalid-cursor')

  const open = async ({ broker, queueId }: QueueRef): Promise<Lane> => {
    const queue = { topic: owner.topic, broker, queueId }
    // A queue that the cursor does not know has come since: all of it is new.
    const known = position?.get(broker)?.get(queueId)
    const offset = known ?? (await startOf(queue, position ? 'earliest' : from, ports))
    return { queue, offset, atEnd: false }
  }
  return Promise.all(readable.map(open))
}

function startOf(queue: QueueAddress, from: ReadFrom, { client }: CorePorts): Promise<number> {
  if (from === 'latest') return client.maxOffset(queue)
  if (typeof from === 'object' && 'at' in from) return client.offsetByTime(queue, from.at, 'lower')
  return client.minOffset(queue)
}

/** Pulls from the queues in turn until there is enough or nothing is left. */
async function readPage(lanes: readonly Lane[], input: ReadInput, ports: CorePorts) {
  const found: Found[] = []
  let open = lanes.filter(({ atEnd }) => !atEnd)
  while (open.length > 0 && found.length < input.max) {
    const share = Math.ceil((input.max - found.length) / open.length)
    const pulled = await Promise.all(
      open.slice(0, input.max - found.length).map((lane) => pull(lane, share, input, ports)),
    )
    for (const { lane, result } of pulled) if (result) take(lane, result, input.max, found)
    // A page that only skips what the filter does not want ends too: its cursor has moved.
    if (pulled.some(({ result }) => result?.status === 'NO_MATCHED_MSG')) break
    open = lanes.filter(({ atEnd }) => !atEnd)
  }
  // A broker that is down does not keep readers from the others; only all of them do.
  const [first] = lanes
  if (first?.failed && lanes.every(({ failed }) => failed)) throw first.failed
  return found
}

async function pull(lane: Lane, share: number, input: ReadInput, { client }: CorePorts) {
  const filter = filterOf(input.filter)
  const request = {
    queue: lane.queue,
    group: readerGroup,
    offset: lane.offset,
    max: Math.min(share, pullCountMax),
    waitMs: 0,
    ...(filter && { filter }),
  }
  try {
    lane.failed = undefined
    return { lane, result: await client.pull(request) }
  } catch (error) {
    if (!(error instanceof MqError && failures[error.failure].retry)) throw error
    lane.failed = error
    lane.atEnd = true
    return { lane, result: undefined }
  }
}

function take(lane: Lane, result: PullResult, max: number, found: Found[]): void {
  if (result.status === 'OFFSET_ILLEGAL') throw outside(lane, result)
  lane.maxOffset = result.maxOffset
  if (result.status === 'NO_NEW_MSG') lane.atEnd = true
  if (result.status === 'NO_MATCHED_MSG') lane.offset = Math.max(lane.offset, result.nextOffset)
  if (result.status !== 'FOUND') return
  for (const message of result.messages) {
    if (found.length >= max) return
    if (message.queueOffset < lane.offset) continue
    lane.offset = message.queueOffset + 1
    found.push({ message, lane })
  }
  lane.offset = Math.max(lane.offset, result.nextOffset)
}

function outside({ queue, offset }: Lane, { minOffset, maxOffset }: PullResult): MqError {
  const detail = { broker: queue.broker, queueId: queue.queueId }
  return offset > maxOffset
    ? new MqError('cursor-epoch-changed', undefined, detail)
    : new MqError('cursor-expired', undefined, { ...detail, earliest: String(minOffset) })
}

function withCursors(
  found: readonly Found[],
  start: ReaderPosition,
  lanes: readonly Lane[],
  input: ReadInput,
  call: Call,
  owner: CursorOwner,
  { keys }: CorePorts,
): Read[] {
  const at = new Map([...start].map(([broker, queues]) => [broker, new Map(queues)]))
  const isExact = lanes.length <= exactQueuesMax
  const coarse = isExact ? '' : sealCursor(start, owner, keys)
  const end = isExact ? '' : sealCursor(positionOf(lanes), owner, keys)
  return found.map(({ message, lane }, index) => {
    const { broker, queueId } = lane.queue
    at.get(broker)?.set(queueId, message.queueOffset + 1)
    const cursor = isExact ? sealCursor(at, owner, keys) : index < found.length - 1 ? coarse : end
    return { ...delivered(message, broker, call.identity), topic: input.topic, cursor }
  })
}

function lagOf(lanes: readonly Lane[]): number | undefined {
  let lag = 0
  for (const { maxOffset, offset, failed } of lanes) {
    if (maxOffset === undefined || failed) return undefined
    lag += Math.max(0, maxOffset - offset)
  }
  return lag
}

function positionOf(lanes: readonly Lane[]): ReaderPosition {
  const position = new Map<string, Map<number, number>>()
  for (const { queue, offset } of lanes) {
    const queues = position.get(queue.broker) ?? new Map<number, number>()
    position.set(queue.broker, queues.set(queue.queueId, offset))
  }
  return position
}
