// Addresses as Apache writes them: `host:port`, IPv6 with or without brackets.

import { MqError } from './errors.ts'
import type { Address } from './network.ts'

/** Reads `host:port`. Throws `invalid-argument`. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1')
  const port = Number(text.slice(colon + 1))
  if (host === '' || !/^\d{1,5}$/.test(text.slice(colon + 1)) || port > 65_535) {
    throw new MqError('invalid-argument', 'not an address of the form host:port')
  }
  return { host, port }
}

/** `host:port`, IPv6 without brackets as Java prints it. */
export const printAddress = ({ host, port }: Address): string => `${host}:${port}`

/** Whether only this machine can reach a listener on `host`. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
