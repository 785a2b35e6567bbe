// Cursors of readers: `mqc1.<key id>.<payload>.<mac>`: where a reader is in every queue of a
// topic. The payload is binary, big-endian: version(1) tenant(4) topic(1+n) brokers(2)
// [name(1+n) queues(2) [queueId(2) offset(8)]…]….
// Not served: the epoch of a store. A store that was replaced is found out by its offsets.

import { hash } from 'node:crypto'
import type { KeyRing } from './key-ring.ts'
import { openToken, sealToken } from './token.ts'

const prefix = 'mqc1'
const version = 1
const lengthMax = 256 * 1024

/** The next offset to read, by broker and queue id. */
export type ReaderPosition = ReadonlyMap<string, ReadonlyMap<number, number>>

export type CursorOwner = { readonly namespace: string; readonly topic: string }

export function sealCursor(position: ReaderPosition, owner: CursorOwner, keys: KeyRing): string {
  const writer = new Writer(sizeOf(position, owner))
  writer.u8(version)
  writer.bytes(tenantOf(owner))
  writer.text(owner.topic)
  writer.u16(position.size)
  for (const [broker, queues] of position) {
    writer.text(broker)
    writer.u16(queues.size)
    for (const [queueId, offset] of queues) {
      writer.u16(queueId)
      writer.u64(offset)
    }
  }
  return sealToken(prefix, writer.done(), keys)
}

/** Undefined for whatever was not sealed by this ring for this topic. */
export function openCursor(
  text: string,
  owner: CursorOwner,
  keys: KeyRing,
): ReaderPosition | undefined {
  if (text.length > lengthMax) return undefined
  const bytes = openToken(prefix, text, keys)
  if (!bytes || bytes[0] !== version) return undefined
  if (bytes.compare(tenantOf(owner), 0, 4, 1, 5) !== 0) return undefined

  const reader = new Reader(bytes, 5)
  if (reader.text() !== owner.topic) return undefined
  const position = new Map<string, Map<number, number>>()
  for (let brokers = reader.u16(); brokers > 0; brokers--) {
    const broker = reader.text()
    const queues = new Map<number, number>()
    for (let count = reader.u16(); count > 0; count--) queues.set(reader.u16(), reader.u64())
    position.set(broker, queues)
  }
  return position
}

const tenantOf = (owner: CursorOwner): Buffer =>
  hash('sha256', owner.namespace, 'buffer').subarray(0, 4)

function sizeOf(position: ReaderPosition, owner: CursorOwner): number {
  let size = 1 + 4 + 1 + Buffer.byteLength(owner.topic) + 2
  for (const [broker, queues] of position) {
    size += 1 + Buffer.byteLength(broker) + 2 + queues.size * 10
  }
  return size
}

class Writer {
  readonly #buffer: Buffer
  #at = 0

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size)
  }

  u8(value: number): void {
    this.#at = this.#buffer.writeUInt8(value, this.#at)
  }

  u16(value: number): void {
    this.#at = this.#buffer.writeUInt16BE(value, this.#at)
  }

  u64(value: number): void {
    this.#at = this.#buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), this.#at)
    this.#at = this.#buffer.writeUInt32BE(value >>> 0, this.#at)
  }

  text(value: string): void {
    this.u8(Buffer.byteLength(value))
    this.#at += this.#buffer.write(value, this.#at)
  }

  bytes(value: Buffer): void {
    this.#at += value.copy(this.#buffer, this.#at)
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }
}

class Reader {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer
    this.#at = at
  }

  u16(): number {
    this.#at += 2
    return this.#buffer.readUInt16BE(this.#at - 2)
  }

  u64(): number {
    this.#at += 8
    const high = this.#buffer.readUInt32BE(this.#at - 8)
    return high * 0x1_0000_0000 + this.#buffer.readUInt32BE(this.#at - 4)
  }

  text(): string {
    const size = this.#buffer.readUInt8(this.#at)
    const start = this.#at + 1
    this.#at = start + size
    return this.#buffer.toString('utf8', start, this.#at)
  }
}
