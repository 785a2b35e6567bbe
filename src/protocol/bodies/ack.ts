// Many acknowledgements in one request (200151).

import { body, list, object, text, whole } from './shape.ts'

/**
 * Java's one-letter names: `c` group, `t` topic, `r` retry ('0', '1', '2'), `so` start offset,
 * `q` queue, `rq` revive queue, `pt` pop time, `it` invisible time, `b` the acknowledged
 * offsets as a bit set, see {@link offsetsOfBits}.
 * Source: BatchAckMessageRequestBody, BatchAck
 */
export const batchAck = body(
  object({
    acks: list(
      object({
        b: text,
        c: text,
        it: whole,
        pt: whole,
        q: whole,
        r: text,
        rq: whole,
        so: whole,
        t: text,
      }),
    ),
    brokerName: text,
  }),
)

/** `startOffset + i` for each bit i of a Base64 text of little-endian java.util.BitSet bytes. */
export function offsetsOfBits(startOffset: number, base64: string): number[] {
  const offsets: number[] = []
  const bytes = Buffer.from(base64, 'base64')
  for (let index = 0; index < bytes.length; index++) {
    let bits = bytes[index] ?? 0
    for (let offset = startOffset + index * 8; bits !== 0; offset++, bits >>= 1) {
      if ((bits & 1) !== 0) offsets.push(offset)
    }
  }
  return offsets
}

/** The inverse; no offset may lie before the start. */
export function bitsOfOffsets(startOffset: number, offsets: readonly number[]): string {
  const last = Math.max(startOffset, ...offsets) - startOffset
  const bits = Buffer.alloc(Math.floor(last / 8) + 1)
  for (const offset of offsets) {
    const bit = offset - startOffset
    bits.writeUInt8(bits.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3)
  }
  return bits.toString('base64')
}
