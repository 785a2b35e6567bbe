// The commands of the cookbook, as a reader would paste them, and what they print.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { runBlocks } from '../support/documented.ts'
import { startRocketway } from '../support/processes.ts'

test('every command of the cookbook prints what it says', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-cookbook-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const options = { readyMs: 90_000 }
  const up = await startRocketway(t, ['up', '--data', home, '--ports', '0'], options)
  const http = up.listen['http'] ?? ''
  const count = await runBlocks(t, 'docs/cookbook.md', (block) =>
    block.replaceAll('localhost:8080', http),
  )
  t.true(count > 10)
})
