// Whatever a broker or name server answers, the client reads it or rejects with an MqError.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import { readGroupSettings, readTopicSettings } from '../../src/client/admin.ts'
import { parseReceipt, receiptsOf } from '../../src/client/receipt.ts'
import { readClusterInfo, readRoute } from '../../src/client/routes.ts'
import type { Message } from '../../src/message/message.ts'

const keys = fc.constantFrom(
  'brokerDatas',
  'queueDatas',
  'brokerAddrTable',
  'brokerAddrs',
  'brokerName',
  'cluster',
  'perm',
  'topicName',
  'attributes',
  'groupName',
  'groupRetryPolicy',
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ maxLength: 5 }),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}))
const body = fc.oneof(
  value.map((one) => Buffer.from(JSON.stringify(one))),
  fc.uint8Array({ maxLength: 40 }),
)

const readers: Record<string, (bytes: Uint8Array) => unknown> = {
  route: (bytes) => readRoute('t', bytes),
  'cluster info': readClusterInfo,
  'topic settings': readTopicSettings,
  'group settings': readGroupSettings,
}

for (const [name, read] of Object.entries(readers)) {
  test(`any ${name} is read or refused`, (t) => {
    fc.assert(
      fc.property(body, (bytes) => isReadOrRefused(() => read(bytes))),
      { numRuns: 1000 },
    )
    t.pass()
  })
}

function isReadOrRefused(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    return error instanceof MqError
  }
}

const info = fc.oneof(fc.string({ unit: fc.constantFrom(...'0123 ;,qo%x'), maxLength: 30 }))

test('any text of a pop is read or refused', (t) => {
  const message = { topic: 't', queueId: 0, queueOffset: 3, position: 9, properties: new Map() }
  fc.assert(
    fc.property(info, info, (startOffsetInfo, msgOffsetInfo) => {
      const answer = {
        topic: 't',
        group: 'g',
        broker: 'b',
        popTime: 1,
        invisibleMs: 1,
        reviveQueueId: 0,
        startOffsetInfo,
        msgOffsetInfo,
      }
      const [receipt] = receiptsOf([message as unknown as Message], answer)
      return (
        Number.isSafeInteger(receipt?.queueOffset) &&
        Number.isSafeInteger(receipt?.checkpointOffset) &&
        isReadOrRefused(() => parseReceipt(startOffsetInfo, 't', 'g', 0))
      )
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
