// The commands of the cookbook, as a reader would paste them, and what they print.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { run, startRocketway } from '../support/processes.ts'

const blocks = [...readFileSync('docs/cookbook.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
  ([, text = '']) => text,
)

test('every command of the cookbook prints what it says', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-cookbook-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const options = { readyMs: 90_000 }
  const up = await startRocketway(t, ['up', '--data', home, '--ports', '0'], options)
  t.true(blocks.length > 10)
  for (const block of blocks) {
    const expected = block.split('\n').flatMap((line) => /^#> (.*)$/.exec(line)?.[1] ?? [])
    t.true(expected.length > 0, block)
    const script = block.replaceAll('localhost:8080', up.listen['http'] ?? '')
    const { code, stdout, stderr } = await run('bash', ['-c', script])
    t.is(code, 0, `${block}\n${stdout}\n${stderr}`)
    for (const text of expected) t.true(stdout.includes(text), `${block}\n${stdout}\n${stderr}`)
  }
})
