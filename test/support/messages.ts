// Messages for tests: defaults for all that a test does not care about.

import { hostBytes } from '../../src/message/hosts.ts'
import type { OutgoingMessage } from '../../src/message/message.ts'

const host = hostBytes('127.0.0.1', 10911)

/** A message to append; what is not given is something harmless. */
export function outgoing(given: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: host,
    storeHost: host,
    reconsumeTimes: 0,
    preparedPosition: 0,
    body: Buffer.from('body'),
    properties: '',
    ...given,
  }
}
