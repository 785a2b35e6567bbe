// Autobahn's fuzzing client against the gateway's sockets. It needs a Python 2.7, which
// AUTOBAHN_PYTHON names; without one our own cases (test/unit/gateway/websocket/protocol.test.ts)
// are what there is. CASES='1.* 2.*' asks less.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { startEcho } from '../support/echo-socket.ts'
import { run } from '../support/processes.ts'

const python = process.env['AUTOBAHN_PYTHON']
const cases = process.env['CASES'] ?? '1.* 2.* 3.* 4.* 5.* 6.* 7.* 12.* 13.*'
const suite = 'autobahntestsuite==0.8.2'
const home = join(process.cwd(), '.cache/interop/autobahn')
const withPython = python === undefined ? test.skip : test
const runMs = 3_600_000

/** As a site folder: what it needs are packages in parts. */
const program =
  'import site, sys; site.addsitedir(sys.argv.pop(1)); ' +
  'from autobahntestsuite import wstest; wstest.run()'

type Result = { readonly behavior: string; readonly behaviorClose: string }

withPython("no case of Autobahn's fuzzing client fails", async (t) => {
  t.timeout(runMs)
  if (!existsSync(join(home, 'autobahntestsuite'))) {
    const install = ['-m', 'pip', 'install', '-q', '--target', home, suite]
    const { code, stderr } = await run(python ?? '', install, { timeoutMs: 600_000 })
    t.is(code, 0, stderr)
  }
  const port = await startEcho(t, { compression: true })
  const reports = mkdtempSync(join(tmpdir(), 'rocketway-autobahn-'))
  t.teardown(() => rmSync(reports, { recursive: true, force: true }))
  const spec = join(reports, 'spec.json')
  const asked = {
    outdir: reports,
    servers: [{ agent: 'rocketway', url: `ws://127.0.0.1:${port}` }],
    cases: cases.split(' '),
    'exclude-cases': [],
    'exclude-agent-cases': {},
  }
  writeFileSync(spec, JSON.stringify(asked))
  const line = ['-c', program, home, '-m', 'fuzzingclient', '-s', spec]
  const { stdout, stderr } = await run(python ?? '', line, { cwd: reports, timeoutMs: runMs })
  const index = join(reports, 'index.json')
  t.true(existsSync(index), `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`)
  const results = (
    JSON.parse(readFileSync(index, 'utf8')) as { rocketway: Readonly<Record<string, Result>> }
  ).rocketway
  const counts: Record<string, number> = {}
  const bad: string[] = []
  for (const [name, { behavior, behaviorClose }] of Object.entries(results)) {
    counts[behavior] = (counts[behavior] ?? 0) + 1
    const isGood = behavior !== 'FAILED' && behavior !== 'WRONG CODE' && behavior !== 'UNCLEAN'
    if (!isGood || behaviorClose === 'FAILED') bad.push(`${name}: ${behavior}, ${behaviorClose}`)
  }
  t.log(JSON.stringify(counts))
  t.true(Object.keys(results).length > 0)
  t.deepEqual(bad, [])
})
