// Appends checkpoints and acknowledgements, and keeps the two marks from which a start can
// tell what is in flight without reading the log from its beginning. Both marks are consumer
// offsets of the revive group, so they are on disk in one file and one moment with the
// offsets of all groups (`home` is the timer queue or a revive queue):
//
//   resolved   below it every checkpoint is settled: where the next start begins to read.
//              For a revive queue it is Java's own revive offset (the last one dealt with).
//   reflected  checkpoints below it have moved their group's offset already. One above it was
//              appended after the offsets were written, so the group's offset follows it.
//
// A message that is held for hours would hold back `resolved` for hours. So a checkpoint that is
// far behind the end is appended anew, with what is settled of it: what a start reads is bounded
// by what is in flight and not by how long. For Java's reviver it is one checkpoint, said twice.

import type { OutgoingMessage } from '../../message/message.ts'
import { timerTopic } from '../../message/timer.ts'
import type { Appended, Appender, ConsumerOffsets, QueueKey, Queues } from '../ports.ts'
import { type Checkpoint, dueAtOf, type Entry, isSettled } from './in-flight.ts'
import { ackRecord, checkpointRecord, type Origin } from './journal-records.ts'
import { reviveGroup, reviveTopicOf } from './names.ts'

/** A queue that journal records are in. */
export type Home = QueueKey

/**
 * What holds back `resolved` of one home: its open checkpoints, and open checkpoints of other
 * homes from whose time on an acknowledgement may be here.
 */
type Frontier = { readonly home: Home; open: { entry: Entry; offset: number }[]; next: number }

/** Where a record of the journal is, and where it ends in the commit log. */
type Noted = { readonly home: Home } & Pick<Appended, 'queueOffset' | 'endPosition'>

/** Records that `resolved` may be behind before checkpoints are appended anew. */
const spanDefault = 20_000
/** Or so many for each open checkpoint, so that the copies never become the most of the log. */
const spanPerOpen = 4
/** Checkpoints appended anew at once. */
const renewedMax = 1_000
/** What is due that soon is settled by then. */
const dueSoonMs = 5_000

export class Journal {
  readonly #appender: Appender
  readonly #offsets: ConsumerOffsets
  readonly #origin: Origin
  readonly #reviveTopic: string
  readonly #queues: Pick<Queues, 'maxOffset'>
  readonly #span: number
  /** Of the homes that are in use: the timer queue, and the revive queues by their numbers. */
  #timer: Frontier | undefined
  readonly #revive: (Frontier | undefined)[] = []

  constructor(
    parts: {
      readonly appender: Appender
      readonly offsets: ConsumerOffsets
      readonly queues: Pick<Queues, 'maxOffset'>
    },
    origin: Origin,
    span = spanDefault,
  ) {
    this.#appender = parts.appender
    this.#offsets = parts.offsets
    this.#queues = parts.queues
    this.#origin = origin
    this.#span = span
    this.#reviveTopic = reviveTopicOf(origin.clusterName)
  }

  appendCheckpoint(checkpoint: Checkpoint, now: number): Noted {
    return this.#append(checkpointRecord(checkpoint, this.#origin, now))
  }

  appendAck(checkpoint: Checkpoint, offsets: readonly number[], now: number): Noted {
    return this.#append(ackRecord(checkpoint, offsets, this.#origin, now))
  }

