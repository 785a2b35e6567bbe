import test from 'ava'
import { Authority, type Needs } from '../../../src/access/authority.ts'
import { Directory } from '../../../src/access/directory.ts'
import { signWith } from '../../../src/access/signature.ts'
import { MemoryStateFile } from '../../support/broker.ts'

const body = Buffer.from('body')

async function authority(
  settings: { authenticationEnabled?: boolean; authorizationEnabled?: boolean },
  users: 'no users' | 'users' = 'users',
) {
  const directory = new Directory(new MemoryStateFile())
  if (users === 'users') {
    await directory.createUser({ username: 'root', password: 'of-root', userType: 'Super' })
    await directory.createUser({ username: 'alice', password: 'of-alice' })
    await directory.createUser({ username: 'gone', password: 'of-gone', userStatus: 'disable' })
    await directory.mergeAcl({
      subject: 'User:alice',
      policies: [
        {
          policyType: 'Custom',
          entries: [
            { resource: 'Topic:orders', actions: ['Pub'], sourceIps: [], decision: 'Allow' },
            {
              resource: 'Cluster:c',
              actions: ['Get'],
              sourceIps: ['10.0.0.0/8'],
              decision: 'Allow',
            },
          ],
        },
      ],
    })
  }
  return new Authority(directory, {
    authenticationEnabled: false,
    authorizationEnabled: false,
    ...settings,
  })
}

function signed(accessKey: string, secretKey = `of-${accessKey}`) {
  const ext: Record<string, string> = { topic: 'orders' }
  signWith({ accessKey, secretKey })(ext, body)
  return { ext, body, version: 513 }
}

const unsigned = { ext: { topic: 'orders' }, body, version: 513 }
const pub: Needs = [{ resource: { type: 'Topic', name: 'orders' }, anyOf: ['Pub'] }]
const pubOther: Needs = [{ resource: { type: 'Topic', name: 'bills' }, anyOf: ['Pub'] }]
const create: Needs = [{ resource: { type: 'Topic', name: 'orders' }, anyOf: ['Create'] }]
const look: Needs = [{ resource: { type: 'Cluster', name: 'c' }, anyOf: ['Get'] }]

test('without any credential everything is open', async (t) => {
  const open = await authority({}, 'no users')
  t.true(open.isOpen)
  t.is(open.authenticate(signed('whoever')), undefined)
  t.notThrows(() => open.authorize(undefined, 'administrator', '1.2.3.4'))
})

test('authentication without any credential lets nobody in', async (t) => {
  const closed = await authority({ authenticationEnabled: true }, 'no users')
  t.throws(() => closed.authenticate(unsigned), { message: /credentials/ })
  t.throws(() => closed.authenticate(signed('whoever')), { message: /credentials/ })
})

test('once a credential exists, administration is for those who prove to be one', async (t) => {
  const made = await authority({})
  const nobody = made.authenticate(unsigned)
  t.notThrows(() => made.authorize(nobody, pub, '1.2.3.4'))
  for (const needs of ['administrator', create, look] as const) {
    t.throws(() => made.authorize(nobody, needs, '1.2.3.4'), { message: /credentials/ })
    t.notThrows(() => made.authorize(made.authenticate(signed('root')), needs, '1.2.3.4'))
  }
})

test('a signature that is wrong is refused even where none is needed', async (t) => {
  const made = await authority({})
  for (const request of [
    signed('alice', 'wrong'),
    signed('nobody'),
    signed('gone'),
    { ...signed('alice'), body: Buffer.from('other') },
    { ...unsigned, ext: { AccessKey: 'alice' } },
  ]) {
    t.throws(() => made.authenticate(request), { message: 'credentials are missing or wrong' })
  }
})

test('with authentication everybody has to sign, and may then do what is usual', async (t) => {
  const made = await authority({ authenticationEnabled: true })
  t.throws(() => made.authenticate(unsigned))
  const alice = made.authenticate(signed('alice'))
  t.is(alice?.username, 'alice')
  t.notThrows(() => made.authorize(alice, pubOther, '1.2.3.4'))
  t.throws(() => made.authorize(alice, create, '1.2.3.4'), { message: /may not/ })
})

test('with authorization only what a policy allows is done', async (t) => {
  const made = await authority({ authenticationEnabled: true, authorizationEnabled: true })
  const alice = made.authenticate(signed('alice'))
  t.notThrows(() => made.authorize(alice, pub, '1.2.3.4'))
  t.throws(() => made.authorize(alice, pubOther, '1.2.3.4'), { message: /may not/ })
  t.throws(() => made.authorize(alice, [...pub, ...pubOther], '1.2.3.4'), { message: /may not/ })
  t.throws(() => made.authorize(alice, 'administrator', '1.2.3.4'), { message: /may not/ })
  t.notThrows(() => made.authorize(alice, look, '10.9.9.9'))
  t.throws(() => made.authorize(alice, look, '1.2.3.4'), { message: /may not/ })
  t.notThrows(() => made.authorize(alice, 'nothing', '1.2.3.4'))
})
