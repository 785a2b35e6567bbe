// Idempotent sends: which ids were stored within the window, and where. A sender names its
// message by UNIQ_KEY and puts a digest of its body beside it (`__RWDIGEST`); a second send of
// the id is answered with the place of the first.
//
// What was stored since this process became the writer is in memory, up to a limit; what is
// older is looked up in the key index, so that neither a restart, a failover nor a full memory
// forgets anything: the log is what remembers. Without a key index there is no window, and
// senders are told so. Ours: Apache's broker stores every send.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { OutgoingMessage } from '../message/message.ts'
import { propertyIn, propertyNames } from '../message/properties.ts'
import { decodeRecord } from '../message/record.ts'
import { timerTopic } from '../message/timer.ts'
import { halfTopic } from './names.ts'
import type { Appended, KeyIndex } from './ports.ts'

/** Where a message went whose id is known. */
export type Earlier = {
  readonly digest: string
  /** Of the queue that was sent to. */
  readonly queueId: number
  readonly recallHandle: string | undefined
  readonly appended: Appended
}

type DedupParts = {
  readonly clock: Clock
  /** Undefined where the store keeps none: there is no window then. */
  readonly keyIndex: KeyIndex | undefined
  /** ms. 0: no window. */
  readonly windowMs: number
  /** Ids in memory. */
  readonly countMax: number
}

// An id is unique: more records than these are others with the same hash.
const candidatesMax = 16

export class DedupWindow {
  /** How long an id is remembered; 0 where it is not at all. */
  readonly windowMs: number
  readonly #parts: DedupParts
  /** By topic and id, oldest first. */
  readonly #known = new Map<string, Earlier>()
  /** Everything that was stored since then is in memory. */
  #completeSince: number

  constructor(parts: DedupParts) {
    this.#parts = parts
    this.windowMs = parts.keyIndex ? parts.windowMs : 0
    this.#completeSince = parts.clock.now()
  }

  /** The digest of a message that is to be stored once; undefined for any other message. */
  digestOf({ properties }: OutgoingMessage): string | undefined {
    return this.windowMs > 0 ? propertyIn(properties, propertyNames.digest) : undefined
  }

  /** Others have written the log meanwhile: what is in memory is not all. */
  becameWriter(): void {
    this.#completeSince = this.#parts.clock.now()
  }

  /**
   * Where the id was stored; a promise when the log has to be asked, after which
   * {@link inMemory} must be asked again. Throws `idempotency-key-reused` for another digest.
   */
  find(
    topic: string,
    id: string,
    digest: string,
  ): Earlier | undefined | Promise<Earlier | undefined> {
    const earlier = this.inMemory(topic, id, digest)
    if (earlier) return earlier
    const { keyIndex } = this.#parts
    const from = this.#parts.clock.now() - this.windowMs
    if (!keyIndex || this.#completeSince <= from) return undefined
    return this.#inLog(keyIndex, { topic, id, from }).then((found) => checked(found, digest))
  }

  inMemory(topic: string, id: string, digest: string): Earlier | undefined {
    const found = this.#known.get(keyOf(topic, id))
    const from = this.#parts.clock.now() - this.windowMs
    if (!found || found.appended.storeTimestamp < from) return undefined
    return checked(found, digest)
  }

  remember(topic: string, id: string, earlier: Earlier): void {
    const key = keyOf(topic, id)
    // An entry that has expired would keep its place among the oldest.
    this.#known.delete(key)
    this.#known.set(key, earlier)
    const from = this.#parts.clock.now() - this.windowMs
    for (const [oldest, { appended }] of this.#known) {
      const isExpired = appended.storeTimestamp < from
      if (!isExpired && this.#known.size <= this.#parts.countMax) return
      this.#known.delete(oldest)
      if (!isExpired)
        this.#completeSince = Math.max(this.#completeSince, appended.storeTimestamp + 1)
    }
  }

  async #inLog(
    index: KeyIndex,
    { topic, id, from }: { topic: string; id: string; from: number },
  ): Promise<Earlier | undefined> {
    // A message that waits for its time or its commit is stored under another topic.
    for (const storedIn of [topic, timerTopic, halfTopic]) {
      const { records } = await index.queryByKey({
        topic: storedIn,
        key: id,
        beginTimestamp: from,
        endTimestamp: Number.MAX_SAFE_INTEGER,
        maxCount: candidatesMax,
      })
      for (const record of records) {
        const earlier = earlierOf(record, { topic, storedIn, id })
        if (earlier) return earlier
      }
    }
    return undefined
  }
}

const keyOf = (topic: string, id: string): string => `${topic} ${id}`

function checked(found: Earlier | undefined, digest: string): Earlier | undefined {
  if (found && found.digest !== digest) throw new MqError('idempotency-key-reused')
  return found
}

function earlierOf(
  record: Uint8Array,
  { topic, storedIn, id }: { topic: string; storedIn: string; id: string },
): Earlier | undefined {
  const message = decodeRecord(record)
  const { properties } = message
  const digest = properties.get(propertyNames.digest)
  if (message.topic !== storedIn || message.messageId !== id || digest === undefined) return
  const realTopic = properties.get(propertyNames.realTopic)
  if (storedIn !== topic && realTopic !== topic) return undefined
  const realQueueId = storedIn === topic ? undefined : properties.get(propertyNames.realQueueId)
  return {
    digest,
    queueId: realQueueId === undefined ? message.queueId : Number(realQueueId),
    recallHandle: undefined,
    appended: {
      position: message.position,
      endPosition: message.position + message.size,
      queueOffset: message.queueOffset,
      storeTimestamp: message.storeTimestamp,
      positions: [message.position],
    },
  }
}
