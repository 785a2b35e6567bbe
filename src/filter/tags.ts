// Tag expressions: `*`, or tags with `||` between them.
//
// The queue's entry holds only the hash of a message's tag, so the hash decides first and
// cheaply; two tags may share one, so the tag itself decides for good.
//
// Source: FilterAPI.buildSubscriptionData, ExpressionMessageFilter.isMatchedByConsumeQueue.

import { MqError } from '../base/errors.ts'
import { tagsCodeOf } from '../message/tags.ts'

export type TagExpression = {
  /** undefined: every message, with a tag or without. */
  readonly tags: ReadonlySet<string> | undefined
  /** Hashes of the tags. */
  readonly codes: ReadonlySet<number>
}

const tagsMax = 1024

/** Throws `illegal-filter-expression` when no tag is named. */
export function parseTagExpression(expression: string | undefined): TagExpression {
  if (expression === undefined || expression === '' || expression === '*') {
    return { tags: undefined, codes: new Set() }
  }
  const tags = new Set(
    expression
      .split('||')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  )
  if (tags.size === 0) throw new MqError('illegal-filter-expression', 'it names no tag')
  if (tags.size > tagsMax) {
    throw new MqError('illegal-filter-expression', 'it names too many tags', { max: tagsMax })
  }
  return { tags, codes: new Set([...tags].map(tagsCodeOf)) }
}
