// What is read and printed by hand for the request that every message takes is what the table
// reads and prints.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import { sendBatchMessage, sendMessageV2 } from '../../src/protocol/requests/send.ts'
import { parseSend, printSendReply } from '../../src/protocol/requests/send-by-hand.ts'

// Of the same header, and read by the table alone.
const table = sendBatchMessage

const numbers = fc.oneof(
  { weight: 40, arbitrary: fc.nat().map(String) },
  fc.integer().map(String),
  fc.constantFrom('', '-0', '+1', '007', '2147483648', '99999999999999999', '1e3', ' 1'),
)
const flags = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom('true', 'false') },
  fc.constantFrom('TRUE', 'yes', ''),
)
const ext = fc.record(
  {
    a: fc.string(),
    b: fc.string(),
    c: fc.string(),
    d: numbers,
    e: numbers,
    f: numbers,
    g: fc.oneof(numbers, fc.nat({ max: Number.MAX_SAFE_INTEGER }).map(String)),
    h: numbers,
    i: fc.string(),
    j: numbers,
    k: flags,
    m: flags,
    n: fc.string(),
    x: fc.string(),
  },
  { requiredKeys: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm'] },
)

const present = (header: object): object =>
  Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined))

function read(parse: () => object): object | string {
  try {
    return present(parse())
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    return `${error.failure}: ${error.detail['field']}`
  }
}

test('a send is read by hand as by the table, or left to it', (t) => {
  let byHand = 0
  const check = (fields: Record<string, string>): void => {
    if (parseSend(fields) !== undefined) byHand += 1
    t.deepEqual(
      read(() => sendMessageV2.parseHeader(fields)),
      read(() => table.parseHeader(fields)),
    )
  }
  fc.assert(
    fc.property(ext, fc.option(numbers, { freq: 1 }), (fields, l) =>
      check({ ...(fields as Record<string, string>), ...(l === null ? {} : { l }) }),
    ),
    { numRuns: 3000, interruptAfterTimeLimit: 2000 },
  )
  t.true(byHand > 50, `${byHand} headers were read by hand`)
})

test('the answer to a send is printed by hand as by the table', (t) => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
  const numbersOf = { min: -(2 ** 31), max: 2 ** 31 - 1 }
  const reply = fc.record(
    {
      msgId: text,
      queueId: fc.integer(numbersOf),
      queueOffset: fc.maxSafeNat(),
      transactionId: text,
      batchUniqId: text,
      recallHandle: text,
      region: text,
      traceOn: fc.boolean(),
      rwStoreTime: fc.maxSafeNat(),
    },
    { requiredKeys: ['msgId', 'queueId', 'queueOffset'] },
  )
  fc.assert(
    fc.property(reply, (header) => {
      const byTable = sendMessageV2.printReply(header)
      t.is(printSendReply(header), JSON.stringify({ ...byTable }))
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 2000 },
  )
})
