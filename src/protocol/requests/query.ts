// Looking messages up. Bodies are records, one after the other.

import { bool, i32, i64, maybe, named, text } from '../field.ts'
import { request } from '../request.ts'

export const queryMessage = request({
  code: 12,
  name: 'QUERY_MESSAGE',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'QueryMessageRequestHeader',
  header: {
    topic: text,
    key: text,
    maxNum: i32,
    /** Of the store timestamp, ms. */
    beginTimestamp: i64,
    endTimestamp: i64,
    /** `key` is a UNIQ_KEY. */
    uniqueKeyQuery: named('_UNIQUE_KEY_QUERY', maybe(bool)),
    /** K or U. */
    indexType: maybe(text),
    lastKey: maybe(text),
  },
  reply: { indexLastUpdateTimestamp: i64, indexLastUpdatePhyoffset: i64 },
})

export const viewMessageById = request({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  servedBy: 'broker',
  access: { topic: ['Sub', 'Get'] },
  source: 'ViewMessageRequestHeader',
  /** `offset` is a position in the commit log. */
  header: { topic: maybe(text), offset: i64 },
})
