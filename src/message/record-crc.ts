// The checksum of a whole record that `enabledAppendPropCRC` puts behind all its properties:
//
//   `__CRC32#` 0x01, ten decimal digits with the least significant one first, 0x02
//
// of all bytes before it, sizes and positions included, without the sign bit.
// Source: MessageExtEncoder, CommitLog.checkMessageAndReturnSize, MessageDecoder.createCrc32.

import { crc32 } from '../base/crc32.ts'
import { propertyNames } from './properties.ts'

const name = `${propertyNames.recordCrc}\u0001`
const digits = 10
const separator = '\u0002'

/** Bytes that it takes at the end of the properties. */
export const recordCrcSize = name.length + digits + separator.length

/**
 * The property text as it is stored in front of the checksum: without one that a client sent or
 * an earlier record had, and with its last separator.
 */
export function withoutRecordCrc(properties: string): string {
  const entries = properties.split(separator).filter((one) => one !== '' && !one.startsWith(name))
  return entries.map((one) => one + separator).join('')
}

/** Writes it at the end of the record at `at`; the record's size need not be there yet. */
export function writeRecordCrc(bytes: Buffer, at: number, size: number): void {
  const end = at + size - recordCrcSize
  const head = Buffer.alloc(4)
  head.writeInt32BE(size)
  const crc = crc32(bytes.subarray(at + 4, end), crc32(head)) & 0x7fffffff
  const text = [...String(crc).padStart(digits, '0')].reverse().join('')
  bytes.write(name + text + separator, end, 'latin1')
}

/** Whether the record, whose property text is at `propertiesAt`, has the right checksum. */
export function recordCrcIsIntact(record: Buffer, propertiesAt: number): boolean {
  const at = record.length - recordCrcSize
  if (at < propertiesAt) return false
  const text = record.toString('latin1', at)
  if (!text.startsWith(name) || !text.endsWith(separator)) return false
  const stored = [...text.slice(name.length, -separator.length)].reverse().join('')
  if (!/^\d+$/.test(stored)) return false
  return Number(stored) === (crc32(record.subarray(0, at)) & 0x7fffffff)
}
