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
}

/** The hash under which `topic#key` is found: not negative. */
export function keyHashOf(topic: string, key: string): number {
  return asJava(continueHash(javaHash(`${topic}#`), key))
}

export class KeyHasher {
  readonly #topics = new Map<string, number>()
  readonly #found: number[] = []

  /**
   * The hashes of a record's keys in the order of Java: unique key, each key, tag. Empty for a
   * rolled back message. Valid until the next call.
   */
  hashesOf({ topic, sysFlag, properties }: IndexedRecord): readonly number[] {
    const found = this.#found
    found.length = 0
    const transaction = sysFlag & sysFlags.transactionMask
    if (properties === '' || transaction === sysFlags.transactionRollback) return found
    const start = this.#hashOfTopic(topic)
    const uniqueKey = propertyIn(properties, propertyNames.uniqueKey)
    if (uniqueKey !== undefined) found.push(asJava(continueHash(start, uniqueKey)))
    const keys = propertyIn(properties, propertyNames.keys)
    if (keys !== undefined) {
      for (const key of keys.split(' ')) {
        if (key !== '') found.push(asJava(continueHash(start, key)))
      }
    }
    const tag = propertyIn(properties, propertyNames.tags)
    if (tag !== undefined) found.push(asJava(continueHash(continueHash(start, tagMark), tag)))
    return found
  }

  #hashOfTopic(topic: string): number {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    if (this.#topics.size >= topicsKeptMax) this.#topics.clear()
    const hash = javaHash(`${topic}#`)
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
