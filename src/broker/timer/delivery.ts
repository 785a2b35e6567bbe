// What is due goes where it belongs: the messages of one second, in the order in which they
// were put aside, less those that a recall of the same second names.
//
// A refused append is tried again and goes on where it was refused: nothing is dropped because
// the store is short of something.
//
// Source: TimerDequeueGetService, TimerDequeueGetMessageService, TimerDequeuePutMessageService.

import { MqError } from '../../base/errors.ts'
import type { OutgoingMessage } from '../../message/message.ts'
import { propertyIn, propertyNames } from '../../message/properties.ts'
import { decodeRecord, propertiesTextOf } from '../../message/record.ts'
import { timerTopic } from '../../message/timer.ts'
import type { TimerEntry } from '../../store/timer-entry.ts'
import type { TimerParts } from './parts.ts'
import type { TimerProgress } from './progress.ts'
import { dueMessage, isRecall, isRolled, recallKeysOf, wasFar } from './waiting.ts'

/** Others have their turn after so many messages. */
const perTurnMax = 64

/** The log does not lead to the messages that it should: the timer's files are damaged. */
export class TimerDamage extends MqError {
  constructor(message: string) {
    super('internal', message)
  }
}

/** The second that is being delivered. */
type Second = { readonly dueMs: number; next: number; readonly far: Set<string> }

export class Delivery {
  readonly #parts: TimerParts
  readonly #progress: TimerProgress
  #second: Second | undefined
  #isMadeAgain = false

  constructor(parts: TimerParts, progress: TimerProgress) {
    this.#parts = parts
    this.#progress = progress
  }

  /** The files are made again: what is missing from now on is missing in the commit log. */
  madeAgain(): void {
    this.#isMadeAgain = true
    this.#second = undefined
  }

  /** Delivers all of a second, and answers what that was. Throws {@link TimerDamage}, and what an append throws. */
  async deliver(dueMs: number): Promise<readonly TimerEntry[]> {
    if (this.#second?.dueMs !== dueMs) this.#second = { dueMs, next: 0, far: new Set() }
    const second = this.#second
    const entries = this.#parts.files.entries(dueMs)
    if (!entries) throw new TimerDamage('the timer log is damaged')
    const recalled = await this.#recalled(entries)
    for (; second.next < entries.length; second.next++) {
      const entry = entries[second.next]
      if (!entry || isRecall(entry)) continue
      const record = await this.#recordOf(entry.position)
      if (record) this.#put(record, entry, second, recalled)
      if (second.next % perTurnMax === perTurnMax - 1) await this.#yield()
    }
    this.#second = undefined
    return entries
  }

  /** Delivers one message that was late for the wheel. */
  async deliverLate(position: number): Promise<void> {
    const record = await this.#recordOf(position)
    if (!record || propertyIn(propertiesTextOf(record), propertyNames.timerDeleteKey)) return
    this.#append(record, undefined)
  }

  /** The keys that recalls of this second name. */
  async #recalled(entries: readonly TimerEntry[]): Promise<ReadonlySet<string>> {
    const keys = new Set<string>()
    for (const entry of entries) {
      if (!isRecall(entry)) continue
      const record = await this.#recordOf(entry.position)
      const key = record && propertyIn(propertiesTextOf(record), propertyNames.timerDeleteKey)
      if (key) keys.add(key)
    }
    return keys
  }

  #put(
    record: Uint8Array,
    entry: TimerEntry,
    { dueMs, far }: Second,
    recalled: ReadonlySet<string>,
  ): void {
    const properties = propertiesTextOf(record)
    const keys = recallKeysOf(properties)
    if (!isRolled(entry) && keys.some((key) => recalled.has(key))) return
    // Files that were made again have a message of several stages once for each stage.
    const [key] = keys
    if (key !== undefined && !isRolled(entry)) {
      if (propertyIn(properties, propertyNames.timerRollTimes) && far.has(key)) return
      if (wasFar(record, dueMs)) far.add(key)
    }
    this.#append(record, entry)
  }

  #append(record: Uint8Array, entry: TimerEntry | undefined): void {
    const { appender, clock, log, self, isWanted, stats } = this.#parts
    const message = decodeRecord(record)
    if (!isWanted(message)) return
    const due = dueMessage(record, entry, { now: clock.now(), storeHost: self.storeHost })
    if (!due) {
      log.warn('timed-message-without-topic', { position: message.position })
      return
    }
    this.#progress.delivered(appendWhole(appender, due, propertiesTextOf(record)))
    stats.timedOut(1)
  }

  /** The record in the timer topic; undefined when the commit log has it no more. */
  async #recordOf(position: number): Promise<Uint8Array | undefined> {
    const { reader, positions, log } = this.#parts
    const record = await reader.recordAt(position)
    if (record && isTimerRecord(record)) return record
    if (position >= positions.minPosition && !this.#isMadeAgain) {
      throw new TimerDamage('the timer log does not lead to a message')
    }
    log.error('timed-message-gone', { position })
    return undefined
  }

  #yield(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.endOfTurn(resolve))
  }
}

function isTimerRecord(record: Uint8Array): boolean {
  try {
    return decodeRecord(record).topic === timerTopic
  } catch (error) {
    if (error instanceof MqError) return false
    throw error
  }
}

/** The end of the record. A message that the timer's own properties make too long goes without. */
function appendWhole(
  appender: TimerParts['appender'],
  message: OutgoingMessage,
  properties: string,
): number {
  try {
    return appender.append(message).endPosition
  } catch (error) {
    const isTooLong = error instanceof MqError && error.failure === 'properties-too-large'
    if (!isTooLong || message.properties === properties) throw error
    return appender.append({ ...message, properties }).endPosition
  }
}
