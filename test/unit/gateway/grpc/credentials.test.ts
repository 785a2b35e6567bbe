import { createHmac } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import test from 'ava'
import { identityOf, noIdentity } from '../../../../gateway/grpc/credentials.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../../../gateway/identity/authenticator.ts'
import { Failures } from '../../../../gateway/identity/failures.ts'
import { keysFileOf, secretOf } from '../../../support/whole-gateway.ts'

const date = '20261123T160514Z'
const signingSecret = 'the secret of ann'
const signature = createHmac('sha1', signingSecret).update(date).digest('hex')
const home = '10.1.2.3'
const clock = { now: () => Date.UTC(2026, 0, 1) }

const ann = { subject: 's-ann', namespace: 'ns', isAdmin: false }
const keys = ApiKeys.parse(
  keysFileOf({
    ann: { namespace: 'ns', signingSecret },
    abroad: { namespace: 'ns', signingSecret, sourceIps: ['10.1.0.0/16'] },
    over: { namespace: 'ns', signingSecret, expiresAt: '2026-01-01T00:00:00Z' },
    mute: { namespace: 'ns' },
    '0000000a': { namespace: 'shop', namespaces: ['shop', 'bank'] },
  }),
)
const required = createAuthenticator(keys, clock)

const header = (credential: string, sign = signature): string =>
  `MQv2-HMAC-SHA1 Credential=${credential}, SignedHeaders=x-mq-date-time, Signature=${sign}`

function metadata(authorization?: string, dateTime?: string): Metadata {
  const made = new Metadata()
  if (authorization !== undefined) made.set('authorization', authorization)
  if (dateTime !== undefined) made.set('x-mq-date-time', dateTime)
  return made
}

const accepted = {
  'lower case, as Go, Python and Rust sign': header('ann'),
  'upper case, as Node and C# sign': header('ann', signature.toUpperCase()),
  'a region and a service, as C++ writes': header('ann/region/Rocketmq'),
  'an empty region, as Go writes': header('ann//Rocketmq'),
}

for (const [how, authorization] of Object.entries(accepted)) {
  test(`a signature is accepted in ${how}`, (t) => {
    t.deepEqual(identityOf(metadata(authorization, date), required, home), ann)
  })
}

const refused: Record<string, Metadata> = {
  'no header': metadata(undefined, date),
  'no date': metadata(header('ann')),
  'another date': metadata(header('ann'), '20261123T160515Z'),
  'another key': metadata(header('bob'), date),
  'a key that signs nothing': metadata(header('mute'), date),
  'a key that signs nothing, and an empty secret': metadata(
    header('mute', createHmac('sha1', '').update(date).digest('hex')),
    date,
  ),
  'a wrong signature of a key that is over': metadata(header('over', '0'.repeat(40)), date),
  'an empty key, as Python signs without credentials': metadata(header(''), date),
  'a wrong signature': metadata(header('ann', '0'.repeat(40)), date),
  'a short signature': metadata(header('ann', signature.slice(2)), date),
  'a signature that is not hex': metadata(header('ann', 'z'.repeat(40)), date),
  'no scheme': metadata('Credential=ann', date),
}

for (const [what, given] of Object.entries(refused)) {
  test(`a call with ${what} is unauthenticated`, (t) => {
    t.like(
      t.throws(() => identityOf(given, required, home)),
      { failure: 'unauthenticated' },
    )
  })
}

test('without authentication any header is ignored', (t) => {
  t.like(identityOf(metadata(header('', '00'), ''), noIdentity, home), { subject: 'anonymous' })
})

test('S09: a signature opens nothing from where its key may not be used, and none after its end', (t) => {
  const abroad = metadata(header('abroad'), date)
  t.like(identityOf(abroad, required, home), { subject: 's-abroad' })
  const elsewhere = t.throws(() => identityOf(abroad, required, '10.2.0.1'))
  t.like(elsewhere, { failure: 'unauthenticated' })
  const over = t.throws(() => identityOf(metadata(header('over'), date), required, home))
  t.like(over, { failure: 'token-expired' })
})

test('wrong signatures are counted by address, as other wrong credentials are', (t) => {
  const failures = new Failures(2, clock)
  const counting = createAuthenticator(keys, clock, { failures })
  const wrong = metadata(header('ann', '0'.repeat(40)), date)
  const tried = (address: string) => t.throws(() => identityOf(wrong, counting, address))
  for (const failure of ['unauthenticated', 'unauthenticated', 'rate-limited']) {
    t.like(tried(home), { failure })
  }
  const right = metadata(header('ann'), date)
  t.like(
    t.throws(() => identityOf(right, counting, home)),
    { failure: 'rate-limited' },
  )
  t.deepEqual(identityOf(right, counting, '10.9.9.9'), ann)
})

test('an API key is a credential, and chooses among its namespaces', (t) => {
  const bearer = metadata(`Bearer ${secretOf('0000000a')}`)
  t.like(identityOf(bearer, required, home), { subject: 's-0000000a', namespace: 'shop' })
  bearer.set('mq-namespace', 'bank')
  t.like(identityOf(bearer, required, home), { namespace: 'bank' })
  const refused = { failure: 'permission-denied' }
  bearer.set('mq-namespace', 'else')
  t.like(
    t.throws(() => identityOf(bearer, required, home)),
    refused,
  )
  bearer.set('mq-namespace', 'bank')
  bearer.add('mq-namespace', 'shop')
  t.like(
    t.throws(() => identityOf(bearer, required, home)),
    refused,
  )
  for (const wrong of ['Bearer', 'Bearer ', `Bearer ${secretOf('0000000b')}`]) {
    t.like(
      t.throws(() => identityOf(metadata(wrong, date), required, home)),
      { failure: 'unauthenticated' },
      wrong,
    )
  }
})
