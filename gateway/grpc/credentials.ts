// Who calls. As over REST, `authorization: Bearer` has an API key or a token of a configured
// issuer. The official clients know another scheme, and sign the time of the call:
//   authorization: MQv2-HMAC-SHA1 Credential=<access key>[/…], SignedHeaders=…, Signature=<hex>
//   x-mq-date-time: <any text>
// The clients write the time in several formats and zones, so it is never parsed, and a
// signature proves only that its maker knew the secret. Source:
// DefaultAuthenticationContextBuilder, DefaultAuthenticationHandler.
// Not served: x-mq-session-token, which the signature does not cover either.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { MqError } from '../../src/base/errors.ts'
import type { Identity } from '../core/core.ts'
import { type Authenticator, anonymous } from '../identity/authenticator.ts'
import { chooseNamespace, type Principal } from '../identity/principal.ts'

/** Of a call; as the metadata of grpc-js. */
export type Headers = { get(name: string): readonly (string | Buffer)[] }

/** What this front needs of gateway/identity. */
export type GrpcIdentity = Pick<Authenticator, 'required' | 'identify' | 'signer'>

/** Authentication is off. */
export const noIdentity: GrpcIdentity = {
  required: false,
  identify: () => anonymous,
  signer: () => anonymous,
}

/**
 * Who calls from `address`, within which namespace; at once where that is possible. Throws, or
 * rejects with, `unauthenticated`, which never says what was wrong, `token-expired`,
 * `permission-denied`, and what cannot be known now.
 */
export function identityOf(
  metadata: Headers,
  identity: GrpcIdentity,
  address: string,
): Identity | Promise<Identity> {
  // Python's client signs with empty keys when it has none, so this comes first.
  if (!identity.required) return anonymous
  const principal = principalOf(metadata, identity, address)
  const namespace = namespaceOf(metadata)
  return principal instanceof Promise
    ? principal.then((one) => chooseNamespace(one, namespace))
    : chooseNamespace(principal, namespace)
}

function principalOf(
  metadata: Headers,
  identity: GrpcIdentity,
  address: string,
): Principal | Promise<Principal> {
  const authorization = textOf(metadata, 'authorization')
  if (/^Bearer /i.test(authorization)) return identity.identify(authorization, { address })
  const signed = parse(authorization)
  const dateTime = textOf(metadata, 'x-mq-date-time')
  if (!signed || dateTime === '') throw new MqError('unauthenticated')
  const isSignedWith = (secret: string): boolean => {
    const expected = createHmac('sha1', secret).update(dateTime).digest()
    return (
      signed.signature.length === expected.length && timingSafeEqual(signed.signature, expected)
    )
  }
  return identity.signer(signed.accessKey, isSignedWith, address)
}

/** As REST's header of that name; the clients' own `x-mq-namespace` is not a credential's. */
function namespaceOf(metadata: Headers): string | readonly string[] | undefined {
  const given = metadata.get('mq-namespace').map(String)
  return given.length > 1 ? given : given[0]
}

/** The first value of a text header; empty when there is none. */
export function textOf(metadata: Headers, name: string): string {
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
