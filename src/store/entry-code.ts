// The tags code of a queue entry. For most topics it is the hash of the tag; in the topic of the
// delay levels it is the time when the message is due.
// Source: CommitLog.checkMessageAndReturnSize, tagsCode of SCHEDULE_TOPIC_XXXX.

import { deliverAt, scheduleTopic } from '../message/delay.ts'
import { propertyIn, propertyNames } from '../message/properties.ts'
import { tagsCodeOf } from '../message/tags.ts'

/** What the entry of a record says; `properties` is the property text. */
export function entryCodeOf(
  topic: string,
  properties: string,
  storeTimestamp: number,
  delayLevels: readonly number[],
): number {
  if (topic === scheduleTopic) {
    const level = Number(propertyIn(properties, propertyNames.delay))
    if (level > 0) return deliverAt(delayLevels, level, storeTimestamp)
  }
  return tagsCodeOf(propertyIn(properties, propertyNames.tags))
}
