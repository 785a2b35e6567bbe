// Users and policies by the command line, against a broker and a namesrv that are closed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { runBlocks } from '../support/documented.ts'
import { command, run, startRocketway } from '../support/processes.ts'

const root = { accessKey: 'root', secretKey: 'secret-of-root' }

async function closedCluster(t: ExecutionContext, programs: readonly string[]) {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-acl-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const settings = {
    authenticationEnabled: true,
    authorizationEnabled: true,
    initAuthenticationUser: JSON.stringify({ username: 'root', password: root.secretKey }),
    innerClientAuthenticationCredentials: JSON.stringify(root),
  }
  const set = programs.flatMap((program) =>
    Object.entries(settings).flatMap(([key, value]) => ['--set', `${program}.${key}=${value}`]),
  )
  const args = ['up', '--ports', '0', '--data', join(home, 'data'), ...set]
  const { listen } = await startRocketway(t, args)
  const file = (name: string, text: string) => {
    writeFileSync(join(home, name), text)
    return join(home, name)
  }
  return { namesrv: listen['namesrv'] ?? '', file }
}

test('the commands of docs/access.md print what they say', async (t) => {
  const { namesrv } = await closedCluster(t, ['broker'])
  const program = `"${process.execPath}" "${command}"`
  const count = await runBlocks(t, 'docs/access.md', (block) =>
    block.replaceAll('npx rocketway', program).replaceAll('127.0.0.1:9876', namesrv),
  )
  t.is(count, 2)
})

test('secrets are never printed, and nothing is done that was not meant', async (t) => {
  const { namesrv, file } = await closedCluster(t, ['namesrv', 'broker'])
  const env = { NAMESRV_ADDR: namesrv }
  const credentials = ['--credentials', file('root.json', JSON.stringify(root))]
  const secret = file('alice.secret', 'secret-of-alice\n')
  const rocketway = async (...words: string[]) => {
    const ran = await run(process.execPath, [command, 'acl', ...words], { env })
    const said = `${words.join(' ')}\n${ran.stdout}\n${ran.stderr}`
    t.false(/secret-of-/.test(said), said)
    return { ...ran, said }
  }
  const asked = async (...words: string[]) => {
    const ran = await rocketway(...words, ...credentials, '--json')
    t.is(ran.code, 0, ran.said)
    return JSON.parse(ran.stdout)
  }

  const anonymous = await rocketway('user', 'list')
  t.is(anonymous.code, 1, anonymous.said)
  for (const where of [[], ['--nameservers']]) {
    await asked('user', 'create', 'alice', '--password-file', secret, ...where)
    t.like(await asked('user', 'get', 'alice', ...where), [
      { username: 'alice', userType: 'Normal', userStatus: 'enable' },
    ])
  }
  t.deepEqual(
    (await asked('user', 'list', '--nameservers')).map((one: object) => Object.keys(one)),
    [0, 1].map(() => ['at', 'username', 'userType', 'userStatus']),
  )
  const entry = ['--resource', 'Topic:orders', '--actions', 'Pub,Sub', '--from', '10.0.0.0/8']
  await asked('policy', 'create', 'alice', ...entry)
  const policy = {
    username: 'alice',
    policyType: 'Custom',
    resource: 'Topic:orders',
    actions: ['Pub', 'Sub'],
    sourceIps: ['10.0.0.0/8'],
    decision: 'Allow',
  }
  t.like(await asked('policy', 'list', '--resource', 'orders'), [policy])

  const refused: readonly [code: number, words: readonly string[]][] = [
    [1, ['user', 'create', 'alice', '--password-file', secret]],
    [2, ['user', 'create', 'bob', '--password-file', file('blank', '\n')]],
    [2, ['user', 'update', 'alice']],
    [2, ['user', 'delete', 'alice']],
    [2, ['policy', 'create', 'alice', '--resource', 'Topic:a', '--actions', 'Everything']],
    [2, ['policy', 'delete', 'alice']],
    [3, ['user', 'get', 'bob']],
    [3, ['policy', 'get', 'bob']],
  ]
  for (const [code, words] of refused) {
    const ran = await rocketway(...words, ...credentials)
    t.is(ran.code, code, ran.said)
    t.not(ran.stderr, '')
  }
  await asked('policy', 'delete', 'alice', '--resource', 'Topic:orders', '--yes')
  t.deepEqual(await asked('policy', 'list'), [])
})
