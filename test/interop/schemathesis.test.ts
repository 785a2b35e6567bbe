// Schemathesis asks for what the document describes, right and wrong, and holds every answer to it:
// no 5xx, no status, type, header or body that is not declared. EXAMPLES=200 SEED=1 asks more.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ApiKeys } from '../../gateway/identity/api-keys.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { run, startRocketway } from '../support/processes.ts'
import { pythonHome } from '../support/python.ts'

const version = '4.32.5'
const examples = process.env['EXAMPLES'] ?? '8'
const seed = process.env['SEED'] ?? '7'
const runMs = 3_600_000
const root = { accessKey: 'root', secretKey: 'secret' }

test('no answer is a server error, and none is other than declared', async (t) => {
  t.timeout(runMs)
  const bin = await pythonHome('schemathesis', `schemathesis==${version}`)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-schemathesis-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  // One broker that is said to replicate: `Mq-Require: replicated` is then no 503.
  const { key, file } = ApiKeys.generate(systemRandom)
  const keysFile = join(home, 'keys.json')
  writeFileSync(keysFile, file)
  const settings = Object.entries({
    'gateway.sendOkMeans': 'replicated',
    // Users that it makes must not shut it out: it asks as one who is always there.
    'broker.initAuthenticationUser': JSON.stringify({ username: 'root', password: 'secret' }),
    'broker.innerClientAuthenticationCredentials': JSON.stringify(root),
    'gateway.brokerCredentials.accessKey': root.accessKey,
    'gateway.brokerCredentials.secretKey': root.secretKey,
    'gateway.auth.mode': 'required',
    'gateway.auth.keysFile': keysFile,
  }).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const { listen } = await startRocketway(
    t,
    ['up', '--data', join(home, 'data'), '--ports', '0', ...settings],
    { readyMs: 90_000 },
  )
  // It leaves its notes beside its settings.
  cpSync(join(process.cwd(), 'test/interop/schemathesis'), home, { recursive: true })
  const args = [
    ...['--config-file', 'schemathesis.toml'],
    ...['run', `http://${listen['http']}/openapi.json`, '--no-color'],
    ...['--header', `Authorization: Bearer ${key}`],
    ...['--phases', 'examples,coverage,fuzzing', '--max-examples', examples, '--seed', seed],
  ]
  const options = { cwd: home, timeoutMs: runMs }
  const { code, stdout, stderr } = await run(join(bin, 'schemathesis'), args, options)
  t.log(/\d+ generated.*/.exec(stdout)?.[0] ?? '')
  t.regex(stdout, /\d{3,} generated/)
  t.is(code, 0, `${stdout.slice(-20_000)}\n${stderr.slice(-2000)}`)
})
