// Users and policies of the cluster behind, over REST.

import test, { type ExecutionContext } from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { httpGateway } from '../../../support/http-gateway.ts'

const brokers = ['broker-a', 'broker-b']

async function made(t: ExecutionContext) {
  const lines: string[] = []
  const auditSink = { append: (line: string) => void lines.push(line) }
  const { url, apiKey, client } = await httpGateway(t, { auth: true, auditSink, brokers })
  const ask = async (method: string, path: string, body?: unknown, match?: string) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(match !== undefined && { 'if-match': match }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    t.false(/secret-of/.test(text), text)
    return {
      status: answer.status,
      etag: answer.headers.get('etag') ?? '',
      value: text === '' ? undefined : JSON.parse(text),
    }
  }
  return { ask, access: client.access, client, lines }
}

const alice = { username: 'alice', password: 'secret-of-alice' }
const settings = (more: object = {}) =>
  brokers.map((broker) => ({ broker, userType: 'Normal', userStatus: 'enable', ...more }))

test('a user is made on every broker, changed, and deleted', async (t) => {
  const { ask, access, lines } = await made(t)
  const created = await ask('POST', '/v1/users', alice)
  t.is(created.status, 201)
  t.deepEqual(created.value, { username: 'alice', at: settings() })
  for (const broker of brokers) t.is(access.of(broker).user('alice')?.password, alice.password)
  t.is((await ask('POST', '/v1/users', alice)).status, 409)

  const { etag, value } = await ask('GET', '/v1/users/alice')
  t.deepEqual(value, created.value)
  t.is((await ask('PATCH', '/v1/users/alice', { userStatus: 'disable' })).status, 428)
  const changed = await ask('PATCH', '/v1/users/alice', { userStatus: 'disable' }, etag)
  t.deepEqual(changed.value, { username: 'alice', at: settings({ userStatus: 'disable' }) })
  const password = 'secret-of-alice-2'
  t.is((await ask('PATCH', '/v1/users/alice', { password }, changed.etag)).status, 200)
  t.is(access.of('broker-b').user('alice')?.password, password)
  t.is((await ask('PATCH', '/v1/users/alice', { userType: 'Super' }, etag)).status, 412)
  const listed = await ask('GET', '/v1/users?q=ali')
  t.like(listed.value, { items: [{ username: 'alice' }] })
  t.like((await ask('GET', '/v1/users?pageSize=1')).value, { items: [{ username: 'alice' }] })

  t.is((await ask('DELETE', '/v1/users/alice', undefined, '*')).status, 204)
  t.is((await ask('GET', '/v1/users/alice')).status, 404)
  t.is((await ask('DELETE', '/v1/users/root', undefined, '*')).status, 400)
  const rows = lines.map((line) => JSON.parse(line))
  t.deepEqual(rows[0].target, { username: 'alice' })
  t.false(/secret-of/.test(lines.join('')))
})

test('an attempt that ended half way is finished by the next', async (t) => {
  const { ask, access } = await made(t)
  await access.of('broker-a').createUser({ ...alice, userStatus: 'disable' })
  const created = await ask('POST', '/v1/users', alice)
  t.is(created.status, 201)
  const [a, b] = settings()
  t.deepEqual(created.value, { username: 'alice', at: [{ ...a, userStatus: 'disable' }, b] })
  await access.of('broker-b').deleteUser('alice')
  t.is((await ask('PATCH', '/v1/users/alice', { userStatus: 'enable' }, '*')).status, 200)
  t.is(access.of('broker-b').user('alice'), undefined)
})

test('a broker that refuses ends it, and is named', async (t) => {
  const { ask, access } = await made(t)
  const { createUser } = access
  access.createUser = async (place, user) => {
    if ('broker' in place && place.broker === 'broker-b') throw new MqError('broker-unavailable')
    return createUser.call(access, place, user)
  }
  const refused = await ask('POST', '/v1/users', alice)
  t.is(refused.status, 503)
  t.like(refused.value, { broker: 'broker-b', retryable: true })
})

