// What a start has to find out from the log: which halves are open.
//
// A process that was killed may have left three things behind its last saved offsets: halves
// that were appended anew, whose earlier copy must not be asked about again; notes of ends; and
// final messages whose note was still in memory. The last are found by the key that they share
// with their half: so a committed message is there once, which Java does not promise. Where there
// is no key index the queues they were meant for are searched, and only the end of these: a note
// is never in memory for long. Either way what a start reads does not grow with what came to those
// queues while a half was open.

import { delayLevelOf } from '../delay.ts'
import { halfOpTopic, halfTopic, scheduleTopic } from '../names.ts'
import type { KeyIndex, QueueKey, Queues, Reader } from '../ports.ts'
import { type Ends, endedIn } from './ends.ts'
import { type Half, preparedPositionOf, readHalf } from './half.ts'
import type { Halves } from './halves.ts'

const batchCount = 64
const batchBytes = 1024 * 1024
/** Messages of one topic with the same unique key that are looked at. */
const copiesMax = 64
/** A note may wait so many times as long as it should, and a clock may be set. */
const notePatience = 10
const noteMarginMs = 60_000

type Sources = {
  readonly queues: Queues
  readonly reader: Reader
  readonly keyIndex?: KeyIndex | undefined
  /** How long a note waits for others, ms. */
  readonly noteMs: number
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
  const unindexed: Open[] = []
  for (const half of open) {
    if (!from.keyIndex || half.key === '') unindexed.push(half)
    else await lookUpFinal(from, from.keyIndex, half)
  }
  for (const [target, waiting] of byTarget(unindexed)) await searchFinals(from, target, waiting)
}

async function lookUpFinal(from: Sources, index: KeyIndex, half: Open): Promise<void> {
  const times = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER }
  const { topic } = half.target
  const found = await index.queryByKey({ topic, key: half.key, maxCount: copiesMax, ...times })
  const isThere = found.records.some((record) => preparedPositionOf(record) === half.position)
  if (isThere) ended(from, half)
}

function ended({ halves, ends }: Sources, half: Open): void {
  halves.end(half.key, half.offset)
  ends.add(half.offset)
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
  const { queues, noteMs } = from
  const lastMs = queues.storeTime(target, queues.maxOffset(target) - 1) ?? 0
  const unnotedMs = lastMs - noteMs * notePatience - noteMarginMs
  const first = queues.offsetByTime(target, Math.max(since, unnotedMs), 'lower')
  const halfOf = (record: Uint8Array) => byPosition.get(preparedPositionOf(record) ?? -1)
  const isFinal = (record: Uint8Array) => halfOf(record) !== undefined
  for await (const { record } of recordsOf(from, target, first, isFinal)) {
    const half = halfOf(record)
    if (half && from.halves.isOpen(half.offset)) ended(from, half)
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
