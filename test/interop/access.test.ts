// Users and policies by Apache's own tool, against our broker and Apache's, and official clients
// with an access key: Java in plaintext and by TLS, and Go.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { authority } from '../support/certificates.ts'
import type { RowName } from '../support/client-rows.ts'
import { buildGoClient, runGoClient } from '../support/go-client.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { type Mqadmin, startMqadmin } from '../support/mqadmin.ts'
import { both, startRocketway } from '../support/processes.ts'

const root = { accessKey: 'root', secretKey: 'secret-of-root' }
const settings = {
  authenticationEnabled: true,
  authorizationEnabled: true,
  initAuthenticationUser: JSON.stringify({ username: root.accessKey, password: root.secretKey }),
  innerClientAuthenticationCredentials: JSON.stringify(root),
}
/** What Apache's broker needs beside them. */
const providers = {
  authenticationProvider:
    'org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider',
  authenticationMetadataProvider:
    'org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider',
  authorizationProvider:
    'org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider',
  authorizationMetadataProvider:
    'org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider',
}

/** A home for mqadmin whose credentials are those of root. */
function homeOf(name: string): string {
  const home = mkdtempSync(join(tmpdir(), `rocketway-access-${name}-`))
  mkdirSync(join(home, 'conf'))
  writeFileSync(
    join(home, 'conf/tools.yml'),
    `accessKey: ${root.accessKey}\nsecretKey: ${root.secretKey}\n`,
  )
  return home
}

const slow = { readyMs: 90_000 }

async function startOurs(t: ExecutionContext, home: string, more: readonly string[] = []) {
  const listen = ['--listen', '127.0.0.1:0']
  const set = (program: string, given: object) =>
    Object.entries(given).flatMap(([key, value]) => ['--set', `${program}.${key}=${value}`])
  const namesrv = await startRocketway(
    t,
    [
      ...['namesrv', '--data', join(home, 'n'), ...listen],
      ...set('namesrv', { ...settings, authorizationEnabled: false }),
      ...more.flatMap((pair) => ['--set', `namesrv.${pair}`]),
    ],
    slow,
  )
  const address = namesrv.listen['namesrv'] ?? ''
  const broker = await startRocketway(
    t,
    [
      ...['broker', '--data', join(home, 'b'), '-n', address, ...listen],
      ...set('broker', settings),
      ...more.flatMap((pair) => ['--set', `broker.${pair}`]),
    ],
    slow,
  )
  return { namesrv: address, broker: broker.listen['broker'] ?? '' }
}

async function startTheirs(t: ExecutionContext, home: string) {
  const namesrv = await startApacheNamesrv(t, join(home, 'n'))
  const given = { ...settings, ...providers }
  const broker = await startApacheBroker(t, join(home, 'b'), namesrv.address, given)
  return { namesrv: namesrv.address, broker: broker.address }
}

const commands = [
  'listUser -b $broker',
  'createUser -b $broker -u alice -p secret-of-alice',
  'createUser -b $broker -u second -p secret-of-second -t Super',
  'getUser -b $broker -u alice',
  'getUser -b $broker -u none',
  'updateUser -b $broker -u alice -p another-secret',
  'updateUser -b $broker -u alice -s disable',
  'getUser -b $broker -u alice',
  'updateUser -b $broker -u alice -s enable',
  'listUser -b $broker -f ali',
  'copyUser -f $broker -t $broker -u alice',
  'createAcl -b $broker -s User:alice -r Topic:T1,Group:G* -a Pub,Sub -i 10.0.0.0/8 -d Allow',
  'getAcl -b $broker -s User:alice',
  'updateAcl -b $broker -s User:alice -r Topic:T1 -a Pub -d Deny',
  'createAcl -b $broker -s User:second -r * -a All -d Allow',
  'listAcl -b $broker',
  'listAcl -b $broker -s alice',
  'listAcl -b $broker -r Group',
  'copyAcl -f $broker -t $broker -s User:alice',
  'deleteAcl -b $broker -s User:alice -r Topic:T1',
  'getAcl -b $broker -s User:alice',
  'deleteAcl -b $broker -s User:alice',
  'getAcl -b $broker -s User:alice',
  'deleteUser -b $broker -u second',
  'deleteUser -b $broker -u alice',
  'listUser -b $broker',
]

/** What fails in both, in whatever words. */
const refused = [
  'createUser -b $broker -u root -p again-and-again',
  'updateUser -b $broker -u none -p secret-of-none',
  'createAcl -b $broker -s User:none -r Topic:T1 -a Pub -d Allow',
]

test.serial('mqadmin manages users and policies of ours as those of Apache', async (t) => {
  const run = async (start: typeof startTheirs, name: string) => {
    const home = homeOf(name)
    const cluster = await start(t, home)
    const mqadmin = await startMqadmin(t, home, cluster.namesrv)
    await untilServed(mqadmin, cluster.broker)
    const printed: string[] = []
    for (const command of [...commands, ...refused]) {
      const words = command.split(' ').map((word) => (word === '$broker' ? cluster.broker : word))
      const text = (await mqadmin(...words)).replaceAll(cluster.broker, '$broker')
      // Apache's broker may time out over an unknown user; ours says why.
      const failed = name === 'ours' ? /CODE: \d+/ : /command failed/
      if (refused.includes(command)) t.regex(text, failed, command)
      else printed.push(`${command}\n${comparable(text)}`)
    }
    return printed
  }
  const [theirs, ours] = await both(run(startTheirs, 'theirs'), run(startOurs, 'ours'))
  t.deepEqual(ours, theirs)
})

