// Roles of API keys: what their owners may name, wherever they name it.

import { hash } from 'node:crypto'
import test from 'ava'
import type { Identity } from '../../../../gateway/core/core.ts'
import { groupName, readableTopic, writableTopic } from '../../../../gateway/core/names.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../../../gateway/identity/authenticator.ts'

const key = `rwk_00000001_${'k'.repeat(43)}`
const entry = {
  id: '00000001',
  sha256: hash('sha256', key, 'hex'),
  subject: 'billing',
  namespace: 'shop',
}
const roles = {
  reader: [
    { resource: 'Topic:orders', actions: ['Sub'], decision: 'Allow' },
    { resource: 'Group:billing*', actions: ['Sub'], decision: 'Allow' },
  ],
  writer: [
    { resource: 'Topic:*', actions: ['Pub'], decision: 'Allow' },
    { resource: 'Topic:ledger', actions: ['All'], decision: 'Deny' },
  ],
}
const now = Date.UTC(2026, 5, 1)

function identified(given: object, at = now): Identity {
  const keys = ApiKeys.parse(JSON.stringify({ keys: [{ ...entry, ...given }], roles }))
  const found = createAuthenticator(keys, { now: () => at }).identify(`Bearer ${key}`)
  if (found instanceof Promise) throw new Error('a key is known at once')
  return found
}

const refused = { name: 'MqError', message: 'no role of the credential allows it' }

test('a role allows what it lists, on the names of the caller', (t) => {
  const identity = identified({ roles: ['reader'] })
  t.is(readableTopic('orders', identity), 'shop%orders')
  t.is(groupName('billing-eu', identity), 'shop%billing-eu')
  t.throws(() => readableTopic('bills', identity), refused)
  t.throws(() => writableTopic('orders', identity), refused)
  t.throws(() => groupName('shipping', identity), refused)
})

test('roles add up, and the more exact entry counts', (t) => {
  const identity = identified({ roles: ['reader', 'writer'] })
  t.is(writableTopic('orders', identity), 'shop%orders')
  t.is(readableTopic('orders', identity), 'shop%orders')
  t.throws(() => writableTopic('ledger', identity), refused)
  t.throws(() => writableTopic('orders', identity, 'Create'), refused)
})

test('one of several actions is enough where any use will do', (t) => {
  const identity = identified({ roles: ['writer'] })
  t.is(readableTopic('orders', identity, ['Pub', 'Sub', 'Get']), 'shop%orders')
  t.throws(() => readableTopic('orders', identity), refused)
})

test('no role, or one that is not there, allows nothing; no list of roles everything', (t) => {
  for (const names of [[], ['other'], ['__proto__']]) {
    t.throws(() => readableTopic('orders', identified({ roles: names })), refused)
  }
  t.is(readableTopic('bills', identified({})), 'shop%bills')
  t.is(readableTopic('bills', identified({ roles: [], admin: true })), 'shop%bills')
})

test('a key opens nothing from its end on', (t) => {
  const expiresAt = '2026-06-01T00:00:00Z'
  const expired = { name: 'MqError', message: 'the token has expired' }
  t.is(identified({ expiresAt }, now - 1).subject, 'billing')
  t.throws(() => identified({ expiresAt }, now), expired)
  const keys = ApiKeys.parse(
    JSON.stringify({ keys: [{ ...entry, expiresAt, signingSecret: 'a secret of sixteen' }] }),
  )
  const authenticator = createAuthenticator(keys, { now: () => now })
  t.throws(() => authenticator.signer('00000001', () => true), expired)
})

test('roles that cannot be read are refused at the start', (t) => {
  for (const wrong of [
    [{ resource: 'Queue:orders', actions: ['Sub'], decision: 'Allow' }],
    [{ resource: 'Topic:orders', actions: ['Fly'], decision: 'Allow' }],
    [{ resource: 'Topic:o', actions: ['Sub'], decision: 'Allow', sourceIps: ['10.0.0.1'] }],
  ]) {
    const text = JSON.stringify({ keys: [entry], roles: { wrong } })
    t.throws(() => ApiKeys.parse(text), { name: 'MqError' })
  }
})
