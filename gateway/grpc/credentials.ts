// Who calls. The official clients sign the time of the call with their secret:
//   authorization: MQv2-HMAC-SHA1 Credential=<access key>[/…], SignedHeaders=…, Signature=<hex>
//   x-mq-date-time: <any text>
// The clients write the time in several formats and zones, so it is never parsed, and a
// signature proves only that its maker knew the secret. Source:
// DefaultAuthenticationContextBuilder, DefaultAuthenticationHandler.
// Not served: x-mq-session-token, which the signature does not cover either.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Metadata } from '@grpc/grpc-js'
import { MqError } from '../../src/base/errors.ts'
import type { Identity } from '../core/core.ts'
import { anonymous } from '../identity/authenticator.ts'

/** Who owns an access key, and the secret that calls are signed with. */
type GrpcAccount = { readonly identity: Identity; readonly secret: string }

/** What this front needs of gateway/identity. */
export type GrpcIdentity = {
  /** False: everyone is anonymous, and credentials are not looked at. */
  readonly required: boolean
  /** Undefined: the key is unknown or disabled. */
  account(accessKey: string): GrpcAccount | undefined
}

/** Authentication is off. */
export const noIdentity: GrpcIdentity = { required: false, account: () => undefined }

/** Throws `unauthenticated`, and never says which part was wrong. */
export function identityOf(metadata: Metadata, identity: GrpcIdentity): Identity {
  // Python's client signs with empty keys when it has none, so this comes first.
  if (!identity.required) return anonymous

  const signed = parse(textOf(metadata, 'authorization'))
  const dateTime = textOf(metadata, 'x-mq-date-time')
  if (!signed || dateTime === '') throw new MqError('unauthenticated')

  const account = identity.account(signed.accessKey)
  const expected = createHmac('sha1', account?.secret ?? '')
    .update(dateTime)
    .digest()
  const isRight =
    signed.signature.length === expected.length && timingSafeEqual(signed.signature, expected)
  if (!account || !isRight) throw new MqError('unauthenticated')
  return account.identity
}

/** The first value of a text header; empty when there is none. */
export function textOf(metadata: Metadata, name: string): string {
  const [value] = metadata.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

function parse(header: string): { accessKey: string; signature: Buffer } | undefined {
  const space = header.indexOf(' ')
  if (space < 0) return undefined
  const fields = new Map<string, string>()
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  // Go and C++ write region and service behind the key.
  const accessKey = fields.get('Credential')?.split('/', 1)[0] ?? ''
  const signature = fields.get('Signature') ?? ''
  if (accessKey === '' || !/^[0-9a-f]{40}$/i.test(signature)) return undefined
  return { accessKey, signature: Buffer.from(signature, 'hex') }
}
