// The envelope of receipt handles and cursors: `<prefix>.<key id>.<payload>.<mac>`.
// The mac covers the text before it, and it is compared as text: a base64url text that
// decodes to the same bytes is another token, and not a valid one.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { assert } from '../../src/base/assert.ts'
import type { KeyRing } from './key-ring.ts'

const macBytes = 16

export function sealToken(prefix: string, payload: Uint8Array, keys: KeyRing): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const signed = `${prefix}.${keys.currentId}.${bytes.toString('base64url')}`
  const mac = macOf(signed, keys.currentId, keys)
  assert(mac, 'a current key')
  return `${signed}.${mac}`
}

/** The payload, or undefined for anything that this ring did not seal. */
export function openToken(prefix: string, token: string, keys: KeyRing): Buffer | undefined {
  const [start, keyId, payload, given, ...rest] = token.split('.', 5)
  if (start !== prefix || !keyId || !payload || !given || rest.length > 0) return undefined

  const expected = macOf(`${prefix}.${keyId}.${payload}`, keyId, keys)
  if (!expected || expected.length !== given.length) return undefined
  const right = Buffer.from(expected, 'latin1')
  const left = Buffer.from(given, 'latin1')
  return timingSafeEqual(right, left) ? Buffer.from(payload, 'base64url') : undefined
}

function macOf(signed: string, keyId: string, keys: KeyRing): string | undefined {
  const key = keys.find(keyId)
  if (!key) return undefined
  const mac = createHmac('sha256', key).update(signed).digest()
  return mac.toString('base64url', 0, macBytes)
}

/** Tokens of one kind, for who needs to know nothing of keys. */
export const sealOf = (prefix: string, keys: KeyRing) => ({
  seal: (payload: Uint8Array): string => sealToken(prefix, payload, keys),
  open: (token: string): Buffer | undefined => openToken(prefix, token, keys),
})
