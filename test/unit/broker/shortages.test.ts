import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { noRoomToWait } from '../../../src/broker/holds.ts'
import { shortages } from '../../../src/broker/shortages.ts'
import { sendMessageV2 } from '../../../src/protocol/requests/send.ts'
import type { Call } from '../../../src/remoting/call.ts'

const call = {} as Call

test('each resource that was short is counted, and nothing else', (t) => {
  const counted: string[] = []
  const { refused, after } = shortages({ short: (resource) => void counted.push(resource) })
  refused?.(sendMessageV2, new MqError('broker-unavailable', 'full', { resource: 'disk' }))
  refused?.(sendMessageV2, noRoomToWait())
  refused?.(sendMessageV2, new MqError('topic-not-found', undefined, { topic: 't' }))
  refused?.(sendMessageV2, new TypeError('a bug'))
  for (const code of [0, 10, 11, 12, 17]) after?.(sendMessageV2, code, call)
  t.deepEqual(counted, ['disk', 'waiting', 'disk', 'slave', 'slave'])
})
