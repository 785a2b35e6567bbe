// The official gRPC clients of five languages through the gateway, in front of our broker and of
// Apache's: every row of the matrix that a client's API has. Java and Go come with TLS, as they do
// unless told otherwise, the others in plain text, to one port. What passed is compared with
// docs/compatibility.md.
//
//   RECORD=1    writes the matrix there instead
//   CLIENTS=…   only some of them: java,go
//   BROKER=…    in front of one of them: rocketway or apache

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../src/host/system-clock.ts'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { makeCertificate } from '../support/certificate.ts'
import { officialClients, rowsOf } from '../support/grpc-clients.ts'
import { createGroup, createTopic, type MqTools, toolsFor } from '../support/mq-tools.ts'
import { type Running, startRocketway } from '../support/processes.ts'

const chosen = process.env['CLIENTS']?.split(',')
const clients = officialClients.filter(({ name }) => chosen?.includes(name) ?? true)

type Owner = 'rocketway' | 'apache'
const owners = (['rocketway', 'apache'] as const).filter(
  (owner) => (process.env['BROKER'] ?? owner) === owner,
)

const types = {
  ...{ normal: 'NORMAL', fifo: 'FIFO', delay: 'DELAY', tx: 'TRANSACTION' },
  ...{ slow: 'NORMAL', access: 'NORMAL', commands: 'NORMAL' },
}
const transactions = { transactionTimeOut: 3000, transactionCheckInterval: 5000 }

/** Which rows of which clients are known to fail, and why. */
const knownFailures: Readonly<Record<string, string>> = {
  'stack-trace python': 'it passes over commands',
  'verify python': 'it passes over commands',
  'verify go': 'it answers NOT_IMPLEMENTED',
  'verify node': 'it answers NOT_IMPLEMENTED',
}

/** Answers the address of the name server. */
const startCluster: Record<Owner, (t: ExecutionContext, home: string) => Promise<string>> = {
  async apache(t, home) {
    const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
    const more = { enablePropertyFilter: true, recallMessageEnable: true }
    await startApacheBroker(t, join(home, 'broker'), namesrv.address, { ...transactions, ...more })
    return namesrv.address
  },
  async rocketway(t, home) {
    const local = ['--listen', '127.0.0.1:0', '--data']
    const { listen } = await startRocketway(t, ['namesrv', ...local, join(home, 'namesrv')])
    const namesrv = listen['namesrv'] ?? ''
    await startRocketway(t, [
      ...['broker', ...local, join(home, 'broker'), '--namesrv', namesrv],
      ...Object.entries(transactions).flatMap(([key, to]) => ['--set', `broker.${key}=${to}`]),
    ])
    return namesrv
  },
}

/** Who may call the second gateway. */
const account = { id: 'client', signingSecret: 'the secret of the matrix' }

type Gateways = { readonly open: Running; readonly closed: Running }

/** One that takes everybody, and one that wants to know who calls. */
async function startGateways(
  t: ExecutionContext,
  home: string,
  namesrv: string,
): Promise<Gateways> {
  await makeCertificate(home, 'gateway')
  const keys = [{ ...account, sha256: '0'.repeat(64), subject: 'client' }]
  writeFileSync(join(home, 'keys.json'), JSON.stringify({ keys }))
  const settings = (more: Record<string, string>) =>
    Object.entries({
      'grpc.tls.certFile': join(home, 'cert.pem'),
      'grpc.tls.keyFile': join(home, 'key.pem'),
      ...more,
    }).flatMap(([key, value]) => ['--set', `gateway.${key}=${value}`])
  const start = (more = {}) =>
    startRocketway(t, ['gateway', '--namesrv', namesrv, '--ports', '0', ...settings(more)])
  return {
    open: await start(),
    closed: await start({ 'auth.mode': 'required', 'auth.keysFile': join(home, 'keys.json') }),
  }
}

