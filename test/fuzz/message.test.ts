// The decoders of message/ are total: any bytes give a value or an MqError, nothing else.

import { crc32 as zlibCrc32 } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { crc32 } from '../../src/base/crc32.ts'
import { MqError } from '../../src/base/errors.ts'
import { readInt64, viewOf, writeInt64 } from '../../src/base/int64.ts'
import { decodeBatch, encodeBatch } from '../../src/message/batch.ts'
import {
  hasSeparator,
  parseProperties,
  printProperties,
  propertyIn,
} from '../../src/message/properties.ts'
import { decodeRecord, decodeRecords } from '../../src/message/record.ts'

const bytes = fc.uint8Array({ maxLength: 400 })

function isTotal(decode: (bytes: Uint8Array) => unknown, input: Uint8Array): boolean {
  try {
    decode(input)
    return true
  } catch (error) {
    return error instanceof MqError
  }
}

test('any bytes are a record, records, a batch, or an operating error', (t) => {
  for (const decode of [decodeRecord, decodeRecords, decodeBatch]) {
    t.notThrows(() => fc.assert(fc.property(bytes, (input) => isTotal(decode, input))))
  }
})

test('bytes that begin like a record are still judged whole', (t) => {
  const almost = fc.tuple(bytes, fc.integer(), fc.boolean()).map(([input, size, wide]) => {
    const made = Buffer.concat([Buffer.alloc(8), input])
    made.writeInt32BE(Math.abs(size % 3) === 0 ? made.length : size, 0)
    made.writeInt32BE(wide ? -626843477 : -626843481, 4)
    return made
  })
  t.notThrows(() => fc.assert(fc.property(almost, (input) => isTotal(decodeRecord, input))))
})

const entry = fc.record({
  flag: fc.integer(),
  body: fc.uint8Array({ maxLength: 50 }).map((body) => Buffer.from(body)),
  properties: fc.string({ unit: 'grapheme', maxLength: 30 }),
})

test('a batch decodes to the entries it was made of', (t) => {
  const property = fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
    t.deepEqual(decodeBatch(encodeBatch(entries)), entries)
  })
  t.notThrows(() => fc.assert(property))
})

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((one) => !hasSeparator(one))

test('properties are read as they were printed, one by one or all together', (t) => {
  const property = fc.property(fc.dictionary(text, text), (given) => {
    const map = new Map(Object.entries(given))
    const printed = printProperties(map)
    t.deepEqual(parseProperties(printed), map)
    t.deepEqual(parseProperties(printed.slice(0, -1)), map)
    for (const [name, value] of map) t.is(propertyIn(printed, name), value)
    t.is(propertyIn(printed, 'none of these names'), undefined)
  })
  t.notThrows(() => fc.assert(property))
})

test('64-bit integers keep every safe value', (t) => {
  const view = viewOf(new Uint8Array(8))
  const property = fc.property(fc.maxSafeInteger(), (value) => {
    writeInt64(view, 0, value)
    t.is(readInt64(view, 0), value)
    t.is(view.getBigInt64(0), BigInt(value))
  })
  t.notThrows(() => fc.assert(property))
})

test('the checksum is that of zlib for every size', (t) => {
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
    t.is(crc32(input), zlibCrc32(input))
  })
  t.notThrows(() => fc.assert(property))
})
