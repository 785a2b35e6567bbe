// An identity provider on loopback: a key set that is served, and tokens signed with its keys.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { gatewaySettings } from '../../gateway/config.ts'
import type { IssuerConfig } from '../../gateway/identity/issuers.ts'

export type TokenIssuer = {
  readonly config: IssuerConfig
  /** How often the key set was asked for. */
  readonly asked: () => number
  /** What it answers from now on: keys, a failure, or nothing at all. */
  serve(mode: 'keys' | 'failure' | 'redirect'): void
  /** A new key; the old one is gone from the set. */
  rotate(): Promise<void>
  sign(claims?: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>
  readonly publicKey: () => JWK
}

const issuerName = 'https://id.example.com/'
const audience = 'rocketway'

/** `nowMs` is what its tokens are made and judged by. */
export async function startIssuer(
  t: ExecutionContext,
  given: { readonly nowMs?: () => number } & Partial<IssuerConfig> = {},
): Promise<TokenIssuer> {
  const { nowMs = Date.now, ...more } = given
  let asked = 0
  let mode: Parameters<TokenIssuer['serve']>[0] = 'keys'
  let key: { id: string; secret: CryptoKey; jwk: JWK } | undefined
  let count = 0
  const rotate = async (): Promise<void> => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const id = `k${++count}`
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: id, alg: 'ES256', use: 'sig' }
    key = { id, secret: pair.privateKey, jwk }
  }
  await rotate()
  const server = createServer((_, res) => {
    asked++
    if (mode === 'failure') res.writeHead(500).end()
    else if (mode === 'redirect') res.writeHead(302, { Location: '/other' }).end()
    else {
      res.writeHead(200, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify({ keys: [key?.jwk] }))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const jwksUri = `http://127.0.0.1:${port}/keys`
  const parsed = gatewaySettings.parse({
    auth: { jwt: { issuers: [{ issuer: issuerName, audience, jwksUri, keysCooldownMs: 0 }] } },
  }).auth.jwt.issuers[0]
  if (!parsed) throw new Error('an issuer')
  return {
    config: { ...parsed, ...more },
    asked: () => asked,
    serve: (next) => {
      mode = next
    },
    rotate,
    publicKey: () => key?.jwk ?? {},
    sign: async (claims = {}, header = {}) => {
      if (!key) throw new Error('a key')
      const now = Math.floor(nowMs() / 1000)
      const times = { iat: now, exp: now + 600 }
      return new SignJWT({ iss: issuerName, aud: audience, sub: 'alice', ...times, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: key.id, ...header })
        .sign(key.secret)
    },
  }
}
