// Messages for tests: defaults for all that a test does not care about.

import { encodeBatch } from '../../src/message/batch.ts'
import { sysFlags } from '../../src/message/flags.ts'
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

/** A batch that a topic with queue.type=BatchCQ keeps whole: a message for each body. */
export function innerBatch(
  bodies: readonly string[],
  given: Partial<OutgoingMessage> = {},
  propertiesOf = (body: string) => `KEYS\u0001of ${body}\u0002`,
) {
  const entries = bodies.map((body) => {
    return { flag: 0, body: Buffer.from(body), properties: propertiesOf(body) }
  })
  return outgoing({
    body: encodeBatch(entries),
    properties: `UNIQ_KEY\u0001of ${bodies.join()}\u0002INNER_NUM\u0001${bodies.length}\u0002`,
    sysFlag: sysFlags.innerBatch | sysFlags.needUnwrap,
    ...given,
  })
}
