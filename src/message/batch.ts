// A client batch: the body of one send that holds several messages of one queue.
// Entry: size i32, magic i32 (0), crc i32 (0), flag i32, body size i32 + body,
// properties size i16 + properties. Source: MessageDecoder.encodeMessage, decodeMessages.

import { MqError } from '../base/errors.ts'
import { viewOf } from '../base/int64.ts'

export type BatchEntry = {
  readonly flag: number
  /** May be empty. A view of the batch when decoded. */
  readonly body: Uint8Array
  /** Property text as properties.ts prints it. */
  readonly properties: string
}

const fixedSize = 22

/** The body of a batch send. */
export function encodeBatch(entries: readonly BatchEntry[]): Uint8Array {
  const sizes = entries.map(
    (entry) => fixedSize + entry.body.length + Buffer.byteLength(entry.properties),
  )
  const bytes = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0))
  let at = 0
  entries.forEach((entry, index) => {
    const size = sizes[index] ?? 0
    bytes.writeInt32BE(size, at)
    bytes.writeInt32BE(entry.flag, at + 12)
    bytes.writeInt32BE(entry.body.length, at + 16)
    bytes.set(entry.body, at + 20)
    const propertiesAt = at + 20 + entry.body.length
    bytes.writeInt16BE(size - fixedSize - entry.body.length, propertiesAt)
    bytes.write(entry.properties, propertiesAt + 2)
    at += size
  })
  return bytes
}

/** The entries of a batch body. Throws `message-illegal` if it is not one. */
export function decodeBatch(body: Uint8Array): BatchEntry[] {
  const entries: BatchEntry[] = []
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const view = viewOf(bytes)
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < fixedSize) throw damaged(at)
    const size = view.getInt32(at)
    const bodySize = view.getInt32(at + 16)
    if (size < fixedSize || size > bytes.length - at) throw damaged(at)
    if (bodySize < 0 || bodySize > size - fixedSize) throw damaged(at)

    const propertiesAt = at + 20 + bodySize
    const propertiesSize = view.getInt16(propertiesAt)
    if (propertiesSize !== size - fixedSize - bodySize) throw damaged(at)
    entries.push({
      flag: view.getInt32(at + 12),
      body: bytes.subarray(at + 20, propertiesAt),
      properties: bytes.toString('utf8', propertiesAt + 2, propertiesAt + 2 + propertiesSize),
    })
    at += size
  }
  return entries
}

function damaged(at: number): MqError {
  return new MqError('message-illegal', 'the batch cannot be read', { at })
}
