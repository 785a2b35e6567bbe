// Looking messages up: by their place, and by key.
//
// Serves VIEW_MESSAGE_BY_ID, QUERY_MESSAGE. A cold record is read in the thread pool.
// Source: QueryMessageProcessor.

import { MqError } from '../../base/errors.ts'
import { decodeRecord } from '../../message/record.ts'
import { queryMessage, viewMessageById } from '../../protocol/requests/query.ts'
import type { Caller } from '../../remoting/call.ts'
import { handle } from '../handler.ts'
import type { KeyQueryResult } from '../ports.ts'
import { mayRead } from '../readable.ts'

/** Source: MessageStoreConfig.defaultQueryMaxNum, maxMsgsNumBatch. */
const uniqueKeyCount = 32
const countMax = 64

const onViewMessageById = handle(viewMessageById, ({ offset }, { reader }, { caller }) => {
  const record = reader.recordAt(offset)
  return record instanceof Promise
    ? record.then((cold) => viewed(cold, offset, caller))
    : viewed(record, offset, caller)
})

/** What topic is at the place decides, not the one that the request names. */
function viewed(record: Uint8Array | undefined, position: number, caller: Caller | undefined) {
  if (!record) throw new MqError('broker-error', 'there is no message here', { position })
  if (!mayRead(caller, decodeRecord(record))) throw new MqError('permission-denied')
  return { body: record }
}

const onQueryMessage = handle(queryMessage, (header, { keyIndex }) => {
  const found = keyIndex?.queryByKey({
    topic: header.topic,
    key: header.key,
    beginTimestamp: header.beginTimestamp,
    endTimestamp: header.endTimestamp,
    maxCount: header.uniqueKeyQuery ? uniqueKeyCount : Math.min(header.maxNum, countMax),
  })
  return found instanceof Promise ? found.then(queried) : queried(found)
})

function queried(found: KeyQueryResult | undefined) {
  if (!found || found.records.length === 0) {
    throw new MqError('message-not-found', 'no message has this key in this time')
  }
  return {
    header: {
      indexLastUpdateTimestamp: found.lastUpdateTimestamp,
      indexLastUpdatePhyoffset: found.lastUpdatePosition,
    },
    body: found.records,
  }
}

export const queryHandlers = [onViewMessageById, onQueryMessage]
