// Durations as people write them in requests: '500ms', '30s', '5m', '12h'. Answers carry
// integers with the unit in the name instead.

import { type Failure, MqError } from '../../src/base/errors.ts'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Where a duration came from, what it may be, and which failure says that it is not. */
export type DurationRule = {
  /** JSON pointer or parameter name, for the caller. */
  readonly pointer: string
  readonly minMs: number
  readonly maxMs: number
  readonly failure?: Failure
}

/**
 * The milliseconds that `text` says. Out of range is refused with the range, never adjusted.
 */
export function parseDuration(text: unknown, rule: DurationRule): number {
  const { pointer, minMs, maxMs, failure = 'invalid-argument' } = rule
  const match = typeof text === 'string' ? /^(\d{1,12})(ms|s|m|h)$/.exec(text) : null
  if (!match) {
    throw new MqError(failure, 'a duration is a number with a unit, as 500ms, 30s, 5m or 1h', {
      pointer,
    })
  }
  const ms = Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN)
  if (ms < minMs || ms > maxMs) {
    throw new MqError(failure, `allowed is ${printDuration(minMs)} to ${printDuration(maxMs)}`, {
      pointer,
    })
  }
  return ms
}

/** The shortest text that `parseDuration` reads as `ms`. */
export function printDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    const size = units[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
