// The gateway's own API keys over REST.

import test from 'ava'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { KeyStore } from '../../../../gateway/identity/key-store.ts'
import { seeded } from '../../../support/gateway-core.ts'
import { httpGateway, post } from '../../../support/http-gateway.ts'

test('a key is made, opens the door, is shown without its secret, and is revoked', async (t) => {
  const lines: string[] = []
  const auditSink = { append: (line: string) => void lines.push(line) }
  const { url, apiKey, port } = await httpGateway(t, { auth: true, auditSink })
  const admin = { authorization: `Bearer ${apiKey}` }
  const given = { subject: 'billing', roles: [], sourceIps: ['127.0.0.0/8'], signing: true }
  const made = await post(`${url}/v1/api-keys`, given, admin)
  t.is(made.status, 201)
  t.is(made.headers.get('cache-control'), 'no-store')
  const { key, signingSecret, ...shown } = (await made.json()) as Record<string, string>
  t.like(shown, { ...given, admin: false, namespace: '' })
  t.is(made.headers.get('location'), `/v1/api-keys/${shown['id']}`)
  const asBilling = { authorization: `Bearer ${key}` }
  const probe = () => fetch(`${url}/v1/topics`, { headers: asBilling })
  t.is((await probe()).status, 200)

  const listed = await (await fetch(`${url}/v1/api-keys`, { headers: admin })).text()
  t.false(listed.includes(key ?? '-') || listed.includes(signingSecret ?? '-'))
  t.false(listed.includes('sha256'))
  t.like(JSON.parse(listed), { items: { length: 2 } })
  const at = `${url}/v1/api-keys/${shown['id']}`
  const seen = await fetch(at, { headers: admin })
  t.deepEqual(await seen.json(), shown)

  const revoke = (headers: object) =>
    fetch(at, { method: 'DELETE', headers: { ...admin, ...headers } })
  t.is((await revoke({})).status, 428)
  t.is((await revoke({ 'If-Match': '"other"' })).status, 412)
  t.is((await probe()).status, 200)
  t.is((await revoke({ 'If-Match': seen.headers.get('etag') ?? '' })).status, 204)
  t.is((await probe()).status, 401)
  t.is((await fetch(at, { headers: admin })).status, 404)
  t.is((await fetch(`http://127.0.0.1:${port}/v1/api-keys`, { headers: asBilling })).status, 401)

  const rows = lines.map((line) => JSON.parse(line))
  t.like(rows[0], { operation: 'createApiKey', status: 201 })
  t.deepEqual(rows[0].target, { keyId: shown['id'], subject: 'billing' })
  const revoked = rows.filter((row) => row.operation === 'revokeApiKey').at(-1)
  t.like(revoked, { status: 204, target: { keyId: shown['id'] } })
  t.false(lines.join('').includes(key ?? '-'))
})

test('what no gateway takes is refused where it is wrong, and nothing is kept', async (t) => {
  const { url, apiKey } = await httpGateway(t, { auth: true })
  const admin = { authorization: `Bearer ${apiKey}` }
  const wrong: readonly [object | string, string][] = [
    [{}, '/subject'],
    [{ subject: 'a b' }, '/subject'],
    [{ subject: 'a', admin: 'yes' }, '/admin'],
    [{ subject: 'a', expiresAt: 'soon' }, '/expiresAt'],
    [{ subject: 'a', sourceIps: ['10.0.0.0/99'] }, '/sourceIps/0'],
    [{ subject: 'a', sha256: '0'.repeat(64) }, ''],
    [{ subject: 'a', id: 'mine' }, ''],
    [['a'], ''],
  ]
  for (const [body, pointer] of wrong) {
    const answer = await post(`${url}/v1/api-keys`, body, admin)
    t.is(answer.status, 400, JSON.stringify(body))
    t.like(await answer.json(), { errors: [{ pointer }] })
  }
  const { items } = (await (await fetch(`${url}/v1/api-keys`, { headers: admin })).json()) as {
    items: object[]
  }
  t.is(items.length, 1)
})

test('keys are listed by pages', async (t) => {
  const { url, apiKey } = await httpGateway(t, { auth: true })
  const admin = { authorization: `Bearer ${apiKey}` }
  for (const subject of ['a', 'b', 'c']) await post(`${url}/v1/api-keys`, { subject }, admin)
  const ids: string[] = []
  let next: string | undefined = '/v1/api-keys?pageSize=3'
  while (next !== undefined) {
    const page = await fetch(`${url}${next}`, { headers: admin })
    const { items } = (await page.json()) as { items: { id: string }[] }
    ids.push(...items.map(({ id }) => id))
    next = /^<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1]
  }
  t.is(ids.length, 4)
  t.deepEqual(ids, [...new Set(ids)].toSorted())
})

test('without authentication there are no keys, and none can be made', async (t) => {
  const { url } = await httpGateway(t)
  t.deepEqual(await (await fetch(`${url}/v1/api-keys`)).json(), { items: [] })
  const made = await post(`${url}/v1/api-keys`, { subject: 'a' })
  t.is(made.status, 409)
  t.like(await made.json(), { type: '/problems/illegal-operation' })
})

function kept(text: string, write?: () => never) {
  const used: ApiKeys[] = []
  const file = {
    text,
    read: () => file.text,
    replace(next: string) {
      write?.()
      file.text = next
    },
  }
  const store = new KeyStore({ file, random: seeded(1), use: (keys) => used.push(keys) })
  return { store, file, used }
}

test('what others did to the file meanwhile stays, and what they did not finish is no key', (t) => {
  const { file: text } = ApiKeys.generate(seeded(2))
  const { store, file, used } = kept(text)
  const first = store.add({ subject: 'a' })
  // As the command line does.
  file.text = file.text.replace(first.id, 'fromcli1')
  store.add({ subject: 'b' })
  t.deepEqual(
    store
      .list()
      .map(({ subject }) => subject)
      .toSorted(),
    ['a', 'admin', 'b'],
  )
  t.truthy(store.find('fromcli1'))
  t.is(used.length, 2)
  t.throws(() => store.remove('absent'), { message: 'there is no such key' })
  file.text = file.text.slice(0, 40)
  t.like(
    t.throws(() => store.list()),
    { failure: 'internal' },
  )
  t.is(used.length, 2)
})

test('a file that cannot be written changes nothing', (t) => {
  const { file: text } = ApiKeys.generate(seeded(2))
  const { store, used } = kept(text, () => {
    throw new Error('EROFS')
  })
  t.like(
    t.throws(() => store.add({ subject: 'a' })),
    { failure: 'illegal-operation' },
  )
  t.is(used.length, 0)
  t.is(store.list().length, 1)
})