async function untilServed(mqadmin: Mqadmin, broker: string): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if ((await mqadmin('listUser', '-b', broker)).includes('root')) return
    await sleep(500)
  }
  throw new Error('the broker does not know its first user')
}

/** Rows in any order, without the noise of a log. */
const comparable = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/\|-(INFO|WARN|ERROR) in|^RocketMQLog/.test(line))
    .map((line) => line.trim().replaceAll(/ +/g, ' '))
    .filter((line) => line !== '')
    .toSorted()
    .join('\n')

const bodies = (events: readonly Event[], name: Event['event']) =>
  events
    .filter(({ event }) => event === name)
    .map(({ body }) => body)
    .toSorted()

const ten = Array.from({ length: 10 }, (_, i) => `access-${i}`)

/** Arguments: user, secret, topic to send to, how many, group and topic to consume, how many. */
type AccessClient = (user: string, secret: string, ...more: string[]) => Promise<Event[]>

async function keysAreJudged(t: ExecutionContext, client: AccessClient): Promise<void> {
  const { accessKey, secretKey } = root
  // The administrator's send creates the topic.
  const first = await client(accessKey, secretKey, 'orders', '10', 'billing', 'orders', '10')
  t.deepEqual(bodies(first, 'sent'), ten)
  t.deepEqual([...new Set(bodies(first, 'received'))], ten)
  const wrong = await client(accessKey, 'another', 'orders', '1', 'x', 'x', '0')
  t.deepEqual(bodies(wrong, 'failed'), ['access-0'])
  t.deepEqual(bodies(wrong, 'sent'), [])
}

async function policiesAreJudged(
  t: ExecutionContext,
  client: AccessClient,
  cluster: { readonly namesrv: string; readonly broker: string },
  home: string,
): Promise<void> {
  const mqadmin = await startMqadmin(t, home, cluster.namesrv)
  for (const at of [cluster.namesrv, cluster.broker]) {
    await mqadmin('createUser', '-b', at, '-u', 'alice', '-p', 'secret-of-alice')
  }
  const alice = ['alice', 'secret-of-alice'] as const
  const refusal = async (topic: string) => {
    const tried = await client(...alice, topic, '1', 'x', 'x', '0')
    return tried.find(({ event }) => event === 'failed')?.detail ?? ''
  }
  t.regex(await refusal('orders'), /CODE: 16/)
  const grant = (resource: string, action: string) =>
    mqadmin(
      ...['createAcl', '-b', cluster.broker, '-s', 'User:alice'],
      ...['-r', resource, '-a', action, '-d', 'Allow'],
    )
  await grant('Topic:orders', 'Pub,Sub')
  await grant('Group:shipping', 'Sub')
  const granted = await client(...alice, 'orders', '10', 'shipping', 'orders', '10')
  t.deepEqual(bodies(granted, 'sent'), ten)
  t.deepEqual([...new Set(bodies(granted, 'received'))], ten)
  t.regex(await refusal('bills'), /CODE: 16|No route info/)
}

for (const [version, tls] of [
  ['5.5.0', false],
  ['5.5.0', true],
  ['4.9.8', false],
] as const) {
  test.serial(`Java ${version} with a key${tls ? ', by TLS' : ''}`, async (t) => {
    const home = homeOf(`java-${version}`)
    const { cert, key } = authority().issue('localhost')
    writeFileSync(join(home, 'cert.pem'), cert)
    writeFileSync(join(home, 'key.pem'), key)
    const secure = [
      `tlsServerCertPath=${home}/cert.pem`,
      `tlsServerKeyPath=${home}/key.pem`,
      'tlsServerMode=enforcing',
      // The broker calls the namesrv, whose certificate nobody else has signed.
      'tlsEnable=true',
      `tlsClientTrustCertPath=${home}/cert.pem`,
      'tlsClientAuthServer=false',
    ]
    const cluster = await startOurs(t, home, tls ? secure : [])
    const classPath = await buildJavaClient(version, 'java-access')
    const client: AccessClient = (user, secret, ...more) =>
      runJavaClient(
        classPath,
        [cluster.namesrv, user, secret, ...more],
        home,
        'rocketway.Access',
        tls ? ['-Dtls.enable=true'] : [],
      )
    await keysAreJudged(t, client)
    if (!tls) await policiesAreJudged(t, client, cluster, home)
    t.log(
      `java ${version} | ${(tls ? 'TLS' : 'signed requests, policies') satisfies RowName} | yes`,
    )
  })
}

test.serial('the Go client with a key', async (t) => {
  const home = homeOf('go')
  const cluster = await startOurs(t, home)
  const executable = await buildGoClient()
  const client: AccessClient = (user, secret, ...more) =>
    runGoClient(executable, ['access', cluster.namesrv, user, secret, ...more], home)
  await keysAreJudged(t, client)
  await policiesAreJudged(t, client, cluster, home)
  t.log(`go 2.1.2 | ${'signed requests, policies' satisfies RowName} | yes`)
})
