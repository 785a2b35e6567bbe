// Source: AuthenticationMetadataManagerImpl, AuthorizationMetadataManagerImpl.

import test from 'ava'
import { Directory } from '../../../src/access/directory.ts'
import { MemoryStateFile } from '../../support/broker.ts'

const root = { username: 'root', password: 'secret-of-root', userType: 'Super' } as const
const alice = { username: 'alice', password: 'secret-of-alice' }

function directory(text?: string) {
  const file = new MemoryStateFile(text)
  const made = new Directory(file)
  made.load()
  return { file, made }
}

async function populated() {
  const { file, made } = directory()
  await made.createUser(root)
  await made.createUser(alice)
  return { file, made }
}

const entry = (resource: string, decision: 'Allow' | 'Deny' = 'Allow') => ({
  resource,
  actions: ['Pub' as const],
  sourceIps: [],
  decision,
})
const aclOf = (...resources: string[]) => ({
  subject: 'User:alice',
  policies: [{ policyType: 'Custom' as const, entries: resources.map((one) => entry(one)) }],
})

test('what is changed is read back from the file', async (t) => {
  const { file, made } = await populated()
  await made.mergeAcl(aclOf('Topic:orders'))
  const again = directory(file.text).made
  t.deepEqual(again.users(), made.users())
  t.deepEqual(again.acls(), made.acls())
  t.deepEqual(again.user('alice'), { ...alice, userType: 'Normal', userStatus: 'enable' })
})

test('the user of the settings is made once, a super user, and not changed again', async (t) => {
  const { made } = directory()
  made.load({ username: 'root', password: 'first' })
  t.like(made.user('root'), { password: 'first', userType: 'Super' })
  await made.updateUser({ username: 'root', password: 'second' })
  made.load({ username: 'root', password: 'first' })
  t.is(made.user('root')?.password, 'second')
})

test('the first user has to be a super user', (t) => {
  const { made } = directory()
  t.throws(() => made.createUser(alice), { message: /first user/ })
  const disabled = { ...root, userStatus: 'disable' } as const
  t.throws(() => made.createUser(disabled), { message: /first user/ })
  t.true(made.isEmpty)
})

test('the last super user stays one', async (t) => {
  const { made } = await populated()
  const why = { message: /last super user/ }
  t.throws(() => made.deleteUser('root'), why)
  t.throws(() => made.updateUser({ username: 'root', userType: 'Normal' }), why)
  t.throws(() => made.updateUser({ username: 'root', userStatus: 'disable' }), why)
  await made.createUser({ ...root, username: 'other' })
  await made.deleteUser('root')
  t.is(made.user('root'), undefined)
})

test('a user is made once, changed where something is given, and gone with its policies', async (t) => {
  const { made } = await populated()
  t.throws(() => made.createUser(alice), { message: /exists/ })
  t.throws(() => made.updateUser({ username: 'none' }), { message: /does not exist/ })
  await made.updateUser({ username: 'alice', userStatus: 'disable' })
  t.deepEqual(made.user('alice'), { ...alice, userType: 'Normal', userStatus: 'disable' })
  await made.mergeAcl(aclOf('*'))
  await made.deleteUser('alice')
  await made.createUser(alice)
  t.deepEqual(made.policies('alice'), [])
})

for (const username of ['', 'a b', '../x', 'a:b', 'x'.repeat(65)]) {
  test(`'${username}' is no username`, async (t) => {
    const { made } = await populated()
    t.throws(() => made.createUser({ ...alice, username }), { message: /username/ })
  })
}

test('a password is needed', async (t) => {
  const { made } = await populated()
  t.throws(() => made.createUser({ username: 'bob' }), { message: /password/ })
  t.throws(() => made.createUser({ username: 'bob', password: '' }), { message: /password/ })
})

test('policies of one resource are replaced, others added', async (t) => {
  const { made } = await populated()
  await made.mergeAcl(aclOf('Topic:orders', 'Topic:bills'))
  const changed = { policyType: 'Custom' as const, entries: [entry('Topic:orders', 'Deny')] }
  await made.mergeAcl({ subject: 'User:alice', policies: [changed] })
  const entries = made.acl('User:alice')?.policies[0]?.entries ?? []
  t.deepEqual(
    entries.map(({ resource, decision }) => [resource, decision]),
    [
      ['Topic:orders', 'Deny'],
      ['Topic:bills', 'Allow'],
    ],
  )
})

test('policies are deleted for a resource, for a type, or all', async (t) => {
  const { made } = await populated()
  await made.mergeAcl(aclOf('Topic:orders', 'Topic:bills', 'Topic:x*'))
  await made.deleteAcl('User:alice', undefined, 'Topic:x*')
  await made.deleteAcl('User:alice', 'Custom', 'Topic:orders')
  await made.deleteAcl('User:alice', 'Default')
  t.like(made.acl('User:alice'), { policies: [{ entries: [{ resource: 'Topic:bills' }] }] })
  await made.deleteAcl('User:alice')
  t.is(made.acl('User:alice'), undefined)
})

test('policies are listed by parts of subject and resource', async (t) => {
  const { made } = await populated()
  await made.createUser({ username: 'bob', password: 'secret-of-bob' })
  await made.mergeAcl(aclOf('Topic:orders', 'Group:billing'))
  await made.mergeAcl({ ...aclOf('Topic:bills'), subject: 'User:bob' })
  t.deepEqual(
    made.acls().map(({ subject }) => subject),
    ['User:alice', 'User:bob'],
  )
  t.is(made.acls('bob').length, 1)
  t.like(made.acls('', 'Group:'), [{ policies: [{ entries: [{ resource: 'Group:billing' }] }] }])
  t.deepEqual(made.acls('', 'Cluster:'), [])
})

test('policies are for users that exist, resources that are some, and addresses', async (t) => {
  const { made } = await populated()
  t.throws(() => made.mergeAcl({ ...aclOf('*'), subject: 'User:none' }))
  t.throws(() => made.mergeAcl({ ...aclOf('*'), subject: 'alice' }), { message: /subject/ })
  t.throws(() => made.mergeAcl(aclOf('Topic')), { message: /resource/ })
  t.throws(() => made.mergeAcl(aclOf()), { message: /empty/ })
  const sourceIps = ['10.0.0.0/8', 'x']
  const policies = [{ policyType: 'Custom' as const, entries: [{ ...entry('*'), sourceIps }] }]
  t.throws(() => made.mergeAcl({ subject: 'User:alice', policies }), { message: /IP/ })
  t.deepEqual(made.acls(), [])
})
