// Prepared messages: ended by their producers, or asked about until they are.
//
// All that must survive is in the log, in Apache's own form, so that a store goes on with the
// Java broker and back: halves, the notes of which have ended, and the offsets of the group
// CID_RMQ_SYS_TRANS in both. A committed message is appended before its note. The offsets are
// saved when the log is on disk that far: a half that was appended anew is not lost.
//
// Unlike Java: a second end of one transaction is refused and does not store it again; an end
// that names an earlier copy ends the one that stands now; being put off is no question.
//
// Source: TransactionalMessageServiceImpl.check, EndTransactionProcessor.

import type { Clock, Timer } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import { checkTransactionState } from '../../protocol/requests/transaction.ts'
import { delayLevelOf, putAside } from '../delay.ts'
import { halfGroup, halfOpTopic, halfTopic, undecidedTopic } from '../names.ts'
import type {
  Appended,
  Appender,
  ConsumerOffsets,
  KeyIndex,
  LogPositions,
  Producers,
  QueueKey,
  Queues,
  Reader,
  Self,
  Topics,
} from '../ports.ts'
import { Ends } from './ends.ts'
import {
  askedAgain,
  checkHeader,
  committed,
  givenUp,
  type Half,
  putOff,
  readHalf,
  shown,
} from './half.ts'
import { Halves, type Standing } from './halves.ts'
import { recoverHalves } from './recovery.ts'

const batchCount = 32
const batchBytes = 1024 * 1024
/** Java: fileReservedTime; an older half would be removed with its file. */
const halfAgeMaxMs = 72 * 3_600_000

type Options = {
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  readonly self: Pick<Self, 'brokerName' | 'storeHost'>
  readonly appender: Appender
  readonly queues: Queues
  readonly reader: Reader
  readonly keyIndex?: KeyIndex | undefined
  readonly positions: LogPositions
  readonly topics: Pick<Topics, 'ensure'>
  readonly offsets: Pick<ConsumerOffsets, 'find' | 'commit'>
  readonly producers: Pick<Producers, 'channels'>
  readonly delayLevels: readonly number[]
  readonly settings: {
    readonly transactionTimeOut: number
    readonly transactionCheckInterval: number
    readonly transactionCheckMax: number
    readonly transactionOpMsgMaxSize: number
    readonly transactionOpBatchInterval: number
  }
}

const halfQueue: QueueKey = { topic: halfTopic, queueId: 0 }
const halfOpQueue: QueueKey = { topic: halfOpTopic, queueId: 0 }

type Progress = { readonly half: number; readonly op: number; readonly position: number }

export class Transactions {
  readonly name = 'transactions'
  readonly #options: Options
  readonly #halves = new Halves()
  readonly #ends: Ends
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #unsaved: Progress | undefined
  #stopped = false

