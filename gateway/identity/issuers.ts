// Tokens of identity providers (JWT, as OpenID Connect issues them): who made them, with which
// key, for whom, until when; then their claims as a principal.
//
// Which keys are believed is decided by the settings alone: the key set is fetched from the
// configured address, whatever a token says of addresses (`jku`, `x5u`) or keys (`jwk`), with a
// time-out, kept for a while, and fetched again for a key that is not in it, so that a provider
// may change its keys. Only asymmetric algorithms are taken. Source: RFC 7519, 7517, 8725.

import { hash } from 'node:crypto'
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { ApiKeys } from './api-keys.ts'
import { type Grants, namespacePattern, type Principal, subjectPattern } from './principal.ts'

export const tokenAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const

export type IssuerConfig = {
  readonly issuer: string
  readonly audience: string
  /** Where the provider's public keys are. */
  readonly jwksUri: string
  readonly algorithms: readonly string[]
  readonly clockSkewMs: number
  /** Names of claims; `a.b` is `b` within `a`. */
  readonly subjectClaim: string
  readonly namespaceClaim?: string | undefined
  readonly rolesClaim: string
  readonly topicsClaim?: string | undefined
  readonly groupsClaim?: string | undefined
  /** The role that makes an administrator. */
  readonly adminRole?: string | undefined
  readonly keysMaxAgeMs: number
  /** Between two fetches for keys that are not known. */
  readonly keysCooldownMs: number
}

const tokenCharsMax = 8192
const fetchMsMax = 5000
const namesMax = 256
/** A token that was verified is not verified again for so long. */
const rememberMs = 30_000
const rememberedMax = 10_000

type Issuer = { readonly config: IssuerConfig; readonly key: JWTVerifyGetKey }
type Remembered = { readonly principal: Principal; readonly until: number }

export class Issuers {
  readonly #byName: ReadonlyMap<string, Issuer>
  readonly #clock: Pick<Clock, 'now'>
  readonly #keys: ApiKeys
  readonly #remembered = new Map<string, Remembered>()

  /** The roles are those of the keys file. */
  constructor(configs: readonly IssuerConfig[], keys: ApiKeys, clock: Pick<Clock, 'now'>) {
    this.#byName = new Map(
      configs.map((config) => [config.issuer, { config, key: keysOf(config) }]),
    )
    this.#keys = keys
    this.#clock = clock
  }

  get count(): number {
    return this.#byName.size
  }

  /** Whether the text could be a token of anybody: three parts. */
  static isToken(text: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
  }

  /** What rights mean may have changed. */
  forget(): void {
    this.#remembered.clear()
  }

  /** A token that was verified a moment ago, without a wait. Throws `token-expired`. */
  known(token: string): Principal | undefined {
    const found = this.#remembered.get(digestOf(token))
    const now = this.#clock.now()
    if (!found || now >= found.until) return undefined
    if (now >= (found.principal.expiresAt ?? 0)) throw new MqError('token-expired')
    return found.principal
  }

  /**
   * Rejects with `unauthenticated`, which never says what was wrong, with `token-expired`, and
   * with `identity-unavailable` when the provider's keys cannot be had.
   */
  async verify(token: string): Promise<Principal> {
    const { config, key } = this.#issuerOf(token)
    const now = this.#clock.now()
    const payload = await verified(token, key, config, now)
    const principal = this.#principalOf(payload, config)
    this.#remember(token, principal, now)
    return principal
  }

  #issuerOf(token: string): Issuer {
    if (token.length > tokenCharsMax) throw new MqError('unauthenticated')
    let issuer: string | undefined
    try {
      issuer = decodeJwt(token).iss
    } catch (cause) {
      throw new MqError('unauthenticated', undefined, {}, { cause })
    }
    const found = typeof issuer === 'string' ? this.#byName.get(issuer) : undefined
    if (!found) throw new MqError('unauthenticated')
    return found
  }

  #principalOf(payload: JWTPayload, config: IssuerConfig): Principal {
    const subject = claim(payload, config.subjectClaim)
    if (typeof subject !== 'string' || !subjectPattern.test(subject)) {
      throw new MqError('unauthenticated')
    }
    const roles = namesAt(payload, config.rolesClaim)
    const isAdmin = config.adminRole !== undefined && roles.includes(config.adminRole)
    const grants: Grants = {
      roles,
      topics: namesAt(payload, config.topicsClaim),
      groups: namesAt(payload, config.groupsClaim),
    }
    const namespaces = namesAt(payload, config.namespaceClaim)
    if (!namespaces.every((one) => namespacePattern.test(one))) throw new MqError('unauthenticated')
    // Where tenants are told by a claim, a token without it is of none: it must not end up in
    // the namespace that has no name.
    if (config.namespaceClaim !== undefined && namespaces.length === 0 && !isAdmin) {
      throw new MqError('unauthenticated')
    }
    return {
      subject,
      namespace: namespaces[0] ?? '',
      isAdmin,
      expiresAt: Number(payload.exp) * 1000 + config.clockSkewMs,
      ...(namespaces.length > 1 && { namespaces }),
      ...(!isAdmin && { grants, may: this.#keys.rightsOf(grants) }),
    }
  }

  #remember(token: string, principal: Principal, now: number): void {
    if (this.#remembered.size >= rememberedMax) {
      const [oldest = ''] = this.#remembered.keys()
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(digestOf(token), { principal, until: now + rememberMs })
  }
}

const digestOf = (token: string): string => hash('sha256', token, 'base64url')

function keysOf({ jwksUri, keysMaxAgeMs, keysCooldownMs }: IssuerConfig): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: fetchMsMax,
    cacheMaxAge: keysMaxAgeMs,
    cooldownDuration: keysCooldownMs,
  })
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      const isCallers =
        cause instanceof errors.JWKSNoMatchingKey ||
        cause instanceof errors.JWKSMultipleMatchingKeys ||
        cause instanceof errors.JOSENotSupported
      if (isCallers) throw cause
      throw new MqError('identity-unavailable', undefined, {}, { cause })
    }
  }
}

async function verified(
  token: string,
  key: JWTVerifyGetKey,
  { issuer, audience, algorithms, clockSkewMs }: IssuerConfig,
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockSkewMs / 1000,
      currentDate: new Date(now),
      requiredClaims: ['exp'],
    })
    return payload
  } catch (cause) {
    if (cause instanceof MqError) throw cause
    if (cause instanceof errors.JWTExpired) throw new MqError('token-expired')
    // A programming error of ours would hide behind it; what a caller can cause is one of jose's.
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) {
      throw new MqError('unauthenticated', undefined, {}, { cause })
    }
    throw cause
  }
}

function claim(payload: JWTPayload, path: string): unknown {
  let value: unknown = payload
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
      return undefined
    }
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  return value
}

/** A list of names, or names in one text as `scope` has them; anything else is none. */
function namesAt(payload: JWTPayload, path: string | undefined): readonly string[] {
  if (path === undefined) return []
  // Names with dots, as URLs are, are claims of their own.
  const value = Object.hasOwn(payload, path) ? payload[path] : claim(payload, path)
  const list: readonly unknown[] =
    typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []
  return list
    .filter((one): one is string => typeof one === 'string' && one !== '')
    .slice(0, namesMax)
}
