// Bodies in zstd: Node 20 has none of its own, and the library believes what a frame says of its
// window. Here it is looked at first: nine bytes must not cost a gigabyte.
// Source: RFC 8878 section 3.1.1, RFC 9659 (a window of a body has 8 MiB at most).

import { Decompress } from 'fzstd'

const windowBytesMax = 8 * 1024 * 1024
const partBytes = 16 * 1024
const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const contentSizeBytes = [0, 2, 4, 8] as const
const dictionaryBytes = [0, 1, 2, 4] as const
const blockHeadBytes = 3
const checksumBytes = 4

/** Throws a RangeError beyond `maxOutputLength`, and other errors for what is no zstd. */
export async function unzstd(
  raw: Buffer,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Promise<Buffer> {
  for (let at = 0; at < raw.length; ) at = endOfFrame(raw, at)
  const chunks: Uint8Array[] = []
  let size = 0
  const stream = new Decompress((chunk) => {
    size += chunk.length
    if (size > maxOutputLength) throw new RangeError('the body is too large when unpacked')
    chunks.push(chunk)
  })
  // In parts, so that a bomb is noticed before it has gone off.
  for (let at = 0; at < raw.length; at += partBytes) {
    stream.push(raw.subarray(at, at + partBytes), at + partBytes >= raw.length)
  }
  return Buffer.concat(chunks, size)
}

/** Where the frame at `from` ends. */
function endOfFrame(raw: Buffer, from: number): number {
  const first = uint(raw, from, 4)
  if ((first & ~0xf) >>> 0 === skippableMagic) return from + 8 + uint(raw, from + 4, 4)
  if (first !== magic) throw new Error('this is no zstd')
  const descriptor = uint(raw, from + 4, 1)
  const isSingle = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (contentSizeBytes[sizeFlag] ?? 0)
  const sizeAt = from + 5 + (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0)
  const window = isSingle ? contentSize(raw, sizeAt, sizeBytes) : windowSize(uint(raw, from + 5, 1))
  if (window > windowBytesMax) throw new RangeError('the window is too large')
  return endOfBlocks(raw, sizeAt + sizeBytes) + ((descriptor & 4) === 0 ? 0 : checksumBytes)
}

function endOfBlocks(raw: Buffer, from: number): number {
  for (let at = from; ; ) {
    const head = uint(raw, at, blockHeadBytes)
    const isRepeated = ((head >> 1) & 3) === 1
    at += blockHeadBytes + (isRepeated ? 1 : head >> 3)
    if ((head & 1) === 1) return at
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(raw: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return uint(raw, at, 4) + uint(raw, at + 4, 4) * 2 ** 32
  return uint(raw, at, bytes) + (bytes === 2 ? 256 : 0)
}

/** What is cut is no bomb: its error is not that of one. */
function uint(raw: Buffer, at: number, bytes: number): number {
  if (at + bytes > raw.length) throw new Error('the body is cut')
  return raw.readUIntLE(at, bytes)
}
