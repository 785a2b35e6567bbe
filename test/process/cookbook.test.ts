// The commands of the cookbook that need curl alone, and what a page can do.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { hasChromium, launchChromium } from '../support/chromium.ts'
import { cookbookBlocks } from '../support/cookbook.ts'
import { run, startRocketway } from '../support/processes.ts'

test('every command of the cookbook prints what it says', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-cookbook-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const options = { readyMs: 90_000 }
  const up = await startRocketway(t, ['up', '--data', home, '--ports', '0'], options)
  const blocks = cookbookBlocks('sh')
  t.true(blocks.length > 10)
  for (const { text: block, expected } of blocks) {
    t.true(expected.length > 0, block)
    const script = block.replaceAll('localhost:8080', up.listen['http'] ?? '')
    const { code, stdout, stderr } = await run('bash', ['-c', script])
    t.is(code, 0, `${block}\n${stdout}\n${stderr}`)
    for (const text of expected) t.true(stdout.includes(text), `${block}\n${stdout}\n${stderr}`)
  }
  if (!hasChromium) return
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`http://${up.listen['http']}/`)
  for (const { text: block, expected } of cookbookBlocks('js')) {
    const printed = Promise.all(
      expected.map((text) =>
        page.waitForEvent('console', (message) => message.text().includes(text)),
      ),
    )
    await page.evaluate(block)
    t.true((await printed).length > 0)
  }
})
