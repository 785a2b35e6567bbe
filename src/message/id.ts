// The two ids of a message: where it is (offset message id) and which one it is (unique id).
// Source: MessageDecoder.createMessageId, MessageClientIDSetter.

import { readInt64, viewOf } from '../base/int64.ts'
import type { HostBytes } from './message.ts'

/** Upper-case hex of store host and position: 32 characters for IPv4, 56 for IPv6. */
export function offsetMessageId(storeHost: HostBytes, position: number): string {
  // Almost always that of this broker: each message's id is made of it.
  if (storeHost !== lastHost.bytes) {
    lastHost = { bytes: storeHost, hex: Buffer.from(storeHost).toString('hex').toUpperCase() }
  }
  return lastHost.hex + hex(Math.floor(position / 2 ** 32) >>> 0, 8) + hex(position >>> 0, 8)
}

/** The same of the `length` bytes of a host at `at`. */
export function offsetMessageIdAt(
  view: DataView,
  at: number,
  length: number,
  position: number,
): string {
  const { host } = lastSeen
  let isLast = host.length === length
  for (let next = 0; isLast && next < length; next++)
    isLast = view.getUint8(at + next) === host[next]
  if (!isLast) {
    lastSeen = { host: new Uint8Array(view.buffer, view.byteOffset + at, length).slice() }
  }
  return offsetMessageId(lastSeen.host, position)
}

/** A copy of the host of the record before: mostly that of the next. */
let lastSeen = { host: new Uint8Array(0) }

let lastHost: { readonly bytes: HostBytes; readonly hex: string } = {
  bytes: new Uint8Array(0),
  hex: '',
}

/** What an offset message id says; undefined for any other text. */
export function parseOffsetMessageId(
  id: string,
): { storeHost: HostBytes; position: number } | undefined {
  if (!/^([0-9a-fA-F]{32}|[0-9a-fA-F]{56})$/.test(id)) return undefined
  const bytes = Buffer.from(id, 'hex')
  const size = bytes.length - 8
  const position = readInt64(viewOf(bytes), size)
  if (position < 0 || !Number.isSafeInteger(position)) return undefined
  return { storeHost: bytes.subarray(0, size), position }
}

/**
 * Makes unique ids in the Java client's form: address, process, a number of this instance,
 * ms since the start of the month, counter. Unique over instances as far as `instance` is:
 * give it 4 random bytes.
 */
export class UniqueIds {
  readonly #prefix: string
  #counter = 0

  constructor(source: { ip: Uint8Array; processId: number; instance: Uint8Array }) {
    const bytes = Buffer.alloc(source.ip.length + 6)
    bytes.set(source.ip)
    bytes.writeUInt16BE(source.processId & 0xffff, source.ip.length)
    bytes.set(source.instance.subarray(0, 4), source.ip.length + 2)
    this.#prefix = bytes.toString('hex').toUpperCase()
  }

  /** The next id; `now` is the wall clock in ms. */
  next(now: number): string {
    const date = new Date(now)
    const monthStart = new Date(date.getFullYear(), date.getMonth(), 1).getTime()
    const elapsed = (now - monthStart) >>> 0
    this.#counter = (this.#counter + 1) & 0xffff
    return this.#prefix + hex(elapsed, 8) + hex(this.#counter, 4)
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
