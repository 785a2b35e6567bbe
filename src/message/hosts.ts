// Addresses as records hold them. Source: MessageExt.socketAddress2ByteBuffer.

import { MqError } from '../base/errors.ts'
import { viewOf } from '../base/int64.ts'
import type { HostBytes } from './message.ts'

/** Bytes of an ip (v4 or v6 text) and port. Throws `invalid-argument` for anything else. */
export function hostBytes(ip: string, port: number): HostBytes {
  const address = ip.includes(':') ? parseV6(ip) : parseV4(ip)
  if (!address) throw new MqError('invalid-argument', 'not an ip address', { ip })

  const bytes = new Uint8Array(address.length + 4)
  bytes.set(address)
  viewOf(bytes).setInt32(address.length, port)
  return bytes
}

/** `ip:port`, as Java prints it for v4; a v6 address is in brackets. */
export const hostText = (bytes: HostBytes): string => hostTextAt(viewOf(bytes), 0, bytes.length)

/** The same of the `length` bytes at `at`. */
export function hostTextAt(view: DataView, at: number, length: number): string {
  const size = length - 4
  const port = view.getInt32(at + size)
  if (size === 4) return v4Text(view.getInt32(at), port)

  const groups: string[] = []
  for (let next = at; next < at + size; next += 2) groups.push(view.getUint16(next).toString(16))
  return `[${groups.join(':')}]:${port}`
}

const v4Text = (ip: number, port: number): string =>
  `${ip >>> 24}.${(ip >>> 16) & 0xff}.${(ip >>> 8) & 0xff}.${ip & 0xff}:${port}`

/** Whether the host is one of 16 address bytes. */
export function isV6(bytes: HostBytes): boolean {
  return bytes.length === 20
}

function parseV4(ip: string): Uint8Array | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(ip)) return undefined
  const parts = ip.split('.').map(Number)
  return parts.every((part) => part <= 255) ? Uint8Array.from(parts) : undefined
}

function parseV6(ip: string): Uint8Array | undefined {
  const plain = ip.replace(/%.*$/, '')
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (tail) return parseV6WithV4Tail(tail[1] ?? '', tail[2] ?? '')

  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined

  const groups = [...head, ...Array<string>(missing).fill('0'), ...rest]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const bytes = new Uint8Array(16)
  const view = viewOf(bytes)
  groups.forEach((group, index) => {
    view.setUint16(index * 2, Number.parseInt(group, 16))
  })
  return bytes
}

function parseV6WithV4Tail(head: string, tail: string): Uint8Array | undefined {
  const v4 = parseV4(tail)
  if (!v4) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = v4
  const low = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  return parseV6(head + low)
}
