// The envelope of receipt handles and cursors: `<prefix>.<key id>.<payload>.<mac>`.
// The mac covers the text before it, and it is compared as text: a base64url text that
// decodes to the same bytes is another token, and not a valid one.

import { timingSafeEqual } from 'node:crypto'
import { assert } from '../../src/base/assert.ts'
import type { KeyRing } from './key-ring.ts'

const macBytes = 16
/** As base64url. */
const macChars = 22
// Compared here and nowhere else, so no token needs memory for it.
const expectedMac = Buffer.alloc(macChars)
const givenMac = Buffer.alloc(macChars)

export function sealToken(prefix: string, payload: Uint8Array, keys: KeyRing): string {
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload)
  const signed = `${prefix}.${keys.currentId}.${bytes.toString('base64url')}`
  const mac = macOf(signed, keys.currentId, keys)
  assert(mac, 'a current key')
  return `${signed}.${mac}`
}

/** The payload, or undefined for anything that this ring did not seal. */
export function openToken(prefix: string, token: string, keys: KeyRing): Buffer | undefined {
  const keyAt = prefix.length + 1
  const payloadAt = token.indexOf('.', keyAt) + 1
  const macAt = token.lastIndexOf('.') + 1
  const isShaped = payloadAt > 0 && payloadAt < macAt && token[keyAt - 1] === '.'
  if (!isShaped || !token.startsWith(prefix)) return undefined

  const expected = macOf(token.slice(0, macAt - 1), token.slice(keyAt, payloadAt - 1), keys)
  if (!expected) return undefined
  if (token.length - macAt !== macChars) return undefined
  expectedMac.write(expected)
  // A character of more bytes might leave the last byte of the token before.
  const isWritten = givenMac.write(token.slice(macAt)) === macChars
  if (!isWritten || !timingSafeEqual(expectedMac, givenMac)) return undefined
  return Buffer.from(token.slice(payloadAt, macAt - 1), 'base64url')
}

const macOf = (signed: string, keyId: string, keys: KeyRing): string | undefined =>
  keys.find(keyId)?.sign(signed, macBytes)

/** Tokens of one kind, for who needs to know nothing of keys. */
export const sealOf = (prefix: string, keys: KeyRing) => ({
  seal: (payload: Uint8Array): string => sealToken(prefix, payload, keys),
  open: (token: string): Buffer | undefined => openToken(prefix, token, keys),
})
