// Source: the bodies of UserInfo and AclInfo as Apache's broker prints them

import test from 'ava'
import { Access } from '../../../src/client/access.ts'
import { Brokers, NameServers } from '../../../src/client/cluster.ts'
import { type FakeAnswer, FakeRemoting } from '../../support/fake-remoting.ts'

function accessTo(answers: Readonly<Record<string, FakeAnswer>>) {
  const remoting = new FakeRemoting(({ name }) => answers[name] ?? {})
  const addresses = {
    broker: async (name: string) => ({ name, cluster: 'c', addresses: new Map([[0, 'b:1']]) }),
    doubtBrokers() {},
  }
  const nameServers = new NameServers(remoting, { addresses: ['n:1'], timeoutMs: 9, first: 0 })
  const access = new Access({ nameServers, brokers: new Brokers(remoting, addresses, 9) })
  const bodies = () =>
    remoting.asked.map(({ options }) => JSON.parse(String(options.body ?? 'null')))
  return { access, remoting, bodies }
}

const broker = { broker: 'a' }
const user = { username: 'alice', password: 'secret', userType: 'Super', userStatus: 'enable' }

test('secrets that an answer brings are dropped', async (t) => {
  const { access } = accessTo({
    AUTH_LIST_USER: { body: JSON.stringify([user]) },
    AUTH_GET_USER: { body: JSON.stringify(user) },
  })
  const { password, ...shown } = user
  t.is(password, 'secret')
  t.deepEqual(await access.users(broker), [shown])
  t.deepEqual(await access.user(broker, 'alice'), shown)
})

test('an empty answer is nobody, and nothing', async (t) => {
  const { access } = accessTo({})
  t.deepEqual(await access.users(broker), [])
  t.is(await access.user(broker, 'none'), undefined)
  t.deepEqual(await access.policies(broker, {}), [])
  t.deepEqual(await access.policiesOf(broker, 'none'), [])
})

test('policies are read entry by entry, and printed together by type', async (t) => {
  const entry = { resource: 'Topic:a', actions: ['PUB'], decision: 'ALLOW' }
  const acl = { subject: 'User:alice', policies: [{ policyType: 'Custom', entries: [entry] }] }
  const { access, bodies } = accessTo({ AUTH_GET_ACL: { body: JSON.stringify(acl) } })
  const read = await access.policiesOf(broker, 'alice')
  t.like(read, [{ username: 'alice', policyType: 'Custom', resource: 'Topic:a', actions: ['Pub'] }])
  const [one] = read
  if (!one) return t.fail()
  await access.createPolicies(broker, [one, { ...one, resource: 'Topic:b' }])
  const { policies } = bodies().at(-1)
  t.is(policies.length, 1)
  t.deepEqual(
    policies[0].entries.map((printed: { resource: string }) => printed.resource),
    ['Topic:a', 'Topic:b'],
  )
})

test('each place is asked for itself', async (t) => {
  const { access, remoting } = accessTo({})
  await access.createUser(broker, { username: 'alice', password: 's' })
  await access.deleteUser({ nameServer: 'n:7' }, 'alice')
  t.deepEqual(remoting.addresses, ['b:1', 'n:7'])
})

test('an answer of another shape is said to be one', async (t) => {
  const { access } = accessTo({ AUTH_LIST_USER: { body: '{"x":1}' } })
  await t.throwsAsync(access.users(broker), { message: /another shape/ })
})
