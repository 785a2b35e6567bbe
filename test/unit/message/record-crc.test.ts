// Source: MessageExtEncoder, MessageDecoder.createCrc32.

import test from 'ava'
import { crc32 } from '../../../src/base/crc32.ts'
import {
  recordCrcIsIntact,
  recordCrcSize,
  withoutRecordCrc,
  writeRecordCrc,
} from '../../../src/message/record-crc.ts'

const recordOf = (size: number): Buffer => {
  const record = Buffer.alloc(size, 'x')
  writeRecordCrc(record, 0, size)
  record.writeInt32BE(size)
  return record
}

test('it is the checksum of all bytes before it, least significant digit first', (t) => {
  const record = recordOf(150)
  t.is(record.toString('latin1', 130, 139), '__CRC32#\u0001')
  t.is(record.at(-1), 2)
  const digits = [...record.toString('latin1', 139, 149)].reverse().join('')
  t.is(Number(digits), crc32(record.subarray(0, 130)) & 0x7fffffff)
  t.true(recordCrcIsIntact(record, 100))
})

test('any changed bit is seen', (t) => {
  for (let bit = 0; bit < 150 * 8; bit++) {
    const record = recordOf(150)
    record[bit >> 3] = (record[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (recordCrcIsIntact(record, 100)) t.fail(`bit ${bit}`)
  }
  t.false(recordCrcIsIntact(recordOf(150).subarray(0, 149), 100))
  t.false(recordCrcIsIntact(recordOf(150), 149 - recordCrcSize + 2), 'it is a property')
})

test('one that was there before goes, and the last separator is not missing', (t) => {
  t.is(withoutRecordCrc('a\u0001b'), 'a\u0001b\u0002')
  t.is(
    withoutRecordCrc('__CRC32#\u00011\u0002a\u0001b\u0002__CRC32#\u00012\u0002'),
    'a\u0001b\u0002',
  )
  t.is(withoutRecordCrc(''), '')
})

test('a checksum goes on where another one ended', (t) => {
  const bytes = Buffer.alloc(200, 'abc')
  for (const at of [0, 1, 64, 65, 100, 199]) {
    t.is(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), crc32(bytes), String(at))
  }
})
