// h2spec, the conformance tests of HTTP/2, against the gRPC port and against bare node:http2 in the
// same run: the gateway is never worse, but for what docs/grpc.md lists. Some of its cases are
// races, which either loses at times: ours fails what it fails each time, the other what it fails once.

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { run, startRocketway } from '../support/processes.ts'

/** The newest that the Go module proxy has. */
const h2spec = 'github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible'
const home = join(process.cwd(), '.cache/interop/h2spec')

async function install(): Promise<string> {
  mkdirSync(home, { recursive: true })
  const { code, stderr } = await run('go', ['install', h2spec], {
    env: { GOBIN: home },
    timeoutMs: 600_000,
  })
  if (code !== 0) throw new Error(stderr)
  return join(home, 'h2spec')
}

async function bare(t: ExecutionContext): Promise<number> {
  const server = createServer()
  server.on('sessionError', () => {})
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 200 })
    stream.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

type Outcome = { readonly failed: ReadonlySet<string>; readonly count: number }

async function outcome(program: string, port: number, report: string): Promise<Outcome> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-j', report]
  await run(program, args, { timeoutMs: 300_000 })
  const failed = new Set<string>()
  let count = 0
  for (const [, attributes = '', rest = ''] of readFileSync(report, 'utf8').matchAll(
    /<testcase ([^>]*)>([\s\S]*?)<\/testcase>/g,
  )) {
    const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    count += 1
    if (/<(?:failure|error)/.test(rest)) failed.add(`${of('package')} ${of('classname')}`)
  }
  return { failed, count }
}

const rounds = 3

/** What failed in each of the rounds, and what in any. */
async function outcomes(program: string, port: number, report: string) {
  const found: Outcome[] = []
  for (let n = 0; n < rounds; n++) found.push(await outcome(program, port, `${report}-${n}.xml`))
  const any = new Set(found.flatMap(({ failed }) => [...failed]))
  const always = [...any].filter((name) => found.every(({ failed }) => failed.has(name)))
  return { any, always, counts: found.map(({ count }) => count) }
}

test('the gRPC port speaks HTTP/2 no worse than node:http2', async (t) => {
  t.timeout(15 * 60_000)
  const program = await install()
  const folder = mkdtempSync(join(tmpdir(), 'rocketway-h2spec-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const gateway = await startRocketway(t, ['gateway', '--ports', '0', '--namesrv', '127.0.0.1:1'])
  const port = Number(gateway.listen['grpc']?.split(':')[1])
  const [ours, floor] = await Promise.all([
    outcomes(program, port, join(folder, 'gateway')),
    outcomes(program, await bare(t), join(folder, 'bare')),
  ])
  const page = readFileSync(join(process.cwd(), 'docs/grpc.md'), 'utf8')
  const [, listed = ''] = /<!-- h2spec -->([\s\S]*?)<!-- end of h2spec -->/.exec(page) ?? []
  const worse = ours.always.filter((name) => !floor.any.has(name))
  t.log(`${ours.counts[0]} tests; failed each time: ${ours.always.join('; ')}`)
  t.log(`bare node:http2 failed: ${[...floor.any].join('; ')}`)
  const counts = [...ours.counts, ...floor.counts]
  t.true(counts.every((count) => count > 100 && count === counts[0]))
  t.deepEqual(
    worse.filter((name) => !listed.includes(name)),
    [],
    'failures that neither node:http2 has nor docs/grpc.md lists',
  )
})
