// The official gRPC clients of five languages through the gateway: every row of the matrix that
// a client's API has. Java and Go come with TLS, as they do unless told otherwise, the others in
// plain text, to one port. What passed is compared with docs/compatibility.md.
//
//   RECORD=1    writes the matrix there instead
//   CLIENTS=…   only some of them: java,go
//   APACHE=1    in front of Apache's broker and name server

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { Client } from '../../src/client/client.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { tcp } from '../../src/host/tcp.ts'
import { subscriptionGroup } from '../../src/protocol/bodies/subscription-group.ts'
import { updateAndCreateSubscriptionGroup } from '../../src/protocol/requests/groups.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { makeCertificate } from '../support/certificate.ts'
import { officialClients, rowsOf } from '../support/grpc-clients.ts'
import { startRocketway } from '../support/processes.ts'

const isApache = process.env['APACHE'] === '1'
const chosen = process.env['CLIENTS']?.split(',')
const clients = officialClients.filter(({ name }) => chosen?.includes(name) ?? true)

const types = { normal: 'NORMAL', fifo: 'FIFO', delay: 'DELAY', tx: 'TRANSACTION' }
const transactions = { transactionTimeOut: 3000, transactionCheckInterval: 5000 }

/** Which rows of which clients are known to fail, and why. */
const knownFailures: Readonly<Record<string, string>> = {}

async function startCluster(t: ExecutionContext, home: string): Promise<string> {
  if (isApache) {
    const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
    const more = { enablePropertyFilter: true, recallMessageEnable: true }
    await startApacheBroker(t, join(home, 'broker'), namesrv.address, { ...transactions, ...more })
    return namesrv.address
  }
  const local = ['--listen', '127.0.0.1:0', '--data']
  const { listen } = await startRocketway(t, ['namesrv', ...local, join(home, 'namesrv')])
  const namesrv = listen['namesrv'] ?? ''
  await startRocketway(t, [
    ...['broker', ...local, join(home, 'broker'), '--namesrv', namesrv],
    ...Object.entries(transactions).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`]),
  ])
  return namesrv
}

async function startGateway(t: ExecutionContext, home: string, namesrv: string): Promise<string> {
  await makeCertificate(home, 'gateway')
  const { listen } = await startRocketway(t, [
    ...['gateway', '--namesrv', namesrv, '--ports', '0'],
    ...['--set', `gateway.grpc.tls.certFile=${join(home, 'cert.pem')}`],
    ...['--set', `gateway.grpc.tls.keyFile=${join(home, 'key.pem')}`],
  ])
  return listen['grpc'] ?? ''
}

function clientOf(t: ExecutionContext, namesrv: string): Client {
  const ports = { network: tcp, clock: systemClock, random: systemRandom }
  const client = new Client({ nameServers: [namesrv], ...ports })
  t.teardown(() => client.stop())
  return client
}

/** Topics by type and the groups that are not as any other, for each language. */
async function prepare(t: ExecutionContext, client: Client): Promise<void> {
  const remoting = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  t.teardown(() => remoting.close())
  const masters = [...(await client.masters()).values()]
  for (const { name } of clients) {
    for (const [topic, type] of Object.entries(types)) {
      await client.createTopic({
        name: `${name}-${topic}`,
        readQueues: 4,
        writeQueues: 4,
        perm: 6,
        order: false,
        attributes: new Map([['message.type', type]]),
      })
    }
    for (const [group, settings] of Object.entries({
      fifo: { consumeMessageOrderly: true },
      dead: { consumeMessageOrderly: true, retryMaxTimes: 1 },
      retry: { retryMaxTimes: 1 },
    })) {
      const retry = { type: 'CUSTOMIZED' as const, customizedRetryPolicy: { next: [1000] } }
      const body = subscriptionGroup.print({
        ...subscriptionGroup.parse(Buffer.from(`{"groupName":"${name}-${group}"}`)),
        ...settings,
        groupRetryPolicy: retry,
      })
      for (const { addresses } of masters) {
        const address = addresses.get(0) ?? ''
        const options = { body, timeoutMs: 5000 }
        await remoting.call(address, updateAndCreateSubscriptionGroup, {}, options)
      }
    }
  }
}

/** How many dead letters a group has; waits a little for the first. */
async function deadLetters(client: Client, group: string): Promise<number> {
  const topic = `%DLQ%${group}`
  for (let tries = 0; tries < 20; tries++) {
    const queues = (await client.route(topic).catch(() => undefined))?.queues ?? []
    const counts = queues.map(({ broker }) => client.maxOffset({ topic, broker, queueId: 0 }))
    const sum = (await Promise.all(counts)).reduce((a, b) => a + b, 0)
    if (sum > 0) return sum
    await systemClock.sleep(500)
  }
  return 0
}

type Matrix = Map<string, Map<string, boolean>>

test('official clients go through all rows of the matrix', async (t) => {
  t.timeout(20 * 60_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-matrix-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startCluster(t, home)
  const endpoint = await startGateway(t, home, namesrv)
  const client = clientOf(t, namesrv)
  await prepare(t, client)

  const matrix: Matrix = new Map()
  const wrong: string[] = []
  const set = (row: string, name: string, ok: boolean) => {
    const cells = matrix.get(row) ?? new Map<string, boolean>()
    matrix.set(row, cells.set(name, ok))
  }
  const starts = new Map<string, readonly [string, ...string[]]>()
  for (const official of clients) starts.set(official.name, await official.build())
  const judge = async ({ name }: (typeof clients)[number]): Promise<void> => {
    const scratch = join(home, name)
    mkdirSync(scratch)
    const rows = await rowsOf(starts.get(name) ?? [''], endpoint, scratch)
    if (rows.length <= 8) wrong.push(`${name} printed ${rows.length} rows`)
    for (const { row, ok, detail } of rows) {
      set(row, name, ok)
      if (ok === (knownFailures[`${row} ${name}`] !== undefined)) {
        wrong.push(`${name} ${row}: ${ok ? 'is known to fail' : detail}`)
      }
    }
    const forwards = rows.some(({ row }) => row === 'push-fifo-dead')
    if (forwards && (await deadLetters(client, `${name}-dead`)) === 0) {
      wrong.push(`${name}: no dead letters`)
    }
  }
  // At once: they wait more than they work.
  await Promise.all(clients.map(judge))
  const table = printed(matrix)
  t.log(`\n${table}`)
  t.deepEqual(wrong, [])
  if (chosen === undefined && !isApache) recordOrCompare(t, table)
})

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
const [begin, end] = ['<!-- matrix of gRPC clients -->', '<!-- end of the matrix -->']

function recordOrCompare(t: ExecutionContext, table: string): void {
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  if (process.env['RECORD'] === '1') {
    writeFileSync(page, `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`)
  } else {
    t.is(table, text.slice(from, to).trim(), 'the matrix differs from docs/compatibility.md')
  }
}
