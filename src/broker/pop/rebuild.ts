// What is in flight, from the log: at the start, before anything is popped.
//
// Read are the timer queue and the revive queues from where everything was settled when the
// offsets were last written (see journal.ts), and only records about pops count. Three rules
// make one state of them:
//   - a message belongs to the newest checkpoint that names it (a change of its time wrote a
//     new one, and a crash may have come before the old one was acknowledged);
//   - an acknowledgement settles its message whatever the order of the records;
//   - what Java's revive service has dealt with, up to its own offset, is settled.
// A checkpoint that was appended after the offsets were written moves its group's offset.
//
// Source: PopReviveService.consumeReviveMessage.

import { MqError } from '../../base/errors.ts'
import { decodeRecord } from '../../message/record.ts'
import { timerTopic } from '../../message/timer.ts'
import type { ConsumerOffsets, Queues, Reader } from '../ports.ts'
import { type Checkpoint, dueAtOf, type Entry, type InFlight } from './in-flight.ts'
import type { Home, Journal } from './journal.ts'
import { type JournalRecord, journalFilter, readJournal } from './journal-records.ts'
import { reviveTopicOf } from './names.ts'

type Sources = {
  readonly reader: Reader
  readonly queues: Queues
  readonly offsets: ConsumerOffsets
  readonly inFlight: InFlight
  readonly journal: Journal
  readonly clusterName: string
  readonly reviveQueueNum: number
  readonly now: number
}

const batchCount = 1024
const batchBytes = 1024 * 1024
/** How much the clocks of two brokers that had the store in turn may differ. */
const aroundDueMs = 60_000

type Found = { readonly record: JournalRecord; readonly home: Home; readonly offset: number }

/** Fills `inFlight` and moves group offsets. Answers how many records were read. */
export async function rebuild(sources: Sources): Promise<number> {
  return new Rebuild(sources).run()
}

class Rebuild {
  readonly #sources: Sources
  readonly #reviveTopic: string
  readonly #entries: Entry[] = []
  /** Acknowledged offsets of checkpoints that were not read yet. */
  readonly #acks = new Map<string, number[]>()
  #read = 0

  constructor(sources: Sources) {
    this.#sources = sources
    this.#reviveTopic = reviveTopicOf(sources.clusterName)
  }

  async run(): Promise<number> {
    const { journal, queues } = this.#sources
    const homes = [...this.#homes()].map((home) => {
      const to = queues.maxOffset(home)
      // A log that lost its end in a power failure is behind the marks: they go back with it.
      if (journal.reflectedUpTo(home) > to) journal.reflect(home, to)
      const from = Math.max(journal.resolvedUpTo(home) ?? 0, queues.minOffset(home))
      return { home, from: Math.min(from, to), to }
    })
    for (const { home, from } of homes) journal.passed(home, from)
    for (const { home, from, to } of homes) {
      await this.#scan(home, from, to, (found) => this.#apply(found))
    }
    for (const { home, to } of homes) journal.passed(home, to)
    for (const entry of this.#entries) {
      this.#settle(entry, this.#acks.get(entry.key) ?? [])
    }
    this.#leaveToNewest()
    await this.#leaveToJava()
    for (const entry of this.#entries) this.#sources.inFlight.settle(entry, 0)
    return this.#read
  }

  *#homes(): Iterable<Home> {
    yield { topic: timerTopic, queueId: 0 }
    for (let queueId = 0; queueId < this.#sources.reviveQueueNum; queueId++) {
      yield { topic: this.#reviveTopic, queueId }
    }
  }

  #apply({ record, home, offset }: Found): void {
    const { inFlight, journal } = this.#sources
    if (record.kind === 'ack') {
      this.#acks.set(record.key, [...(this.#acks.get(record.key) ?? []), ...record.offsets])
      return
    }
    const isNew = inFlight.find(record.key) === undefined
    const entry = inFlight.add(record.checkpoint)
    if (isNew) this.#entries.push(entry)
    journal.watch(entry, home, offset)
    if (record.isAgain || offset < journal.reflectedUpTo(home)) return
    this.#followOffset(record.checkpoint)
  }

  /** The group had taken these messages when the process ended. */
  #followOffset({ group, topic, queueId, offsets: taken }: Checkpoint): void {
    const { offsets } = this.#sources
    const next = (taken.at(-1) ?? -1) + 1
    if ((offsets.find(group, { topic, queueId }) ?? 0) < next) {
      offsets.commit(group, { topic, queueId }, next)
    }
  }

  #settle(entry: Entry, acked: readonly number[]): void {
    for (const offset of acked) {
      const index = entry.offsets.indexOf(offset)
      if (index >= 0) entry.settled |= 1 << index
    }
  }

  /** Of several checkpoints that name one message only the newest keeps it. */
  #leaveToNewest(): void {
    const newest = new Map<string, Entry>()
    const inOrder = this.#entries.toSorted(
      (a, b) => a.popTime - b.popTime || dueAtOf(a) - dueAtOf(b),
    )
    for (const entry of inOrder) {
      for (const offset of entry.offsets) {
        const message = `${entry.topic}@${entry.group}@${entry.queueId}@${offset}`
        const older = newest.get(message)
        if (older) this.#sources.inFlight.move(older, 1 << older.offsets.indexOf(offset))
        newest.set(message, entry)
      }
    }
  }

  /** Checkpoints that are due may have been dealt with by a Java broker in between. */
  async #leaveToJava(): Promise<void> {
    const { journal, queues, now } = this.#sources
    const due = new Map(
      this.#entries.filter((entry) => dueAtOf(entry) <= now).map((entry) => [entry.key, entry]),
    )
    if (due.size === 0) return
    let firstDue = now
    for (const entry of due.values()) firstDue = Math.min(firstDue, dueAtOf(entry))
    for (const home of this.#homes()) {
      if (home.topic === timerTopic) continue
      const to = Math.min(journal.resolvedUpTo(home) ?? 0, queues.maxOffset(home))
      // A checkpoint comes to its revive queue when it is due, not before.
      const from = queues.offsetByTime(home, firstDue - aroundDueMs, 'lower')
      await this.#scan(home, from, to, ({ record }) => {
        const entry = record.kind === 'checkpoint' ? due.get(record.key) : undefined
        if (entry) this.#settle(entry, entry.offsets)
      })
    }
  }

  async #scan(home: Home, from: number, to: number, apply: (found: Found) => void) {
    const { reader } = this.#sources
    for (let at = from; at < to; ) {
      const sizes = { maxCount: Math.min(batchCount, to - at), maxBytes: batchBytes }
      const result = await reader.read({ ...home, ...sizes, offset: at, filter: journalFilter })
      for (const [i, bytes] of result.records.entries()) {
        const offset = result.offsets[i] ?? 0
        const record = offset < to ? readJournalSafely(bytes, this.#reviveTopic) : undefined
        this.#read++
        if (record) apply({ record, home, offset })
      }
      if (result.nextOffset <= at) return
      at = result.nextOffset
    }
  }
}

/** A damaged record is the store's business: here it only says nothing. */
function readJournalSafely(bytes: Uint8Array, reviveTopic: string): JournalRecord | undefined {
  try {
    return readJournal(decodeRecord(bytes), reviveTopic)
  } catch (error) {
    if (error instanceof MqError) return undefined
    throw error
  }
}
