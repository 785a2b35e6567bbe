// Filter expressions as the store reads with them, compiled once and kept while they are used.

import { MqError } from '../base/errors.ts'
import { compileFilter, type MessageFilter } from '../filter/filter.ts'
import { propertyIn } from '../message/properties.ts'
import { propertiesTextOf } from '../message/record.ts'
import type { Filters, ReadFilter } from './ports.ts'

/** Consumers that send their expression with each pull find it here. */
const keptMax = 1000

/** Bounded: the expression that was compiled first goes when a new one comes. */
export class FilterCache implements Filters {
  readonly #kept = new Map<string, ReadFilter | undefined>()

  compile(expressionType: string, expression: string): ReadFilter | undefined {
    const key = `${expressionType}\u0000${expression}`
    const known = this.#kept.get(key)
    if (known || this.#kept.has(key)) return known
    const filter = readFilter(compileFilter(expressionType, expression))
    if (this.#kept.size >= keptMax) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    this.#kept.set(key, filter)
    return filter
  }

  tryCompile(expressionType: string, expression: string): ReadFilter | undefined | 'illegal' {
    try {
      return this.compile(expressionType, expression)
    } catch (error) {
      if (error instanceof MqError) return 'illegal'
      throw error
    }
  }
}

/**
 * A tag filter looks at queue entries only, as Apache's broker: two tags may share a code, and
 * clients look again at the tag itself.
 */
function readFilter(filter: MessageFilter): ReadFilter | undefined {
  if (filter.matchesAll) return undefined
  if (filter.type === 'TAG') return { matchesTagsCode: (code) => filter.matchesTagsCode(code) }
  return {
    matchesRecord(record) {
      const text = propertiesTextOf(record)
      return filter.matches((name) => propertyIn(text, name))
    },
  }
}