  constructor(options: Options) {
    this.#options = options
    const { transactionOpMsgMaxSize, transactionOpBatchInterval } = options.settings
    this.#ends = new Ends({
      ...options,
      bytesMax: transactionOpMsgMaxSize,
      intervalMs: transactionOpBatchInterval,
    })
  }

  /** Reads what is open. Nothing may be prepared or ended before it is done. */
  async start(): Promise<void> {
    const { clock, settings } = this.#options
    const offsets = { half: this.#savedOffset(halfQueue), op: this.#savedOffset(halfOpQueue) }
    const noteMs = settings.transactionOpBatchInterval
    const parts = { ...this.#options, noteMs, halves: this.#halves, ends: this.#ends }
    await recoverHalves(parts, offsets)
    this.#timer = clock.every(settings.transactionCheckInterval, () => this.#check())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#round
    this.#ends.stop()
    this.#save(this.#progress())
  }

  /** Appends the message for consumers. Throws `invalid-transaction` when it has ended. */
  commit(half: Half): Appended {
    const standing = this.#standing(half)
    const message = committed(half, standing.position)
    const level = delayLevelOf(message.properties, this.#options.delayLevels.length)
    if (level > 0) putAside(message, level)
    const appended = this.#options.appender.append(message)
    this.#end(half, standing)
    return appended
  }

  /** The message is never seen. Throws `invalid-transaction` when it has ended. */
  rollback(half: Half): void {
    this.#end(half, this.#standing(half))
  }

  #standing(half: Half): Standing {
    this.#ends.checkRoom()
    const standing = this.#halves.standing(half)
    if (!standing) throw new MqError('invalid-transaction', 'the transaction has ended')
    return standing
  }

  #end(half: Half, standing: Standing): void {
    this.#halves.end(half.key, standing.offset)
    this.#ends.add(standing.offset)
  }

  #check(): void {
    if (this.#round || this.#stopped) return
    this.#round = this.#look()
      .catch((error: unknown) => {
        this.#options.log.warn('transactions-not-checked', { error })
      })
      .finally(() => {
        this.#round = undefined
      })
  }

  /** One look at the open halves, the oldest first, up to one that is too young. */
  async #look(): Promise<void> {
    const { clock, queues, reader } = this.#options
    this.#saveIfDurable()
    const end = queues.maxOffset(halfQueue)
    while (!this.#stopped && this.#halves.offset < end) {
      const sizes = { maxCount: batchCount, maxBytes: batchBytes }
      const result = await reader.read({ ...halfQueue, ...sizes, offset: this.#halves.offset })
      for (const [index, record] of result.records.entries()) {
        const offset = result.offsets[index] ?? end
        if (offset >= end || !this.#lookAt(offset, record)) return this.#advanced()
      }
      if (result.nextOffset <= this.#halves.offset && result.records.length === 0) break
      this.#halves.passTo(result.nextOffset)
      await new Promise<void>((resolve) => clock.endOfTurn(resolve))
    }
    this.#advanced()
  }

  /** False when it is too young to be asked about; those behind it are younger. */
  #lookAt(offset: number, record: Uint8Array): boolean {
    this.#halves.passTo(offset)
    if (this.#halves.isOpen(offset)) {
      const half = readHalf(record)
      if (!half) this.#options.log.warn('half-not-readable', { offset })
      else if (!this.#handle(half)) return false
    }
    this.#halves.passTo(offset + 1)
    return true
  }

  #handle(half: Half): boolean {
    const { appender, clock, settings, topics } = this.#options
    const ageMs = clock.now() - half.stored.bornTimestamp
    if (half.checkCount >= settings.transactionCheckMax || ageMs > halfAgeMaxMs) {
      topics.ensure(undecidedTopic, { queueNums: 1 })
      appender.append(givenUp(half))
      this.#halves.giveUp(half)
      this.#options.log.warn('transaction-given-up', { offset: half.offset, group: half.group })
      return true
    }
    if (half.immunityMs !== undefined && ageMs < half.immunityMs) {
      this.#replace(half, appender.append(putOff(half)))
      return true
    }
    const isYoung = ageMs >= 0 && ageMs < settings.transactionTimeOut
    if (half.immunityMs === undefined && isYoung) return false
    this.#ask(half)
    return true
  }

  #replace(half: Half, { queueOffset, position }: Appended): void {
    this.#halves.replace(half, { offset: queueOffset, position })
  }

  /** Appends the half anew and asks any producer of its group that is connected. */
  #ask(half: Half): void {
    const { appender, log, producers, random, self } = this.#options
    const copy = askedAgain(half)
    const appended = appender.append(copy)
    this.#replace(half, appended)
    const channels = producers.channels(half.group).filter(({ peer }) => !peer.closed)
    const channel = channels[random.below(Math.max(1, channels.length))]
    if (!channel) {
      log.warn('no-producer-to-ask', { group: half.group, offset: appended.queueOffset })
      return
    }
    const header = checkHeader(half, appended, self)
    channel.peer.notify(checkTransactionState, header, shown(half, copy, appended))
  }

  #savedOffset(queue: QueueKey): number {
    const { offsets, queues } = this.#options
    const [min, max] = [queues.minOffset(queue), queues.maxOffset(queue)]
    return Math.min(Math.max(offsets.find(halfGroup, queue) ?? min, min), max)
  }

  #progress(): Progress {
    const half = this.#halves.offset
    const op = this.#ends.firstAbout(half)
    return { half, op, position: this.#options.positions.maxPosition }
  }

  #advanced(): void {
    this.#unsaved ??= this.#progress()
    this.#saveIfDurable()
  }

  #saveIfDurable(): void {
    const unsaved = this.#unsaved
    if (!unsaved || unsaved.position > this.#options.positions.flushedPosition) return
    this.#unsaved = undefined
    this.#save(unsaved)
  }

  #save({ half, op }: Progress): void {
    this.#options.offsets.commit(halfGroup, halfQueue, half)
    this.#options.offsets.commit(halfGroup, halfOpQueue, op)
  }
}
