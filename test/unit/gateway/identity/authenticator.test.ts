import test from 'ava'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import {
  anonymous,
  checkExposure,
  createAuthenticator,
  mayBePlain,
} from '../../../../gateway/identity/authenticator.ts'
import { seeded } from '../../../support/gateway-core.ts'

const { key, file } = ApiKeys.generate(seeded(3))
const keys = ApiKeys.parse(file)
const clock = { now: () => Date.UTC(2026, 0, 1) }

test('the owner of a key is found by it, with or without the case of Bearer', async (t) => {
  const authenticator = createAuthenticator(keys, clock)
  const admin = { subject: 'admin', namespace: '', isAdmin: true }
  t.deepEqual(authenticator.identify(`Bearer ${key}`), admin)
  t.deepEqual(authenticator.identify(`bearer ${key}`), admin)
  t.deepEqual(await authenticator.authenticate(`Bearer ${key}`), admin)
})

test('anything else is refused with the same words', async (t) => {
  const authenticator = createAuthenticator(keys, clock)
  const last = key.endsWith('A') ? 'B' : 'A'
  const wrong = [
    undefined,
    '',
    key,
    'Bearer',
    'Bearer ',
    `Basic ${key}`,
    `Bearer ${key.slice(0, -1)}${last}`,
    `Bearer ${key}A`,
    `Bearer ${key.toUpperCase()}`,
    `Bearer rwk_00000000_${'A'.repeat(43)}`,
    `Bearer ${'x'.repeat(10_000)}`,
  ]
  for (const given of wrong) {
    const error = t.throws(() => authenticator.identify(given), { name: 'MqError' }, given)
    t.like(error, { failure: 'unauthenticated', message: 'credentials are missing or wrong' })
    await t.throwsAsync(authenticator.authenticate(given))
  }
})

test('a keys file holds no key', (t) => {
  t.false(file.includes(key))
  t.false(file.includes(key.split('_')[2] ?? ''))
})

test('a key is of its namespace, and signs only with a secret of its own', (t) => {
  const entry = JSON.parse(file).keys[0]
  const signingSecret = 'a secret of sixteen'
  const given = { keys: [{ ...entry, namespace: 'shop', admin: false, signingSecret }] }
  const authenticator = createAuthenticator(ApiKeys.parse(JSON.stringify(given)), clock)
  const identity = { subject: 'admin', namespace: 'shop', isAdmin: false }
  t.deepEqual(authenticator.identify(`Bearer ${key}`), identity)
  const isSignedWith = (secret: string) => secret === signingSecret
  t.deepEqual(authenticator.signer(entry.id, isSignedWith), identity)
  const refused = { message: 'credentials are missing or wrong' }
  t.throws(() => authenticator.signer(entry.id, () => false), refused)
  t.throws(() => createAuthenticator(keys, clock).signer(entry.id, () => true), refused)
})

test('replaced keys no longer open anything', (t) => {
  const ring = ApiKeys.parse(file)
  const authenticator = createAuthenticator(ring, clock)
  ring.replace(ApiKeys.parse(ApiKeys.generate(seeded(9)).file))
  t.throws(() => authenticator.identify(`Bearer ${key}`), { name: 'MqError' })
})

test('a keys file that cannot be read is refused without quoting it', (t) => {
  for (const text of ['', '{', '{"keys":[{"id":"a"}]}', '{"keys":[],"x":1}']) {
    t.throws(() => ApiKeys.parse(text), { message: 'the API keys cannot be read' })
  }
})

test('without keys everyone is anonymous, credentials or not', (t) => {
  const authenticator = createAuthenticator(undefined, clock)
  t.is(authenticator.identify(undefined), anonymous)
  t.is(authenticator.identify('Bearer x'), anonymous)
})

const elsewhere = ['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '']
const exposure = { host: '', hasTls: false, insecure: false, plainText: false }

test('only a loopback listener may go without authentication, unless it is meant', (t) => {
  const off = { required: false }
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.1.2.3']) {
    t.notThrows(() => checkExposure({ ...exposure, host }, off), host)
  }
  for (const host of elsewhere) {
    for (const more of [{}, { hasTls: true }, { plainText: true }]) {
      const given = { ...exposure, host, ...more }
      t.throws(() => checkExposure(given, off), { message: /authentication/ }, host)
    }
    t.notThrows(() => checkExposure({ ...exposure, host, insecure: true }, off), host)
  }
})

test('S30: what others can reach speaks TLS, unless plain text is meant', (t) => {
  const on = { required: true }
  for (const host of elsewhere) {
    t.throws(() => checkExposure({ ...exposure, host }, on), { message: /TLS/ }, host)
    for (const more of [{ hasTls: true }, { plainText: true }, { insecure: true }]) {
      t.notThrows(() => checkExposure({ ...exposure, host, ...more }, on), host)
    }
    t.false(mayBePlain({ ...exposure, host, hasTls: true }), host)
  }
  t.true(mayBePlain({ ...exposure, host: '127.0.0.1', hasTls: true }))
})
