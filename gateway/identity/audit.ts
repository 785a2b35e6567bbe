// Who changed what, and who was not allowed to: a row for every call of an administrator's
// operation that changes something or is refused, written before the caller has its answer.
// The rows go to a sink of the host, which keeps them; the newest ones are here for people who
// ask this node. A row is one line of JSON, so that nothing in it can look like another row.

import type { Clock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import type { Counter, Metrics } from '../../src/base/metrics.ts'

/** Keeps a line, at once and in order. */
export type AuditSink = { append(line: string): void }

export type AuditRow = {
  /** Counts the rows of this process, from 1. */
  readonly sequence: number
  /** ms since 1970. */
  readonly at: number
  readonly subject: string
  readonly namespace: string
  /** Address of the caller. */
  readonly source: string
  readonly requestId: string
  /** The operationId. */
  readonly operation: string
  /** What it was done to: the parameters of the path. */
  readonly target: Readonly<Record<string, string>>
  readonly status: number
  /** The problem's name, where it failed. */
  readonly problem?: string | undefined
}

const keptMax = 10_000
const targetCharsMax = 256
/** Refusals that are kept in a second: who is refused must not fill a disk. */
const refusalsPerSecond = 20

export class Audit {
  readonly #clock: Clock
  readonly #log: Log
  readonly #sink: AuditSink | undefined
  readonly #dropped: Counter
  readonly #rows: AuditRow[] = []
  #sequence = 0
  #second = 0
  #refusals = 0

  /** Without a sink the rows are in the log. */
  constructor(parts: {
    readonly clock: Clock
    readonly log: Log
    readonly metrics: Metrics
    readonly sink?: AuditSink | undefined
  }) {
    this.#clock = parts.clock
    this.#log = parts.log
    this.#sink = parts.sink
    this.#dropped = parts.metrics.counter(
      'rocketway_gateway_audit_dropped_total',
      'Refused calls beyond what is kept of them in a second',
    )
  }

  record(row: Omit<AuditRow, 'sequence' | 'at'>): void {
    const at = this.#clock.now()
    if (isRefusal(row.status) && this.#isTooMany(at)) {
      this.#dropped.add(1)
      return
    }
    const target = Object.fromEntries(
      Object.entries(row.target).map(([name, value]) => [name, value.slice(0, targetCharsMax)]),
    )
    const kept = { sequence: ++this.#sequence, at, ...row, target }
    this.#rows.push(kept)
    if (this.#rows.length > keptMax) this.#rows.shift()
    this.#write(kept)
  }

  /** Newest first, those before `before`. */
  rows(max: number, before = Number.POSITIVE_INFINITY): readonly AuditRow[] {
    const found: AuditRow[] = []
    for (let i = this.#rows.length - 1; i >= 0 && found.length < max; i--) {
      const row = this.#rows[i]
      if (row && row.sequence < before) found.push(row)
    }
    return found
  }

  #write(row: AuditRow): void {
    if (!this.#sink) {
      this.#log.info('audit', { ...row })
      return
    }
    try {
      this.#sink.append(`${JSON.stringify({ ...row, at: new Date(row.at).toISOString() })}\n`)
    } catch (error) {
      this.#log.error('audit-not-written', { ...row, error })
    }
  }

  #isTooMany(at: number): boolean {
    const second = Math.floor(at / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#refusals = 0
    }
    return ++this.#refusals > refusalsPerSecond
  }
}

const isRefusal = (status: number): boolean => status === 401 || status === 403 || status === 429
