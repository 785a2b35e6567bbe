// A subscription's filter, whatever language it is written in.

import { MqError } from '../base/errors.ts'
import { compileSql, type PropertyLookup } from './evaluate.ts'
import { parseSql } from './parser.ts'
import { parseTagExpression } from './tags.ts'

export type MessageFilter = {
  readonly type: 'TAG' | 'SQL92'
  readonly expression: string
  /** Every message matches: neither question needs to be asked. */
  readonly matchesAll: boolean
  /** By the queue entry alone; never false for a message that {@link matches}. */
  matchesTagsCode(tagsCode: number): boolean
  /** By the message's properties; exact. */
  matches(property: PropertyLookup): boolean
}

/** Longer expressions are refused before they are looked at, in UTF-16 units. */
const expressionMax = 16_384

/**
 * Compiles what a consumer subscribes with. `type` is TAG, SQL92 or nothing, which is TAG.
 *
 * Throws `illegal-filter-expression`; for SQL92 `detail.at` is the place of the fault.
 * Source: FilterFactory, ExpressionType.isTagType.
 */
export function compileFilter(
  type: string | undefined,
  expression: string | undefined,
): MessageFilter {
  if (expression !== undefined && expression.length > expressionMax) {
    throw new MqError('illegal-filter-expression', 'it is too long', { max: expressionMax })
  }
  if (type === undefined || type === '' || type === 'TAG') return tagFilter(expression)
  if (type === 'SQL92') return sqlFilter(expression ?? '')
  throw new MqError('illegal-filter-expression', 'the type is not known', { type })
}

function tagFilter(expression: string | undefined): MessageFilter {
  const { tags, codes } = parseTagExpression(expression)
  if (!tags) return { ...everything, expression: '*' }
  return {
    type: 'TAG',
    expression: expression ?? '*',
    matchesAll: false,
    matchesTagsCode: (code) => codes.has(code),
    matches: (property) => tags.has(property('TAGS') ?? ''),
  }
}

const everything: MessageFilter = {
  type: 'TAG',
  expression: '*',
  matchesAll: true,
  matchesTagsCode: () => true,
  matches: () => true,
}

function sqlFilter(expression: string): MessageFilter {
  return {
    type: 'SQL92',
    expression,
    matchesAll: false,
    matchesTagsCode: () => true,
    matches: compileSql(parseSql(expression)),
  }
}
