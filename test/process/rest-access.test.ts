// Keys, users and policies over REST, against a broker that is closed; and what they open.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { command, run, startRocketway } from '../support/processes.ts'
import { RestCaller } from '../support/rest-tour.ts'

const root = { accessKey: 'root', secretKey: 'secret-of-root' }

test('an administrator makes a key, and a user that the command line then is', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-access-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const keysFile = join(home, 'keys.json')
  const key = ['key', 'create', '-f', keysFile, '--subject', 'ops', '--admin', '--json']
  const ops = JSON.parse((await run(process.execPath, [command, ...key])).stdout) as { key: string }
  const settings = {
    'broker.authenticationEnabled': true,
    'broker.authorizationEnabled': true,
    'broker.initAuthenticationUser': JSON.stringify({ username: 'root', password: root.secretKey }),
    'broker.innerClientAuthenticationCredentials': JSON.stringify(root),
    'gateway.brokerCredentials.accessKey': root.accessKey,
    'gateway.brokerCredentials.secretKey': root.secretKey,
    'gateway.auth.mode': 'required',
    'gateway.auth.keysFile': keysFile,
  }
  const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const args = ['up', '--ports', '0', '--data', join(home, 'data'), ...set]
  const { listen } = await startRocketway(t, args)
  const url = `http://${listen['http']}`
  const caller = (token: string) =>
    new RestCaller({ url, headers: { authorization: `Bearer ${token}` } })
  const admin = caller(ops.key)

  const made = await admin.json('POST', '/v1/api-keys', { subject: 'shop', roles: ['shop'] }, 201)
  t.is(statSync(keysFile).mode & 0o777, 0o600)
  t.false(readFileSync(keysFile, 'utf8').includes(String(made['key'])))
  const shop = caller(String(made['key']))
  t.is((await shop.ask('GET', '/v1/topics')).status, 200)
  t.is((await shop.ask('GET', '/v1/api-keys')).status, 403)
  t.is((await shop.ask('GET', '/v1/users')).status, 403)

  const alice = { username: 'alice', password: 'secret-of-alice' }
  await admin.json('POST', '/v1/users', alice, 201)
  t.is((await admin.ask('POST', '/v1/users', JSON.stringify(alice), json)).status, 409)
  await admin.json('POST', '/v1/topics', { name: 'orders' }, 201)
  const credentials = join(home, 'alice.json')
  writeFileSync(credentials, JSON.stringify({ accessKey: 'alice', secretKey: alice.password }))
  const send = () =>
    run(
      process.execPath,
      [command, 'message', 'send', 'orders', 'a', '--credentials', credentials],
      { env: { NAMESRV_ADDR: listen['namesrv'] ?? '' } },
    )
  t.not((await send()).code, 0)
  const policies = [{ resource: 'Topic:orders', actions: ['Pub', 'Get'], decision: 'Allow' }]
  const put = await admin.json('POST', '/v1/acls', { username: 'alice', policies })
  t.like(put, { username: 'alice', at: [{ policies: [{ resource: 'Topic:orders' }] }] })
  const sent = await send()
  t.is(sent.code, 0, sent.stderr)
  const match = { 'If-Match': '*' }
  t.is((await admin.ask('DELETE', '/v1/users/alice', undefined, match)).status, 204)
  t.not((await send()).code, 0)
  t.is((await admin.ask('DELETE', '/v1/users/root', undefined, match)).status, 400)

  const at = `/v1/api-keys/${made['id']}`
  t.is((await admin.ask('DELETE', at, undefined, match)).status, 204)
  t.is((await shop.ask('GET', '/v1/topics')).status, 401)
  const { items } = (await admin.json('GET', '/v1/audit')) as { items: { operation: string }[] }
  t.deepEqual(
    items.filter(({ operation }) => !/^(get|list)/.test(operation)).map((row) => row.operation),
    [
      'revokeApiKey',
      'deleteUser',
      'deleteUser',
      'putAcl',
      'createTopic',
      'createUser',
      'createUser',
      'createApiKey',
    ],
  )
})

const json = { 'content-type': 'application/json' }
