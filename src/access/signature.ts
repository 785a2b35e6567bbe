// Signed remoting requests: HMAC-SHA1 over the values of all header fields but the signature, in
// the order of their names, and the body. There is no nonce: whoever can read a request can
// send it again, which is what TLS is for.
//
// Source: AclUtils, AclClientRPCHook, DefaultAuthenticationContextBuilder.

import { createHmac, timingSafeEqual } from 'node:crypto'

export const accessKeyField = 'AccessKey'
const signatureField = 'Signature'
const securityTokenField = 'SecurityToken'

export type Credentials = {
  readonly accessKey: string
  readonly secretKey: string
  readonly securityToken?: string | undefined
}

type Ext = Readonly<Record<string, string>>
type Body = Uint8Array | readonly Uint8Array[] | undefined

/** Clients up to 4.9.3 send this field without signing it. */
const unsignedField = '_UNIQUE_KEY_QUERY'
const unsignedVersionMax = 399

/** The signature of a request, base64. */
export function signatureOf(ext: Ext, body: Body, secretKey: string, version?: number): string {
  const isOld = version !== undefined && version <= unsignedVersionMax
  const hmac = createHmac('sha1', secretKey)
  // The default order is by UTF-16 units, which for these names is Java's.
  for (const name of Object.keys(ext).sort()) {
    if (name === signatureField || (isOld && name === unsignedField)) continue
    hmac.update(ext[name] ?? '', 'utf8')
  }
  if (body instanceof Uint8Array) hmac.update(body)
  else for (const chunk of body ?? []) hmac.update(chunk)
  return hmac.digest('base64')
}

/** Whether `ext.Signature` was made with the secret. Takes the same time for every wrong one. */
export function isSigned(ext: Ext, body: Body, secretKey: string, version: number): boolean {
  const given = Buffer.from(ext[signatureField] ?? '')
  const expected = Buffer.from(signatureOf(ext, body, secretKey, version))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** Adds the fields that make a request the owner's of `credentials`. */
export function signWith(
  credentials: Credentials,
): (ext: Record<string, string>, body: Body) => void {
  const { accessKey, secretKey, securityToken } = credentials
  return (ext, body) => {
    ext[accessKeyField] = accessKey
    if (securityToken !== undefined) ext[securityTokenField] = securityToken
    ext[signatureField] = signatureOf(ext, body, secretKey)
  }
}
