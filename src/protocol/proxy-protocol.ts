// The header that a load balancer writes in front of what a client says, so that the server
// knows the client's address: version 1 is a line of text, version 2 binary. Pure.
//
// Source: the PROXY protocol, versions 1 and 2 (haproxy), sections 2.1 and 2.2.

import { MqError } from '../base/errors.ts'
import type { Address } from '../base/network.ts'

export type ProxyHeader = {
  /** Bytes of the header; what follows is the client's. */
  readonly size: number
  /** Undefined: the connection is the balancer's own, a health check. */
  readonly source: Address | undefined
}

const textStart = Buffer.from('PROXY ')
/** With CRLF, as the specification has it. */
const textSizeMax = 107
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixedSize = 16
/** Addresses and what else a balancer tells. Ours: a header has up to 64 KiB. */
const moreSizeMax = 4096

/**
 * The header at the start of `bytes`; `more` when it is not all there; undefined when there is
 * none. Throws `malformed-body` for one that is not written as it should be.
 */
export function proxyHeaderOf(bytes: Buffer): ProxyHeader | 'more' | undefined {
  if (startsLike(bytes, signature)) return binaryHeaderOf(bytes)
  if (startsLike(bytes, textStart)) return textHeaderOf(bytes)
  return undefined
}

/** Whether what is there so far could be that start. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const size = Math.min(bytes.length, start.length)
  return size === 0 || bytes.subarray(0, size).equals(start.subarray(0, size))
}

function textHeaderOf(bytes: Buffer): ProxyHeader | 'more' {
  const end = bytes.subarray(0, textSizeMax).indexOf('\r\n')
  if (end < 0) {
    if (bytes.length >= textSizeMax) throw wrong('the line does not end')
    return 'more'
  }
  const size = end + 2
  const [, family, source, , port, , ...more] = bytes.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { size, source: undefined }
  const isAddress = family === 'TCP4' ? /^[\d.]{7,15}$/ : /^[0-9a-f:.]{2,45}$/i
  const isKnown = family === 'TCP4' || family === 'TCP6'
  if (!isKnown || more.length > 0 || !source || !isAddress.test(source)) {
    throw wrong('the line is not one of the protocol')
  }
  if (!port || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw wrong('no port')
  return { size, source: { host: source, port: Number(port) } }
}

function binaryHeaderOf(bytes: Buffer): ProxyHeader | 'more' {
  if (bytes.length < fixedSize) return 'more'
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13)
  const moreSize = bytes.readUInt16BE(14)
  if (command >> 4 !== 2 || (command & 0xf) > 1) throw wrong('another version or command')
  if (moreSize > moreSizeMax) throw wrong('the header is too long')
  const size = fixedSize + moreSize
  if (bytes.length < size) return 'more'
  const isLocal = (command & 0xf) === 0
  if (isLocal) return { size, source: undefined }
  // TCP over IPv4 and over IPv6. Of other families the address says nothing here.
  if (family === 0x11) {
    if (moreSize < 12) throw wrong('the address is cut')
    const host = [...bytes.subarray(fixedSize, fixedSize + 4)].join('.')
    return { size, source: { host, port: bytes.readUInt16BE(fixedSize + 8) } }
  }
  if (family === 0x21) {
    if (moreSize < 36) throw wrong('the address is cut')
    return { size, source: { host: v6Of(bytes), port: bytes.readUInt16BE(fixedSize + 32) } }
  }
  return { size, source: undefined }
}

function v6Of(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(fixedSize + i * 2))
  return groups.map((group) => group.toString(16)).join(':')
}

const wrong = (why: string): MqError => new MqError('malformed-body', `PROXY header: ${why}`)
