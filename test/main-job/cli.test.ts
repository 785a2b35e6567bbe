// The command line against `rocketway up`, as people and scripts use it.

import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { authority } from '../support/certificates.ts'
import { command, run, startRocketway } from '../support/processes.ts'

async function cluster(t: ExecutionContext) {
  const data = mkdtempSync(join(tmpdir(), 'rocketway-cli-'))
  const { listen } = await startRocketway(t, ['up', '--ports', '0', '--data', data])
  const env = { NAMESRV_ADDR: listen['namesrv'] ?? '' }
  const rocketway = async (...words: string[]) => {
    const ran = await run(process.execPath, [command, ...words], { env })
    return { ...ran, said: `${words.join(' ')}\n${ran.stdout}\n${ran.stderr}` }
  }
  /** Ends with 0; what it printed, read as JSON. */
  const asked = async (...words: string[]) => {
    const ran = await rocketway(...words, '--json')
    t.is(ran.code, 0, ran.said)
    return JSON.parse(ran.stdout)
  }
  return { env, rocketway, asked }
}

test('topics, messages and groups are made, looked at and taken away', async (t) => {
  const { rocketway, asked, env } = await cluster(t)
  await asked('topic', 'create', 'orders', '--queues', '2', '--type', 'NORMAL')
  t.deepEqual(await asked('topic', 'list'), [{ topic: 'orders' }])

  const body = '{"id":7}'
  const [sent] = await asked('message', 'send', 'orders', body, '--tag', 'paid', '--key', '7')
  t.like(sent, { status: 'SEND_OK', offset: 0 })
  const [delivered] = await asked('message', 'query', 'orders', '--key', '7')
  t.like(delivered, { body, id: sent.id, properties: { TAGS: 'paid', KEYS: '7' } })
  for (const id of [sent.id, delivered.offsetMessageId]) {
    t.like(await asked('message', 'get', 'orders', id), { body, offset: 0 })
  }

  const lines = spawn(process.execPath, [command, 'message', 'send', 'orders', '--lines'], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  lines.stdin.end('one\ntwo\nthree\n')
  const code = await new Promise((resolve) => lines.once('exit', resolve))
  t.is(code, 0)
  const read = await rocketway('message', 'read', 'orders', '--json')
  const bodies = read.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).body)
  t.deepEqual(bodies.sort(), [body, 'one', 'three', 'two'].sort())
  const tagged = await rocketway('message', 'read', 'orders', '--tag', 'paid')
  t.regex(tagged.stdout, /^\S+Z {2}\S+\/\d\/0 {2}\[paid\] \{"id":7\}\n$/)

  t.like(await asked('topic', 'describe', 'orders'), {
    name: 'orders',
    readQueues: 2,
    messages: 4,
    attributes: { 'message.type': 'NORMAL' },
  })
  const described = await rocketway('topic', 'describe', 'orders')
  t.regex(described.stdout, /broker +queue id +min offset +max offset +last stored at/)

  await asked('group', 'create', 'billing', '--retries', '3')
  t.like(await asked('group', 'describe', 'billing'), { name: 'billing', retryMaxTimes: 3 })
  t.deepEqual(await asked('group', 'list'), [{ group: 'billing' }])
  const latest = await asked('group', 'reset', 'billing', 'orders', '--to', 'latest')
  t.is(latest.length, 2)
  const earliest = await asked('group', 'reset', 'billing', 'orders', '--to', 'earliest')
  t.deepEqual(
    earliest.map((one: { offset: number }) => one.offset),
    [0, 0],
  )
  const lag = await asked('group', 'lag', 'billing')
  t.is(
    lag.reduce((sum: number, one: { lag: number }) => sum + one.lag, 0),
    4,
  )
  t.deepEqual(await asked('group', 'clients', 'billing'), [])

  for (const [noun, name] of [
    ['group', 'billing'],
    ['topic', 'orders'],
  ] as const) {
    const kept = await rocketway(noun, 'delete', name)
    t.is(kept.code, 2, kept.said)
    await asked(noun, 'delete', name, '--yes')
  }
  t.deepEqual(await asked('topic', 'list'), [])
  t.deepEqual(await asked('group', 'list'), [])
})

test('brokers tell their figures and settings, and how a script is told what is wrong', async (t) => {
  const { rocketway, asked } = await cluster(t)
  const [broker] = await asked('cluster', 'list')
  t.like(broker, { id: 0, role: 'master' })
  const name = broker.broker
  t.is((await asked('broker', 'status', name)).brokerActive, 'true')
  t.is((await asked('broker', 'config', name)).autoCreateTopicEnable, 'true')
  await asked('broker', 'set', name, 'autoCreateTopicEnable=false')
  t.is((await asked('broker', 'config', name)).autoCreateTopicEnable, 'false')

  const ends: readonly [code: number, words: readonly string[]][] = [
    [1, ['broker', 'set', name, 'storePathRootDir=/tmp/x']],
    [2, ['topic', 'create', 'a', '--queues', 'many']],
    [3, ['topic', 'describe', 'none']],
    [3, ['message', 'get', name, 'none']],
    [4, ['topic', 'list', '--namesrv', '127.0.0.1:1']],
  ]
  for (const [code, words] of ends) {
    const ran = await rocketway(...words)
    t.is(ran.code, code, ran.said)
    t.is(ran.stdout, '')
    t.not(ran.stderr, '')
  }
  const help = await rocketway('group', 'reset', '--help')
  t.regex(help.stdout, /Examples:\n {2}\$ rocketway group reset/)
})

test('a cluster that speaks TLS only is reached with --tls, and believed by its authority', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-cli-'))
  const ours = authority()
  const { cert, key } = ours.issue('localhost')
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), text)
    return join(home, name)
  }
  const ca = file('ca.pem', ours.cert)
  const enforced = (program: string) =>
    [
      'tlsServerMode=enforcing',
      `tlsServerCertPath=${file('cert.pem', cert)}`,
      `tlsServerKeyPath=${file('key.pem', key)}`,
    ].flatMap((one) => ['--set', `${program}.${one}`])
  const listens = ['--listen', '127.0.0.1:0']
  const namesrv = await startRocketway(t, [
    ...['namesrv', ...listens, '--data', join(home, 'namesrv')],
    ...enforced('namesrv'),
  ])
  const address = namesrv.listen['namesrv'] ?? ''
  await startRocketway(t, [
    ...['broker', ...listens, '--data', join(home, 'broker'), '--namesrv', address],
    ...enforced('broker'),
    ...['--set', 'broker.tlsEnable=true', '--set', `broker.tlsClientTrustCertPath=${ca}`],
  ])
  const rocketway = (...words: string[]) =>
    run(process.execPath, [command, ...words, '--namesrv', address, '--json'], {})

  const created = await rocketway('topic', 'create', 'orders', '--tls', '--ca', ca)
  t.is(created.code, 0, created.stderr)
  const listed = await rocketway('topic', 'list', '--tls', '--no-verify')
  t.deepEqual(JSON.parse(listed.stdout), [{ topic: 'orders' }])

  t.is((await rocketway('topic', 'list')).code, 4, 'plain text is not served')
  t.is((await rocketway('topic', 'list', '--tls')).code, 4, 'nobody vouches for it')
  t.is((await rocketway('topic', 'list', '--ca', ca)).code, 2, '--ca without --tls')
})