  #append(message: OutgoingMessage): Noted {
    const frontier = this.#frontierOf(message)
    const { queueOffset, endPosition } = this.#appender.append(message)
    frontier.next = queueOffset + 1
    return { home: frontier.home, queueOffset, endPosition }
  }

  /**
   * From now on the checkpoint at `offset` of its home holds back `resolved`. A record goes
   * straight to the revive queue when it is due already, so a checkpoint and what is said of
   * it may be in two homes, and it holds back both.
   */
  watch(entry: Entry, home: Home, offset: number): void {
    this.#frontierOf(home).open.push({ entry, offset })
    const other =
      home.topic === timerTopic ? this.#reviveFrontier(entry.reviveQid) : this.#timerFrontier
    other.open.push({ entry, offset: other.next })
  }

  /** Everything below `offset` of the home was read and is known. */
  passed(home: Home, offset: number): void {
    this.#frontierOf(home).next = offset
  }

  /**
   * Records of the timer topic came to a revive queue when they were due. All checkpoints in it
   * were known before, and their groups' offsets are committed.
   */
  moved({ topic, queueId }: QueueKey, offset: number): void {
    const home = { topic, queueId }
    this.passed(home, offset)
    if (offset > this.reflectedUpTo(home)) this.reflect(home, offset)
  }

  /** The group's offset is committed in this turn: the checkpoint before `offset` is reflected. */
  reflect(home: Home, offset: number): void {
    this.#offsets.commit(reviveGroup, this.#reflectedKey(home), offset)
  }

  reflectedUpTo(home: Home): number {
    return this.#offsets.find(reviveGroup, this.#reflectedKey(home)) ?? 0
  }

  /** Where a start begins to read; undefined when this store never had our marks. */
  resolvedUpTo(home: Home): number | undefined {
    const committed = this.#offsets.find(reviveGroup, home)
    if (committed === undefined) return undefined
    return home.topic === this.#reviveTopic ? committed + 1 : committed
  }

  /** Moves `resolved` on as far as checkpoints are settled. */
  commitResolved(): void {
    for (const frontier of this.#frontiers) {
      frontier.open = frontier.open.filter(({ entry }) => !isSettled(entry))
      const resolved = frontier.open.reduce(
        (lowest, { offset }) => Math.min(lowest, offset),
        this.#endOf(frontier),
      )
      const isRevive = frontier.home.topic === this.#reviveTopic
      if (resolved === this.resolvedUpTo(frontier.home) || (isRevive && resolved === 0)) continue
      this.#offsets.commit(reviveGroup, frontier.home, isRevive ? resolved - 1 : resolved)
    }
  }

  /**
   * Appends anew the open checkpoints that hold `resolved` too far back, some at a time; true:
   * there are more. Throws what the appender throws; what was not appended is as it was.
   */
  renewFar(now: number): boolean {
    const far = new Set<Entry>()
    for (const frontier of this.#frontiers) {
      const span = Math.max(this.#span, spanPerOpen * frontier.open.length)
      const before = this.#endOf(frontier) - span
      for (const { entry, offset } of frontier.open) {
        if (far.size >= renewedMax) break
        if (offset < before && !isSettled(entry) && dueAtOf(entry) > now + dueSoonMs) far.add(entry)
      }
    }
    const renewed: { entry: Entry; home: Home; offset: number }[] = []
    try {
      for (const entry of far) renewed.push(this.#renew(entry, now))
    } finally {
      this.#watchAgain(renewed)
    }
    return far.size >= renewedMax
  }

  #renew(entry: Entry, now: number): { entry: Entry; home: Home; offset: number } {
    const record = checkpointRecord(entry, this.#origin, now, true)
    const { home, queueOffset } = this.#append(record)
    const settled = entry.offsets.filter((_, i) => (entry.settled & (1 << i)) !== 0)
    if (settled.length > 0) this.appendAck(entry, settled, now)
    return { entry, home, offset: queueOffset }
  }

  #watchAgain(renewed: readonly { entry: Entry; home: Home; offset: number }[]): void {
    if (renewed.length === 0) return
    const entries = new Set(renewed.map(({ entry }) => entry))
    for (const frontier of this.#frontiers) {
      frontier.open = frontier.open.filter(({ entry }) => !entries.has(entry))
    }
    for (const { entry, home, offset } of renewed) this.watch(entry, home, offset)
  }

  /**
   * Nobody but this process writes about pops: what others appended behind its last record, timed
   * messages, needs no look.
   */
  #endOf({ home, next }: Frontier): number {
    return Math.max(next, this.#queues.maxOffset(home))
  }

  /** The marks of homes are queue ids that the timer topic does not have. */
  #reflectedKey(home: Home): QueueKey {
    const queueId = home.topic === timerTopic ? 1 : 100 + home.queueId
    return { topic: timerTopic, queueId }
  }

  #frontierOf({ topic, queueId }: Home): Frontier {
    return topic === timerTopic ? this.#timerFrontier : this.#reviveFrontier(queueId)
  }

  #reviveFrontier(queueId: number): Frontier {
    this.#revive[queueId] ??= { home: { topic: this.#reviveTopic, queueId }, open: [], next: 0 }
    return this.#revive[queueId]
  }

  get #timerFrontier(): Frontier {
    this.#timer ??= { home: { topic: timerTopic, queueId: 0 }, open: [], next: 0 }
    return this.#timer
  }

  get #frontiers(): readonly Frontier[] {
    return [this.#timer, ...this.#revive].filter((one) => one !== undefined)
  }
}
