// What verification needs of a record, without decoding its body.

import { readInt64, viewOf } from '../../base/int64.ts'
import { recordFields } from '../../message/record.ts'
import type { ScannedRecord } from '../log-scan.ts'

export type RecordFacts = {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly sysFlag: number
  readonly storeTimestamp: number
  /** Property text. */
  readonly properties: string
}

export function factsOf({ bytes, parts }: ScannedRecord): RecordFacts {
  const view = viewOf(bytes)
  const { topic, topicSize, properties, propertiesSize } = parts
  return {
    topic: bytes.toString('utf8', topic, topic + topicSize),
    queueId: view.getInt32(recordFields.queueId),
    queueOffset: readInt64(view, recordFields.queueOffset),
    sysFlag: view.getInt32(recordFields.sysFlag),
    storeTimestamp: readInt64(view, parts.storeTimestamp),
    properties: bytes.toString('utf8', properties, properties + propertiesSize),
  }
}