/** Topics by type and the groups that are not as any other, for each language. */
async function prepare(tools: MqTools): Promise<void> {
  for (const { name } of clients) {
    for (const [topic, type] of Object.entries(types)) {
      await createTopic(tools, `${name}-${topic}`, type)
    }
    // Ordered consumers of Node try again by an exponential policy only.
    const dead = name === 'node' ? exponential : customized
    await createGroup(tools, `${name}-fifo`, { consumeMessageOrderly: true })
    await createGroup(tools, `${name}-dead`, { ...dead, consumeMessageOrderly: true })
    await createGroup(tools, `${name}-retry`, customized)
  }
}

const customized = {
  retryMaxTimes: 1,
  groupRetryPolicy: { type: 'CUSTOMIZED', customizedRetryPolicy: { next: [1000] } },
} as const
const exponential = {
  retryMaxTimes: 1,
  groupRetryPolicy: {
    type: 'EXPONENTIAL',
    exponentialRetryPolicy: { initial: 1000, max: 1000, multiplier: 1 },
  },
} as const

/** How many dead letters a group has; waits for the first, which the next receive puts there. */
async function deadLetters({ client }: MqTools, group: string, gateway: Running): Promise<number> {
  const topic = `%DLQ%${group}`
  const path = `groups/${group}/topics/${group.split('-')[0]}-normal/messages:receive`
  for (let tries = 0; tries < 40; tries++) {
    if (group.endsWith('-retry')) {
      await fetch(`http://${gateway.listen['http']}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ max: 16, wait: '1s', invisible: '10s' }),
      })
    }
    const queues = (await client.route(topic).catch(() => undefined))?.queues ?? []
    const counts = queues.map(({ broker }) => client.maxOffset({ topic, broker, queueId: 0 }))
    const sum = (await Promise.all(counts)).reduce((a, b) => a + b, 0)
    if (sum > 0) return sum
    await systemClock.sleep(500)
  }
  return 0
}

type Matrix = Map<string, Map<string, boolean>>

const builds = new Map<string, Promise<readonly [string, ...string[]]>>()
function built(official: (typeof clients)[number]): Promise<readonly [string, ...string[]]> {
  const build = builds.get(official.name) ?? official.build()
  builds.set(official.name, build)
  return build
}

for (const owner of owners) {
  test.serial(
    `official clients go through all rows in front of the broker of ${owner}`,
    async (t) => {
      t.timeout(20 * 60_000)
      for (const official of clients) await built(official)
      const home = mkdtempSync(join(tmpdir(), 'rocketway-matrix-'))
      t.teardown(() => rmSync(home, { recursive: true, force: true }))
      const namesrv = await startCluster[owner](t, home)
      const gateways = await startGateways(t, home, namesrv)
      const tools = toolsFor(t, namesrv)
      await prepare(tools)

      const matrix: Matrix = new Map()
      const wrong: string[] = []
      // At once: they wait more than they work.
      const judged = clients.map(async (official) => {
        const { name } = official
        const start = await built(official)
        const rows = await asked(start, { name, gateways, tools, home: join(home, name) })
        if (rows.length <= 11) wrong.push(`${name} printed ${rows.length} rows`)
        for (const { row, ok, detail } of rows) {
          matrix.set(row, (matrix.get(row) ?? new Map<string, boolean>()).set(name, ok))
          if (ok === (knownFailures[`${row} ${name}`] !== undefined)) {
            wrong.push(`${name} ${row}: ${ok ? 'is known to fail' : detail}`)
          }
        }
        if (!rows.some(({ row }) => row === 'push-fifo-dead')) return
        for (const group of [`${name}-dead`, `${name}-retry`]) {
          if ((await deadLetters(tools, group, gateways.open)) === 0)
            wrong.push(`no dead letters of ${group}`)
        }
      })
      await Promise.all(judged)
      const table = printed(matrix)
      t.log(`\n${table}`)
      t.deepEqual(wrong, [])
      t.deepEqual(await terminations(gateways.open), ['20000'], 'what NotifyClientTermination said')
      if (chosen === undefined) recordOrCompare(t, owner, table)
    },
  )
}

type Rows = Awaited<ReturnType<typeof rowsOf>>
type Place = { name: string; gateways: Gateways; tools: MqTools; home: string }

/** All rows of one client; its last topic is made while it asks for it. */
async function asked(
  start: readonly [string, ...string[]],
  { name, gateways, tools, home }: Place,
): Promise<Rows> {
  const { open, closed } = gateways
  let answers: Promise<Rows> = Promise.resolve([])
  const onLine = (line: string): void => {
    if (line.includes('"no-topic"')) void createTopic(tools, `${name}-late`, 'NORMAL')
    if (line === 'commands') answers = commanded(name, tools)
  }
  const rows = await rowsOf(start, { args: [open.listen['grpc'] ?? '', 'rows'], home, onLine })
  const { id, signingSecret } = account
  const args = [closed.listen['grpc'] ?? '', 'access', id, signingSecret]
  const access = await rowsOf(start, { args, home, timeoutMs: 120_000 })
  return [...rows, ...access, ...(await answers)]
}

/** What tools ask of a consumer through the broker, as mqadmin does. */
async function commanded(name: string, { client }: MqTools): Promise<Rows> {
  const [group, topic] = [`${name}-commands`, `${name}-commands`]
  let clientId: string | undefined
  for (let tries = 0; tries < 100 && clientId === undefined; tries++) {
    clientId = (await client.inspection.clients(group))[0]?.clientId
    if (clientId === undefined) await systemClock.sleep(200)
  }
  const asked = async (row: string, ask: () => Promise<boolean>) => {
    const detail = await ask().then((ok) => (ok ? '' : 'another answer'), String)
    return { row, ok: detail === '', detail }
  }
  const say = (body: string) =>
    client.send({ topic, body: Buffer.from(body), properties: new Map() })
  const trace = await asked('stack-trace', async () => {
    const info = await client.inspection.runningInfo(group, clientId ?? '', true)
    return (info.stacks?.length ?? 0) > 0
  })
  const verify = await asked('verify', async () => {
    const { broker, offsetMessageId } = await say('on trial')
    const where = { group, topic, broker, offsetMessageId, clientId: clientId ?? '' }
    return (await client.inspection.consumeDirectly(where)) === 'CR_SUCCESS'
  })
  await say('done')
  return [trace, verify]
}

/** The codes that clients were answered when they said goodbye. */
async function terminations({ listen }: Running): Promise<string[]> {
  const text = await (await fetch(`http://${listen['management']}/metrics`)).text()
  const line = /rocketway_grpc_answers_total\{[^}]*rpc="NotifyClientTermination"[^}]*\}/g
  return (text.match(line) ?? []).map((found) => /code="(\d+)"/.exec(found)?.[1] ?? '')
}

function printed(matrix: Matrix): string {
  const names = clients.map(({ name, version }) => `${name} ${version}`)
  const cell = (ok: boolean | undefined) => (ok === undefined ? '–' : ok ? 'yes' : 'no')
  const order = ['normal', 'async', 'batch', 'fifo', 'delay', 'recall']
  const place = (row: string) => order.indexOf(row) + 1 || order.length + 1
  const sorted = [...matrix].toSorted(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
  const lines = sorted.map(([row, cells]) => [
    row,
    ...clients.map(({ name }) => cell(cells.get(name))),
  ])
  const all = [['row', ...names], ...lines]
  const widths = all[0]?.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0))) ?? []
  const row = (cells: readonly string[], fill = ' ') =>
    `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`
  const [head = [], ...rest] = all
  return [
    row(head),
    row(
      head.map(() => ''),
      '-',
    ),
    ...rest.map((line) => row(line)),
  ].join('\n')
}

const page = join(process.cwd(), 'docs/compatibility.md')

function recordOrCompare(t: ExecutionContext, owner: Owner, table: string): void {
  const text = readFileSync(page, 'utf8')
  const begin = `<!-- matrix of gRPC clients, ${owner} -->`
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf('<!-- end of the matrix -->', from)
  if (process.env['RECORD'] === '1') {
    writeFileSync(page, `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`)
  } else {
    t.is(table, text.slice(from, to).trim(), 'the matrix differs from docs/compatibility.md')
  }
}
