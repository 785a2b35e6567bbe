import test from 'ava'
import { isSigned, signatureOf, signWith } from '../../../src/access/signature.ts'

// RFC 2202, test case 2, its data split over fields and body.
const ext = { b: 'want for ', a: 'what do ya ' }
const body = Buffer.from('nothing?')
const expected = Buffer.from('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', 'hex').toString('base64')

test('the values of the fields, by name, and the body are signed with HMAC-SHA1', (t) => {
  t.is(signatureOf(ext, body, 'Jefe'), expected)
  t.is(signatureOf(ext, [Buffer.from('noth'), Buffer.from('ing?')], 'Jefe'), expected)
})

test('the signature itself is not signed', (t) => {
  t.true(isSigned({ ...ext, Signature: expected }, body, 'Jefe', 513))
})

test('old clients leave a field of a query out', (t) => {
  const old = { ...ext, _UNIQUE_KEY_QUERY: 'true', Signature: expected }
  t.true(isSigned(old, body, 'Jefe', 399))
  t.false(isSigned(old, body, 'Jefe', 401))
})

test('a request that was signed carries the key, the token and a signature over both', (t) => {
  const signed: Record<string, string> = { topic: 'orders' }
  signWith({ accessKey: 'alice', secretKey: 's3cret', securityToken: 'token' })(signed, body)
  t.like(signed, { topic: 'orders', AccessKey: 'alice', SecurityToken: 'token' })
  t.true(isSigned(signed, body, 's3cret', 513))
  for (const field of ['topic', 'AccessKey', 'SecurityToken', 'Signature']) {
    t.false(isSigned({ ...signed, [field]: 'x' }, body, 's3cret', 513), field)
  }
  t.false(isSigned(signed, Buffer.from('other'), 's3cret', 513))
  t.false(isSigned(signed, body, 's3creT', 513))
})

for (const [what, signature] of Object.entries({
  nothing: '',
  'a part of it': expected.slice(0, 8),
  'more than it': `${expected}AAAA`,
  'no base64': '%%%%',
})) {
  test(`a signature of ${what} is wrong`, (t) => {
    t.false(isSigned({ ...ext, Signature: signature }, body, 'Jefe', 513))
  })
}
