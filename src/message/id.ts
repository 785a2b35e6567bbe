// The two ids of a message: where it is (offset message id) and which one it is (unique id).
// Source: MessageDecoder.createMessageId, MessageClientIDSetter.

import { readInt64, viewOf } from '../base/int64.ts'
import type { HostBytes } from './message.ts'

/**
 * Upper-case hex of store host and position: 32 characters for IPv4, 56 for IPv6. The host may be a
 * part of `bytes`.
 */
export function offsetMessageId(
  bytes: Uint8Array,
  position: number,
  at = 0,
  length = bytes.length,
): string {
  // Almost always that of the message before.
  if (!isLastHost(bytes, at, length)) {
    const host = Buffer.from(bytes.subarray(at, at + length))
    lastHost = { host, hex: host.toString('hex').toUpperCase() }
  }
  return lastHost.hex + hex(Math.floor(position / 2 ** 32) >>> 0, 8) + hex(position >>> 0, 8)
}

let lastHost: { readonly host: HostBytes; readonly hex: string } = {
  host: new Uint8Array(0),
  hex: '',
}

function isLastHost(bytes: Uint8Array, at: number, length: number): boolean {
  const { host } = lastHost
  if (host.length !== length) return false
  for (let next = 0; next < length; next++) if (bytes[at + next] !== host[next]) return false
  return true
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
