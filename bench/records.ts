// The message that the benches of the store write: 1 KiB, with a unique key and a tag.

import { hostBytes } from '../src/message/hosts.ts'
import type { OutgoingMessage } from '../src/message/message.ts'

const host = hostBytes('127.0.0.1', 10911)
const body = Buffer.alloc(1024, 7)
const properties =
  'UNIQ_KEY\u0001AC11000100002A3B0000000000000001\u0002TAGS\u0001TagA\u0002WAIT\u0001true\u0002'

export const outgoing = (queue: { topic: string; queueId: number }): OutgoingMessage => ({
  topic: queue.topic,
  queueId: queue.queueId,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  bornHost: host,
  storeHost: host,
  reconsumeTimes: 0,
  preparedPosition: 0,
  body,
  properties,
})
