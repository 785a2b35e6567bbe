// Users and policies over REST in front of a real Apache broker that is closed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { startRocketway } from '../support/processes.ts'
import { RestCaller } from '../support/rest-tour.ts'

const root = { accessKey: 'root', secretKey: 'secret-of-root' }
const providers = 'org.apache.rocketmq.auth'
const closed = {
  authenticationEnabled: true,
  authenticationProvider: `${providers}.authentication.provider.DefaultAuthenticationProvider`,
  authenticationMetadataProvider: `${providers}.authentication.provider.LocalAuthenticationMetadataProvider`,
  initAuthenticationUser: JSON.stringify({ username: 'root', password: root.secretKey }),
  innerClientAuthenticationCredentials: JSON.stringify(root),
  authorizationEnabled: true,
  authorizationProvider: `${providers}.authorization.provider.DefaultAuthorizationProvider`,
  authorizationMetadataProvider: `${providers}.authorization.provider.LocalAuthorizationMetadataProvider`,
}

test("Apache's users and policies are made, changed and taken away", async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-rest-access-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address, closed)
  const credentials = Object.entries(root).flatMap(([name, value]) => [
    ...['--set', `gateway.brokerCredentials.${name}=${value}`],
  ])
  const args = ['gateway', '--namesrv', namesrv.address, '--ports', '0', ...credentials]
  const { listen } = await startRocketway(t, args)
  const rest = new RestCaller({ url: `http://${listen['http']}` })
  const until = Date.now() + 60_000
  while ((await rest.ask('GET', '/v1/users')).status !== 200 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  t.like(await rest.json('GET', '/v1/users'), {
    items: [{ username: 'root', at: [{ broker: 'broker-a', userType: 'Super' }] }],
  })
  const alice = { username: 'alice', password: 'secret-of-alice' }
  const at = [{ broker: 'broker-a', userType: 'Normal', userStatus: 'enable' }]
  t.deepEqual(await rest.json('POST', '/v1/users', alice, 201), { username: 'alice', at })
  await rest.json('POST', '/v1/users', alice, 409)
  const match = { 'If-Match': '*' }
  const json = { 'content-type': 'application/json', ...match }
  const disable = JSON.stringify({ userStatus: 'disable' })
  const changed = await rest.ask('PATCH', '/v1/users/alice', disable, json)
  t.is(changed.status, 200, changed.text)
  t.like(JSON.parse(changed.text), { at: [{ userStatus: 'disable' }] })

  const policies = [
    { resource: 'Topic:orders', actions: ['Pub', 'Sub'], decision: 'Allow' },
    { resource: 'Group:billing*', actions: ['Sub'], decision: 'Deny', sourceIps: ['10.0.0.0/8'] },
  ]
  await rest.json('POST', '/v1/acls', { username: 'alice', policies })
  const seen = (await rest.json('GET', '/v1/acls/alice')) as { at: { policies: object[] }[] }
  const entries = seen.at[0]?.policies ?? []
  t.is(entries.length, 2)
  for (const policy of policies) {
    t.true(
      entries.some((one) => JSON.stringify(one).includes(`"resource":"${policy.resource}"`)),
      policy.resource,
    )
  }
  const one = await rest.ask('DELETE', '/v1/acls/alice?resource=Topic:orders', undefined, match)
  t.is(one.status, 204, one.text)
  t.like(await rest.json('GET', '/v1/acls?q=alice'), {
    items: [{ at: [{ policies: [{ resource: 'Group:billing*', decision: 'Deny' }] }] }],
  })
  t.is((await rest.ask('DELETE', '/v1/acls/alice', undefined, match)).status, 204)
  await rest.json('GET', '/v1/acls/alice', undefined, 404)
  t.is((await rest.ask('DELETE', '/v1/users/alice', undefined, match)).status, 204)
  await rest.json('GET', '/v1/users/alice', undefined, 404)
  t.is((await rest.ask('DELETE', '/v1/users/alice', undefined, match)).status, 404)
})
