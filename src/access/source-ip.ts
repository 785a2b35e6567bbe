// Addresses that a policy may be bound to: single ones and ranges in CIDR form, IPv4 and IPv6;
// `*` in place of a part of an IPv4 address, as Apache's lists have it.
//
// Source: IPAddressUtils.

import { MqError } from '../base/errors.ts'

type Range = { readonly bits: bigint; readonly size: number; readonly prefix: number }

const mappedV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i

/** Whether `ip` lies within any of `ranges`, which {@link checkRange} has let through. */
export function isWithin(ip: string, ranges: readonly string[]): boolean {
  const address = bitsOf(ip.replace(mappedV4, ''))
  if (!address) return false
  return ranges.some((text) => {
    const range = rangeOf(text)
    if (!range || range.size !== address.size) return false
    const rest = BigInt(range.size - range.prefix)
    return address.bits >> rest === range.bits >> rest
  })
}

export const isAddress = (text: string): boolean => bitsOf(text.replace(mappedV4, '')) !== undefined

/** Throws `invalid-argument` for what is no address and no range. */
export function checkRange(text: string): void {
  if (rangeOf(text)) return
  const shown = text.slice(0, 64)
  throw new MqError('invalid-argument', 'not an IP address or a range', { sourceIp: shown })
}

function rangeOf(text: string): Range | undefined {
  const stars = /^((?:\d{1,3}\.){0,3})\*(?:\.\*)*$/.exec(text)?.[1]
  if (stars !== undefined) {
    const given = stars.split('.').length - 1
    const bits = bitsOf(
      stars +
        Array(4 - given)
          .fill('0')
          .join('.'),
    )
    return bits && { ...bits, prefix: given * 8 }
  }
  const [ip = '', length, ...more] = text.split('/')
  const address = bitsOf(ip.replace(mappedV4, ''))
  if (!address || more.length > 0) return undefined
  if (length === undefined) return { ...address, prefix: address.size }
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return prefix <= address.size ? { ...address, prefix } : undefined
}

function bitsOf(ip: string): { bits: bigint; size: number } | undefined {
  return ip.includes(':') ? v6Of(ip) : v4Of(ip)
}

function v4Of(ip: string): { bits: bigint; size: number } | undefined {
  const parts = ip.split('.')
  if (parts.length !== 4) return undefined
  let bits = 0n
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    bits = (bits << 8n) | BigInt(part)
  }
  return { bits, size: 32 }
}

function v6Of(ip: string): { bits: bigint; size: number } | undefined {
  const [head = '', tail, ...more] = ip.split('::')
  if (more.length > 0) return undefined
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  let bits = 0n
  for (const group of [...before, ...Array<string>(missing).fill('0'), ...after]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    bits = (bits << 16n) | BigInt(`0x${group}`)
  }
  return { bits, size: 128 }
}
