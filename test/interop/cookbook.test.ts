// The commands of the cookbook that need tools of other people: wscat, and the makers of clients
// for Python and Go. Each comes from its registry, once, into .cache/.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test from 'ava'
import { cookbookBlocks } from '../support/cookbook.ts'
import { run, startRocketway } from '../support/processes.ts'
import { pythonHome } from '../support/python.ts'

const cache = (name: string): string => join(process.cwd(), '.cache/interop', name)
const installMs = 900_000
const blockMs = 600_000

/** Folders with the programs. */
async function installTools(): Promise<readonly string[]> {
  const python = await pythonHome('openapi-client', 'openapi-python-client==0.29.1')
  const wscat = join(cache('wscat'), 'node_modules/.bin')
  const go = cache('oapi-codegen')
  const isMissing = (folder: string, name: string): boolean => !existsSync(join(folder, name))
  if (isMissing(wscat, 'wscat')) {
    const quiet = ['--silent', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']
    await made('npm', ['install', ...quiet, '--prefix', cache('wscat'), 'wscat@6.1.0'])
  }
  if (isMissing(go, 'oapi-codegen')) {
    const tool = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2'
    await made('go', ['install', tool], { GOBIN: go })
  }
  return [python, wscat, go]
}

async function made(file: string, args: readonly string[], env = {}): Promise<void> {
  const { code, stderr } = await run(file, args, { env, timeoutMs: installMs })
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}\n${stderr}`)
}

test("what the cookbook does with other people's tools prints what it says", async (t) => {
  t.timeout(3 * installMs)
  const tools = await installTools()
  const home = mkdtempSync(join(tmpdir(), 'rocketway-cookbook-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const up = await startRocketway(t, ['up', '--data', join(home, 'data'), '--ports', '0'])
  const http = up.listen['http'] ?? ''
  await made('curl', ['-sf', '-d', 'first', `http://${http}/v1/topics/orders/messages`])
  const blocks = cookbookBlocks('sh tools')
  t.true(blocks.length >= 4)
  for (const { text: block, expected } of blocks) {
    t.true(expected.length > 0, block)
    const script = block.replaceAll('localhost:8080', http)
    const env = { PATH: [...tools, process.env['PATH']].join(delimiter) }
    const options = { cwd: home, env, timeoutMs: blockMs }
    const { code, stdout, stderr } = await run('bash', ['-ec', script], options)
    t.is(code, 0, `${block}\n${stdout}\n${stderr}`)
    for (const text of expected) t.true(stdout.includes(text), `${block}\n${stdout}\n${stderr}`)
  }
})
