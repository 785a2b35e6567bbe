// The notes of which halves have ended, several in one record: `12,13,15,` in the op topic.
//
// They wait for others in memory for a moment. A note that a crash takes costs a search of the
// final message at the next start, or one more question.
//
// Source: TransactionalOpBatchService, TransactionalMessageServiceImpl.batchSendOpMessage.

import type { Clock, Timer } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import { viewOf } from '../../base/int64.ts'
import type { Log } from '../../base/log.ts'
import type { HostBytes } from '../../message/message.ts'
import { printProperties, propertyNames } from '../../message/properties.ts'
import { findParts } from '../../message/record.ts'
import { halfOpTopic } from '../names.ts'
import type { Appender } from '../ports.ts'

/** Source: TransactionalMessageServiceImpl.OP_MSG_PULL_NUMS and its queue of 20 000. */
const waitingMax = 20_000

const endProperties = printProperties([
  [propertyNames.wait, 'true'],
  [propertyNames.tags, 'd'],
])

/** Half offsets out of the body of a record of the op topic; those of 4.x have no comma. */
export function endedIn(record: Uint8Array): number[] {
  const parts = findParts(viewOf(record), 0, record.length)
  if (!parts) return []
  const body = Buffer.from(record.subarray(parts.body, parts.body + parts.bodySize)).toString()
  return body
    .split(',')
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
}

type Options = {
  readonly clock: Clock
  readonly log: Log
  readonly appender: Appender
  readonly self: { readonly storeHost: HostBytes }
  readonly bytesMax: number
  readonly intervalMs: number
}

/** A record of ends: where it is in the op queue, and the last half that it is about. */
type Written = { readonly offset: number; readonly lastHalf: number }

export class Ends {
  readonly #options: Options
  #waiting: number[] = []
  #waitingBytes = 0
  #timer: Timer | undefined
  #written: Written[] = []
  #nextOffset = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Where the next look into the op queue begins, at first. */
  begin(offset: number): void {
    this.#nextOffset = offset
  }

  /** A record that is in the op queue already. */
  found(offset: number, halves: readonly number[]): void {
    this.#written.push({ offset, lastHalf: halves.reduce((a, b) => Math.max(a, b), -1) })
    this.#nextOffset = offset + 1
  }

  /** Throws `broker-busy` when too many wait, because the log takes nothing. */
  checkRoom(): void {
    if (this.#waiting.length < waitingMax) return
    throw new MqError('broker-busy', 'too many ends of transactions wait', { waitingMax })
  }

  add(half: number): void {
    this.#waiting.push(half)
    this.#waitingBytes += String(half).length + 1
    const { clock, bytesMax, intervalMs } = this.#options
    if (this.#waitingBytes >= bytesMax) this.flush()
    else this.#timer ??= clock.after(intervalMs, () => this.flush())
  }

  /** Appends what waits. What the log refuses waits on. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const halves = this.#waiting
    if (halves.length === 0) return
    const { clock, log, intervalMs } = this.#options
    try {
      const { queueOffset } = this.#append(halves)
      this.found(queueOffset, halves)
      this.#waiting = []
      this.#waitingBytes = 0
    } catch (error) {
      log.warn('transaction-ends-not-stored', { count: halves.length, error })
      this.#timer = clock.after(intervalMs, () => this.flush())
    }
  }

  stop(): void {
    this.flush()
    this.#timer?.cancel()
  }

  /** The first record that is about a half at `offset` or behind it. */
  firstAbout(offset: number): number {
    const first = this.#written.findIndex(({ lastHalf }) => lastHalf >= offset)
    this.#written = first < 0 ? [] : this.#written.slice(first)
    return this.#written[0]?.offset ?? this.#nextOffset
  }

  #append(halves: readonly number[]) {
    const { appender, clock, self } = this.#options
    return appender.append({
      topic: halfOpTopic,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: clock.now(),
      bornHost: self.storeHost,
      storeHost: self.storeHost,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body: Buffer.from(`${halves.join(',')},`),
      properties: endProperties,
    })
  }
}
