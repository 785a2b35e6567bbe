// The binary header of a frame (serialize type 1, "ROCKETMQ"): sent where a peer was started
// with rocketmq.serialize.type=ROCKETMQ. Layout in docs/formats/frame.md.
//
// The code has 16 bits, so the codes of the POP family are cut when Java writes them. Apache's
// broker then answers that they are not supported; here they are understood.
// An empty map and an absent one are the same bytes, an empty remark and an absent one too.
// Source: RocketMQSerializable

import { MqError } from '../base/errors.ts'
import { type CommandHeader, isResponse, type RemotingCommand } from './command.ts'
import { byteOfLanguage, languageOfByte } from './language.ts'
import type { ExtFields } from './request.ts'

/** Request codes above 32767, by the 16 bits that are left of them. */
const fullCodes: ReadonlyMap<number, number> = new Map(
  [200050, 200051, 200052, 200053, 200054, 200055, 200056, 200151].map((code) => [
    (code << 16) >> 16,
    code,
  ]),
)

const fixedBytes = 21

/** Reads a header. Throws `malformed-body` when a length inside reaches outside. */
export function parseBinaryHeader(header: Buffer, body: Uint8Array | undefined): RemotingCommand {
  if (header.length < fixedBytes) throw malformed('the header is too short')
  const cut = header.readInt16BE(0)
  const flag = header.readInt32BE(9)
  const remarkEnd = 17 + lengthAt(header, 13)
  if (remarkEnd + 4 > header.length) throw malformed('the remark reaches out of the header')
  const extStart = remarkEnd + 4
  const extEnd = extStart + lengthAt(header, remarkEnd)
  if (extEnd > header.length) throw malformed('extFields reaches out of the header')
  return {
    code: isResponse({ flag }) ? cut : (fullCodes.get(cut) ?? cut),
    language: languageOfByte(header.readUInt8(2)),
    version: header.readInt16BE(3),
    opaque: header.readInt32BE(5),
    flag,
    remark: remarkEnd === 17 ? undefined : header.toString('utf8', 17, remarkEnd),
    ext: extEnd === extStart ? undefined : parseExt(header, extStart, extEnd),
    body,
    serialization: 'binary',
  }
}

export function printBinaryHeader(command: CommandHeader): Buffer {
  const remark = Buffer.from(command.remark ?? '')
  const ext = printExt(command.ext)
  const header = Buffer.allocUnsafe(fixedBytes + remark.length + ext.length)
  header.writeInt16BE((command.code << 16) >> 16, 0)
  header.writeUInt8(byteOfLanguage(command.language), 2)
  header.writeInt16BE((command.version << 16) >> 16, 3)
  header.writeInt32BE(command.opaque, 5)
  header.writeInt32BE(command.flag, 9)
  header.writeInt32BE(remark.length, 13)
  remark.copy(header, 17)
  header.writeInt32BE(ext.length, 17 + remark.length)
  ext.copy(header, fixedBytes + remark.length)
  return header
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at)
  if (length < 0) throw malformed('a length is negative')
  return length
}

/** Entries of i16 key length, key, i32 value length, value. */
function parseExt(bytes: Buffer, start: number, end: number): ExtFields {
  const ext: ExtFields = Object.create(null)
  let at = start
  while (at < end) {
    if (at + 2 > end) throw malformed('a key of extFields is cut off')
    const keyEnd = at + 2 + bytes.readInt16BE(at)
    if (keyEnd < at + 2 || keyEnd + 4 > end) throw malformed('a key of extFields is cut off')
    const valueEnd = keyEnd + 4 + lengthAt(bytes, keyEnd)
    if (valueEnd > end) throw malformed('a value of extFields is cut off')
    ext[bytes.toString('utf8', at + 2, keyEnd)] = bytes.toString('utf8', keyEnd + 4, valueEnd)
    at = valueEnd
  }
  return ext
}

function printExt(ext: ExtFields | undefined): Buffer {
  if (ext === undefined) return Buffer.alloc(0)
  const parts: Buffer[] = []
  for (const [key, value] of Object.entries(ext)) {
    const lengths = Buffer.allocUnsafe(6)
    const keyBytes = Buffer.from(key)
    const valueBytes = Buffer.from(value)
    lengths.writeInt16BE(keyBytes.length, 0)
    lengths.writeInt32BE(valueBytes.length, 2)
    parts.push(lengths.subarray(0, 2), keyBytes, lengths.subarray(2), valueBytes)
  }
  return Buffer.concat(parts)
}

const malformed = (message: string): MqError => new MqError('malformed-body', message)
