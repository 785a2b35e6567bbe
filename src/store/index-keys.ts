// Which keys of a message the key index holds, and their hashes.
//
// A key's text is `topic#key`, a tag's `topic#T#tag`; what is kept is Java's hash of the text.
// Source: IndexService.buildIndex, buildKey; IndexFile.indexKeyHashMethod.

import { sysFlags } from '../message/flags.ts'
import { propertyIn, propertyNames } from '../message/properties.ts'
import { javaHash } from '../message/tags.ts'

const topicsKeptMax = 10_000
const tagMark = 'T#'

/** What the key index needs of a record. */
export type IndexedRecord = {
  readonly topic: string
  readonly position: number
  readonly storeTimestamp: number
  readonly sysFlag: number
  /** Property text. */
  readonly properties: string
  /** As {@link topicHashOf}, where it is known. */
  readonly topicHash?: number
}

/** Where the hash of each key of a topic starts. */
export const topicHashOf = (topic: string): number => javaHash(`${topic}#`)

/** The hash under which `topic#key` is found: not negative. */
export function keyHashOf(topic: string, key: string): number {
  return asJava(continueHash(topicHashOf(topic), key))
}

export class KeyHasher {
  readonly #topics = new Map<string, number>()
  /** Those of the last record, and perhaps more behind them: emptying it costs more than all else. */
  readonly #found: number[] = []
  #count = 0

  /**
   * Takes the hashes of a record's keys and answers how many: {@link hashAt}. None for a rolled
   * back message.
   */
  take({ topic, sysFlag, properties, topicHash }: IndexedRecord): number {
    this.#count = 0
    const transaction = sysFlag & sysFlags.transactionMask
    if (properties === '' || transaction === sysFlags.transactionRollback) return 0
    const start = topicHash ?? this.#hashOfTopic(topic)
    const uniqueKey = propertyIn(properties, propertyNames.uniqueKey)
    if (uniqueKey !== undefined) this.#push(continueHash(start, uniqueKey))
    const keys = propertyIn(properties, propertyNames.keys)
    if (keys !== undefined) {
      for (const key of keys.split(' ')) {
        if (key !== '') this.#push(continueHash(start, key))
      }
    }
    const tag = propertyIn(properties, propertyNames.tags)
    if (tag !== undefined) this.#push(continueHash(continueHash(start, tagMark), tag))
    return this.#count
  }

  /** In the order of Java: unique key, each key, tag. */
  hashAt(index: number): number {
    return this.#found[index] ?? 0
  }

  #push(hash: number): void {
    this.#found[this.#count++] = asJava(hash)
  }

  #hashOfTopic(topic: string): number {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    if (this.#topics.size >= topicsKeptMax) this.#topics.clear()
    const hash = topicHashOf(topic)
    this.#topics.set(topic, hash)
    return hash
  }
}

function continueHash(start: number, text: string): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0
  return hash
}

// The smallest integer has no absolute value in Java.
function asJava(hash: number): number {
  return hash === -0x80000000 ? 0 : Math.abs(hash)
}
