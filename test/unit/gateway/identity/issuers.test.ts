// S07: tokens of identity providers.

import { createHmac } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { gatewaySettings } from '../../../../gateway/config.ts'
import { readableTopic, writableTopic } from '../../../../gateway/core/names.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { type IssuerConfig, Issuers } from '../../../../gateway/identity/issuers.ts'
import type { MqError } from '../../../../src/base/errors.ts'
import { startIssuer } from '../../../support/token-issuer.ts'

const keys = ApiKeys.parse(
  JSON.stringify({
    keys: [],
    roles: { reader: [{ resource: 'Topic:orders', actions: ['Sub'], decision: 'Allow' }] },
  }),
)
const time = Date.UTC(2026, 5, 1)

async function made(t: ExecutionContext, given: Partial<IssuerConfig> = {}) {
  let now = time
  const issuer = await startIssuer(t, { nowMs: () => now, ...given })
  const issuers = new Issuers([issuer.config], keys, { now: () => now })
  const refusal = async (token: string | Promise<string>): Promise<string> => {
    const error = await t.throwsAsync<MqError>(issuers.verify(await token), { name: 'MqError' })
    return error?.failure ?? ''
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { ...issuer, issuers, refusal, pass }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('S07: a token of the issuer is its subject, with the rights of its claims', async (t) => {
  const { issuers, sign } = await made(t, {
    rolesClaim: 'realm_access.roles',
    topicsClaim: 'topics',
    groupsClaim: 'https://mq.example.com/groups',
    namespaceClaim: 'tenant',
  })
  const identity = await issuers.verify(
    await sign({
      realm_access: { roles: ['reader', 'other'] },
      topics: ['bills*', '../etc', 'a b'],
      'https://mq.example.com/groups': 'billing shipping',
      tenant: ['shop', 'bank'],
    }),
  )
  t.like(identity, { subject: 'alice', namespace: 'shop', isAdmin: false })
  t.deepEqual(identity.namespaces, ['shop', 'bank'])
  t.is(readableTopic('orders', identity), 'shop%orders')
  t.is(writableTopic('bills-eu', identity), 'shop%bills-eu')
  t.throws(() => writableTopic('orders', identity), { message: /no role/ })
  t.throws(() => readableTopic('ledger', identity), { message: /no role/ })
  t.true(identity.may?.(['Sub'], 'Group', 'shipping'))
  t.false(identity.may?.(['Sub'], 'Group', 'other'))
})

test('S07: no claim is no right, and the admin role is the only one that makes an admin', async (t) => {
  const { issuers, sign } = await made(t, { adminRole: 'mq-admin' })
  const plain = await issuers.verify(await sign())
  t.false(plain.isAdmin)
  t.throws(() => readableTopic('orders', plain), { message: /no role/ })
  t.true((await issuers.verify(await sign({ roles: ['mq-admin'] }))).isAdmin)
  t.false((await issuers.verify(await sign({ roles: ['admin'], admin: true }))).isAdmin)
})

test('S07: where tenants are told by a claim, a token without it is of none', async (t) => {
  const { sign, refusal } = await made(t, { namespaceClaim: 'tenant' })
  t.is(await refusal(sign()), 'unauthenticated')
  t.is(await refusal(sign({ tenant: 'a%b' })), 'unauthenticated')
  t.is(await refusal(sign({ tenant: 7 })), 'unauthenticated')
})

test('S07: wrong issuer, audience, time, subject or signature opens nothing', async (t) => {
  const { sign, refusal } = await made(t)
  const now = time / 1000
  for (const claims of [
    { iss: 'https://evil.example/' },
    { iss: 'https://id.example.com' },
    { aud: 'other' },
    { nbf: now + 120 },
    { exp: undefined },
    { sub: undefined },
    { sub: '' },
    { sub: 'a\nb' },
    { sub: 7 as never },
  ]) {
    t.is(await refusal(sign(claims as never)), 'unauthenticated', JSON.stringify(claims))
  }
  const [head = '', body = '', mac = ''] = (await sign()).split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const forged = `${head}.${part({ ...claims, sub: 'root' })}.${mac}`
  t.is(await refusal(forged), 'unauthenticated')
  t.is(await refusal(`${head}.${body}.`), 'unauthenticated')
  t.is(await refusal('a.b.c'), 'unauthenticated')
})

test('S07: a token ends when it says so, but for a little skew of clocks', async (t) => {
  const { issuers, sign, refusal, pass } = await made(t, { clockSkewMs: 5000 })
  const token = await sign({ exp: time / 1000 + 60 })
  const { expiresAt } = await issuers.verify(token)
  t.is(expiresAt, time + 65_000)
  pass(64_000)
  t.is((await issuers.verify(token)).subject, 'alice')
  pass(2000)
  t.is(await refusal(token), 'token-expired')
  t.throws(() => issuers.known(token), { message: /expired/ })
})

test('S07: algorithms are those of the list: not none, not a shared secret', async (t) => {
  const { sign, refusal, publicKey } = await made(t)
  const [, body = ''] = (await sign()).split('.')
  t.is(await refusal(`${part({ alg: 'none' })}.${body}.`), 'unauthenticated')
  t.is(await refusal(`${part({ alg: 'none' })}.${body}.AA`), 'unauthenticated')
  for (const secret of [JSON.stringify(publicKey()), String(publicKey().x)]) {
    const signed = `${part({ alg: 'HS256', kid: 'k1' })}.${body}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    t.is(await refusal(`${signed}.${mac}`), 'unauthenticated')
  }
  const parse = (algorithms: string[]) =>
    gatewaySettings.safeParse({
      auth: {
        jwt: { issuers: [{ issuer: 'i', audience: 'a', jwksUri: 'https://i/', algorithms }] },
      },
    }).success
  t.true(parse(['ES256']))
  t.false(parse(['HS256']))
  t.false(parse(['none']))
})

test('S07: what a token says of keys and addresses is not believed', async (t) => {
  const { issuers, sign, refusal, asked } = await made(t)
  const elsewhere = await startIssuer(t)
  const { jwksUri } = elsewhere.config
  const own = elsewhere.publicKey()
  for (const header of [{ jku: jwksUri }, { x5u: jwksUri }, { jwk: own }]) {
    t.is(await refusal(elsewhere.sign({}, header)), 'unauthenticated')
    // One that is right stays right, whatever it says besides.
    t.is((await issuers.verify(await sign({}, header))).subject, 'alice')
  }
  for (const kid of ['../../etc/passwd', jwksUri, '\u0000', "' or 1=1"]) {
    t.is(await refusal(elsewhere.sign({}, { kid })), 'unauthenticated')
  }
  t.is(await refusal(sign({}, { crit: ['x'], x: 1 }).catch(() => 'a.b.c')), 'unauthenticated')
  t.is(elsewhere.asked(), 0)
  t.true(asked() > 0)
})

test('S07: a token that is huge is not looked at', async (t) => {
  const { sign, refusal, asked } = await made(t)
  t.is(await refusal(sign({ junk: 'x'.repeat(9000) })), 'unauthenticated')
  t.is(asked(), 0)
})

test('S07: keys are kept, and asked for again when a new one is used', async (t) => {
  const { issuers, sign, refusal, asked, rotate, pass } = await made(t)
  const old = await sign()
  await issuers.verify(old)
  await issuers.verify(await sign({ jti: 'other' }))
  t.is(asked(), 1)
  t.is(issuers.known(old)?.subject, 'alice')
  await rotate()
  t.is((await issuers.verify(await sign())).subject, 'alice')
  t.is(asked(), 2)
  // A key that is gone opens nothing, but for the moment that a token is remembered.
  t.is(await refusal(old), 'unauthenticated')
  pass(31_000)
  t.is(issuers.known(old), undefined)
})

test('S07: without the keys nobody comes in, and it is said that it may pass', async (t) => {
  const { sign, refusal, serve } = await made(t)
  serve('failure')
  t.is(await refusal(sign()), 'identity-unavailable')
  serve('redirect')
  t.is(await refusal(sign()), 'identity-unavailable')
})

test('S15: keys are fetched by TLS or from this machine', (t) => {
  const parse = (jwksUri: string) =>
    gatewaySettings.safeParse({
      auth: { jwt: { issuers: [{ issuer: 'i', audience: 'a', jwksUri }] } },
    }).success
  t.true(parse('https://id.example.com/keys'))
  t.true(parse('http://127.0.0.1:8080/keys'))
  for (const wrong of ['http://id.example.com/keys', 'http://169.254.169.254/', 'file:///etc/x']) {
    t.false(parse(wrong), wrong)
  }
})
