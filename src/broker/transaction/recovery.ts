// What a start has to find out from the log: which halves are open.
//
// A process that was killed may have left three things behind its last saved offsets: halves
// that were appended anew, whose earlier copy must not be asked about again; notes of ends; and
// final messages whose note was still in memory. The last are searched in the queues they were
// meant for, from the time of their half on: so a committed message is there once, which Java
// does not promise.

import { delayLevelOf } from '../delay.ts'
import { halfOpTopic, halfTopic, scheduleTopic } from '../names.ts'
import type { QueueKey, Queues, Reader } from '../ports.ts'
import { type Ends, endedIn } from './ends.ts'
import { type Half, preparedPositionOf, readHalf } from './half.ts'
import type { Halves } from './halves.ts'

const batchCount = 64
const batchBytes = 1024 * 1024

type Sources = {
  readonly queues: Queues
  readonly reader: Reader
  readonly delayLevels: readonly number[]
  readonly halves: Halves
  readonly ends: Ends
}

/** Without its bytes: there may be many. */
type Open = Pick<Half, 'key' | 'offset' | 'position' | 'storeTimestamp'> & {
  readonly target: QueueKey
}

/** Brings `halves` and `ends` to what the log says, from where `offsets` were saved. */
export async function recoverHalves(
  from: Sources,
  offsets: { readonly half: number; readonly op: number },
): Promise<void> {
  const { halves, ends } = from
  halves.begin(offsets.half)
  ends.begin(offsets.op)
  for await (const { record, offset } of recordsOf(from, halfOpQueue, offsets.op)) {
    const ended = endedIn(record)
    for (const half of ended) halves.skip(half)
    ends.found(offset, ended)
  }
  const open = await openHalves(from, offsets.half)
  for (const [target, waiting] of byTarget(open)) await searchFinals(from, target, waiting)
}

const halfOpQueue: QueueKey = { topic: halfOpTopic, queueId: 0 }
const halfQueue: QueueKey = { topic: halfTopic, queueId: 0 }

async function openHalves(from: Sources, first: number): Promise<Set<Open>> {
  const { halves } = from
  const open = new Set<Open>()
  const latest = new Map<string, Open>()
  for await (const { record, offset } of recordsOf(from, halfQueue, first)) {
    const half = readHalf(record)
    if (!half) continue
    const earlier = half.isCopy ? latest.get(half.key) : undefined
    if (earlier) {
      open.delete(earlier)
      halves.end(half.key, earlier.offset)
    }
    const { key, position, storeTimestamp } = half
    const one = { key, offset, position, storeTimestamp, target: targetOf(half, from) }
    latest.set(key, one)
    if (!halves.isOpen(offset)) continue
    open.add(one)
    if (half.isCopy) halves.replace(half, one)
  }
  return open
}

function targetOf(half: Half, { delayLevels }: Sources): QueueKey {
  const level = delayLevelOf(half.stored.properties, delayLevels.length)
  if (level > 0) return { topic: scheduleTopic, queueId: level - 1 }
  return { topic: half.topic, queueId: half.queueId }
}

function byTarget(open: Iterable<Open>): Map<QueueKey, Open[]> {
  const queues = new Map<string, QueueKey>()
  const found = new Map<QueueKey, Open[]>()
  for (const one of open) {
    const name = `${one.target.topic}@${one.target.queueId}`
    const queue = queues.get(name) ?? one.target
    queues.set(name, queue)
    const list = found.get(queue)
    if (list) list.push(one)
    else found.set(queue, [one])
  }
  return found
}

async function searchFinals(
  from: Sources,
  target: QueueKey,
  waiting: readonly Open[],
): Promise<void> {
  const byPosition = new Map(waiting.map((half) => [half.position, half]))
  const since = waiting.reduce((min, half) => Math.min(min, half.storeTimestamp), Infinity)
  const first = from.queues.offsetByTime(target, since, 'lower')
  const isFinal = (record: Uint8Array) => byPosition.has(preparedPositionOf(record))
  for await (const { record } of recordsOf(from, target, first, isFinal)) {
    const half = byPosition.get(preparedPositionOf(record))
    if (!half || !from.halves.isOpen(half.offset)) continue
    from.halves.end(half.key, half.offset)
    from.ends.add(half.offset)
  }
}

/** The records of a queue from `first` to its end as it is now. */
async function* recordsOf(
  { queues, reader }: Sources,
  queue: QueueKey,
  first: number,
  matchesRecord?: (record: Uint8Array) => boolean,
): AsyncGenerator<{ record: Uint8Array; offset: number }> {
  const end = queues.maxOffset(queue)
  for (let offset = first; offset < end; ) {
    const filter = matchesRecord && { matchesRecord }
    const sizes = { maxCount: batchCount, maxBytes: batchBytes }
    const result = await reader.read({ ...queue, ...sizes, offset, filter })
    for (const [index, record] of result.records.entries()) {
      yield { record, offset: result.offsets[index] ?? offset }
    }
    if (result.nextOffset <= offset) return
    offset = result.nextOffset
  }
}