test('policies are added, replaced, looked at, and taken back', async (t) => {
  const { ask, access, lines } = await made(t)
  const entry = { resource: 'Topic:orders', actions: ['Pub'], decision: 'Allow' }
  const put = (...policies: object[]) => ask('POST', '/v1/acls', { username: 'alice', policies })
  t.is((await put(entry)).status, 404)
  await ask('POST', '/v1/users', alice)
  const bound = { resource: 'Group:billing', actions: ['Sub'], decision: 'Allow' }
  const one = await put(entry, { ...bound, sourceIps: ['10.0.0.0/8'] })
  t.is(one.status, 200, JSON.stringify(one.value))
  const custom = { policyType: 'Custom' }
  t.deepEqual(one.value, {
    username: 'alice',
    at: brokers.map((broker) => ({
      broker,
      policies: [
        { ...custom, ...entry },
        { ...custom, ...bound, sourceIps: ['10.0.0.0/8'] },
      ],
    })),
  })
  await put({ ...entry, decision: 'Deny' })
  const { value, etag } = await ask('GET', '/v1/acls/alice')
  t.is(value.at[0].policies.length, 2)
  t.is(value.at[0].policies[0].decision, 'Deny')
  const listed = await ask('GET', '/v1/acls?resource=Group:&q=al')
  t.deepEqual(
    listed.value.items[0].at[0].policies.map((one: typeof bound) => one.resource),
    ['Group:billing'],
  )

  const some = '/v1/acls/alice?resource=Topic:orders'
  t.is((await ask('DELETE', some)).status, 428)
  t.is((await ask('DELETE', `${some}&policyType=Default`, undefined, etag)).status, 404)
  t.is((await ask('DELETE', '/v1/acls/alice?policyType=x', undefined, etag)).status, 400)
  t.is((await ask('DELETE', some, undefined, etag)).status, 204)
  t.is(access.of('broker-b').policies('alice')[0]?.entries.length, 1)
  t.is((await ask('DELETE', '/v1/acls/alice', undefined, '*')).status, 204)
  t.is((await ask('GET', '/v1/acls/alice')).status, 404)
  t.deepEqual((await ask('GET', '/v1/acls')).value, { items: [] })
  const puts = lines.map((line) => JSON.parse(line)).filter((row) => row.operation === 'putAcl')
  t.true(puts.length === 3 && puts.every((row) => row.target.username === 'alice'))
})

test('what no broker takes is refused where it is wrong', async (t) => {
  const { ask } = await made(t)
  const entry = { resource: 'Topic:a', actions: ['Pub'], decision: 'Allow' }
  const acl = (more: object) => ({ username: 'root', policies: [{ ...entry, ...more }] })
  const wrong: readonly [string, object, string][] = [
    ['/v1/users', { username: 'a b', password: 'x' }, '/username'],
    ['/v1/users', { username: 'a' }, '/password'],
    ['/v1/users', { username: 'a', password: '' }, '/password'],
    ['/v1/users', { username: 'a', password: 'x', userType: 'King' }, '/userType'],
    ['/v1/users', { username: 'a', password: 'x', sudo: true }, ''],
    ['/v1/acls', { username: 'root', policies: [] }, '/policies'],
    ['/v1/acls', acl({ resource: 'orders' }), '/policies/0/resource'],
    ['/v1/acls', acl({ actions: ['Everything'] }), '/policies/0/actions/0'],
    ['/v1/acls', acl({ sourceIps: ['x'] }), '/policies/0/sourceIps/0'],
    ['/v1/acls', acl({ decision: 'Maybe' }), '/policies/0/decision'],
  ]
  for (const [path, body, pointer] of wrong) {
    const { status, value } = await ask('POST', path, body)
    t.is(status, 400, JSON.stringify(body))
    t.like(value, { errors: [{ pointer }] }, JSON.stringify(body))
  }
  t.is((await ask('GET', '/v1/users/a%0ab')).status, 400)
  t.is((await ask('PATCH', '/v1/users/root', {}, '*')).status, 400)
})
