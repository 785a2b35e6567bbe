// `rocketway store` as scripts use it: what it prints and how it ends.

import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { nodeFiles } from '../../src/host/node-files.ts'
import { unpackGolden } from '../support/golden-store.ts'
import { command, run, startRocketway } from '../support/processes.ts'

function store(): string {
  const root = join(mkdtempSync(join(tmpdir(), 'rocketway-store-')), 'store')
  unpackGolden('clean', nodeFiles(), root)
  return root
}

const tool = (...args: string[]) => run(process.execPath, [command, 'store', ...args])

function damageBody(root: string): void {
  const file = nodeFiles().open(`${root}/commitlog/00000000000000000000`, 'write')
  file.write(Buffer.from('?'), 90)
  file.close()
}

async function endsWith(t: ExecutionContext, code: number, ...args: string[]): Promise<string> {
  const ran = await tool(...args)
  t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`)
  return ran.stdout
}

test('a good store is 0, a damaged one 1, wrong words 2, any other folder 3', async (t) => {
  const root = store()
  t.regex(await endsWith(t, 0, 'verify', root), /1336 records.*\n.*\nfine/)
  t.is(JSON.parse(await endsWith(t, 0, 'inspect', root, '--json')).log.files, 3)
  damageBody(root)
  t.is(JSON.parse(await endsWith(t, 1, 'verify', root, '--json')).recordsBehindDamage, 1335)
  await endsWith(t, 2, 'verify')
  await endsWith(t, 2, 'dump', root, '--queue', 'first')
  await endsWith(t, 3, 'verify', tmpdir())
  for (const verb of ['inspect', 'verify', 'dump', 'repair']) {
    t.regex(await endsWith(t, 0, verb, '--help'), /Examples:\n {2}\$ rocketway store/)
  }
})

test('a repair that loses good records is done only when that is asked for', async (t) => {
  const root = store()
  damageBody(root)
  await endsWith(t, 1, 'repair', root)
  await endsWith(t, 1, 'repair', root, '--yes')
  t.regex(await endsWith(t, 1, 'verify', root), /log-damaged/)
  await endsWith(t, 0, 'repair', root, '--yes', '--cut')
  await endsWith(t, 0, 'verify', root)
})

test('a store that a broker has open is 4', async (t) => {
  const root = store()
  const sizes = ['mappedFileSizeCommitLog=1048576', 'mappedFileSizeConsumeQueue=20000']
  await startRocketway(t, [
    ...['broker', '--data', root, '--listen', '127.0.0.1:0'],
    ...sizes.flatMap((one) => ['--set', `broker.${one}`]),
  ])
  damageBody(root)
  await endsWith(t, 4, 'repair', root, '--yes', '--cut')
  t.true(existsSync(join(root, 'checkpoint')))
})

test('a dump is one JSON object a line', async (t) => {
  const lines = (await endsWith(t, 0, 'dump', store(), '--topic', 'GoldenFifo')).trim().split('\n')
  t.is(lines.length, 40)
  for (const line of lines) t.is(JSON.parse(line).topic, 'GoldenFifo')
})
