// The ranges of what callers may ask for. What is outside is refused with the range allowed.

import { MqError } from '../../src/base/errors.ts'
import type { PullRequest } from '../../src/client/types.ts'
import type { Filter } from './core.ts'
import type { CoreLimits } from './ports.ts'

const expressionLengthMax = 4096

export function checkCount(count: number, max: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= max) return
  throw new MqError('invalid-argument', 'max is out of its range', { min: 1, max })
}

export function checkWait(waitMs: number, { waitMsMax }: CoreLimits): void {
  if (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= waitMsMax) return
  throw new MqError('illegal-polling-time', undefined, { minMs: 0, maxMs: waitMsMax })
}

export function checkInvisible(
  invisibleMs: number,
  {
    invisibleMsMin: minMs,
    invisibleMsMax: maxMs,
  }: Pick<CoreLimits, 'invisibleMsMin' | 'invisibleMsMax'>,
): void {
  if (Number.isInteger(invisibleMs) && invisibleMs >= minMs && invisibleMs <= maxMs) return
  throw new MqError('illegal-invisible-time', undefined, { minMs, maxMs })
}

/** The filter as the client sends it; undefined for one that takes everything. */
export function filterOf(filter: Filter | undefined): PullRequest['filter'] {
  if (!filter || filter.expression === '' || filter.expression === '*') return undefined
  if (filter.expression.length > expressionLengthMax) {
    throw new MqError('illegal-filter-expression', 'the filter is too long', {
      lengthMax: expressionLengthMax,
    })
  }
  return { type: filter.type === 'sql' ? 'SQL92' : 'TAG', expression: filter.expression }
}
