// The README's commands do what it says. `npm ci`, `npm start` and `npm test` are what runs
// this test, and what the gate runs in a fresh clone.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { command, run, startRocketway } from '../support/processes.ts'

const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(
  (match) => match[1] ?? '',
)

const commands = blocks.flatMap((block) =>
  block.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')),
)

/** What each curl of the README must print, in its order. */
const expected: readonly RegExp[] = [
  /"messageId":"[0-9A-F]{32,34}".*"queueOffset":"0"/,
  /"handle":"mqh1\..*"body":\{"json":\{"id":7\}\}/,
  /event: message\ndata: .*"body":\{"json":\{"id":7\}\}/,
]

/** The same for `npx rocketway`. One that does not end is ended after a while. */
const printed: readonly RegExp[] = [/orders/, /[0-9A-F]{32}/, /\{"id":7\}/, /billing|orders/]

test.serial('the commands of the README work as they are written', async (t) => {
  const npm = commands.filter((line) => line.startsWith('npm'))
  t.deepEqual(npm, ['npm ci && npm start', 'npm ci && npm test'])

  const curls = commands.filter((line) => line.startsWith('curl'))
  t.is(curls.length, expected.length)
  const tools = commands.filter((line) => line.startsWith('npx rocketway '))
  t.is(tools.length, printed.length)
  const others = commands.filter((line) => ![...npm, ...curls, ...tools].includes(line))
  t.deepEqual(others, ['export NAMESRV_ADDR=127.0.0.1:9876'])

  const home = mkdtempSync(join(tmpdir(), 'rocketway-readme-'))
  const up = await startRocketway(t, ['up', '--data', join(home, 'data'), '--ports', '0'])
  for (const [n, line] of curls.entries()) {
    const here = line.replaceAll('http://localhost:8080', `http://${up.listen['http']}`)
    const ran = await run('sh', ['-c', here.replace(/^curl/, 'curl -sS')])
    t.regex(ran.stdout, expected[n] as RegExp, `${line}\n${ran.stderr}`)
  }
  const env = { NAMESRV_ADDR: up.listen['namesrv'] ?? '' }
  for (const [n, line] of tools.entries()) {
    const here = line.replace('npx rocketway', `"${process.execPath}" "${command}"`)
    const timeoutMs = line.includes(' tail ') ? 5000 : 60_000
    const ran = await run('sh', ['-c', `exec ${here}`], { env, timeoutMs })
    t.regex(ran.stdout, printed[n] as RegExp, `${line}\n${ran.stderr}`)
  }
})
