import { createHmac } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import test from 'ava'
import { type GrpcIdentity, identityOf, noIdentity } from '../../../../gateway/grpc/credentials.ts'

const date = '20261123T160514Z'
const signature = createHmac('sha1', 'right').update(date).digest('hex')
const ann = { subject: 'ann', namespace: 'ns', isAdmin: false }
const required: GrpcIdentity = {
  required: true,
  account: (key) => (key === 'ann' ? { identity: ann, secret: 'right' } : undefined),
}

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
    t.is(identityOf(metadata(authorization, date), required), ann)
  })
}

const refused: Record<string, Metadata> = {
  'no header': metadata(undefined, date),
  'no date': metadata(header('ann')),
  'another date': metadata(header('ann'), '20261123T160515Z'),
  'another key': metadata(header('bob'), date),
  'an empty key, as Python signs without credentials': metadata(header(''), date),
  'a wrong signature': metadata(header('ann', '0'.repeat(40)), date),
  'a short signature': metadata(header('ann', signature.slice(2)), date),
  'a signature that is not hex': metadata(header('ann', 'z'.repeat(40)), date),
  'no scheme': metadata('Credential=ann', date),
}

for (const [what, given] of Object.entries(refused)) {
  test(`a call with ${what} is unauthenticated`, (t) => {
    t.like(
      t.throws(() => identityOf(given, required)),
      { failure: 'unauthenticated' },
    )
  })
}

test('without authentication any header is ignored', (t) => {
  t.is(identityOf(metadata(header('', '00'), ''), noIdentity).subject, 'anonymous')
})
