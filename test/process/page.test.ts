// The page at `/` in a real browser. Skipped where no Chromium is installed.

import test, { type ExecutionContext } from 'ava'
import type { Browser, Page } from 'playwright-core'
import { MqError } from '../../src/base/errors.ts'
import { hasChromium, launchChromium } from '../support/chromium.ts'
import { type ConsoleServer, startConsole } from '../support/console-server.ts'

const inBrowser = hasChromium ? test : test.skip
let browser: Promise<Browser> | undefined

test.after.always(async () => {
  await (await browser)?.close()
})

/** The page, connected; whatever it complains about fails the test. */
async function open(t: ExecutionContext, base?: string): Promise<{ page: Page } & ConsoleServer> {
  browser ??= launchChromium()
  const server = await startConsole(t, base)
  const context = await (await browser).newContext()
  t.teardown(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // What Chromium says about the broken connection of a test is not the page's.
    if (message.type() === 'error' && !/WebSocket connection/.test(message.text())) {
      complaints.push(message.text())
    }
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  t.teardown(() => {
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
  })
  await page.goto(server.url)
  await page.waitForSelector('#connection[data-state=open]')
  return { page, ...server }
}

const cells = (page: Page, column: number): Promise<string[]> =>
  page.locator(`#messages td:nth-child(${column})`).allTextContents()

const received = (page: Page, count: number): Promise<unknown> =>
  page.waitForSelector(`#received:text-is("${count.toLocaleString('en')}")`)

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`)

inBrowser('a message that is sent on the page arrives on the page, as text only', async (t) => {
  const { core, page } = await open(t)
  await page.click('#start')
  await page.waitForSelector('#state[data-state=live]')
  const nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  await page.fill('#topic', 'demo')
  await page.fill('#body', JSON.stringify({ nasty }))
  await page.fill('#tag', '<b>paid</b>')
  await page.fill('#keys', 'o-7 o-8')
  await page.click('#send-button')
  await page.waitForSelector('#result[data-state=good]')
  await received(page, 1)
  t.deepEqual(await cells(page, 4), ['<b>paid</b>'])
  t.deepEqual(await cells(page, 5), ['o-7 o-8'])
  t.deepEqual(await cells(page, 6), [JSON.stringify({ nasty })])
  await page.locator('#messages button').click()
  t.deepEqual(JSON.parse((await page.locator('#detail-body').textContent()) ?? ''), { nasty })
  t.is(await page.title(), 'rocketway')
  t.like(core.inputs('send')[0], { topic: 'demo', tag: '<b>paid</b>', keys: ['o-7', 'o-8'] })
})

inBrowser('copies go out over POST as well, and the topic is offered from then on', async (t) => {
  const { core, page } = await open(t)
  await page.fill('#topic', 'orders')
  await page.fill('#body', 'plain')
  await page.fill('#copies', '20')
  await page.check('input[value=post]')
  await page.click('#send-button')
  await page.waitForSelector('#result[data-state=good]')
  t.is(core.inputs('send').length, 20)
  t.like(core.inputs('send')[0], { topic: 'orders', contentType: 'text/plain;charset=utf-8' })
  await page.waitForSelector('#topics option[value=orders]', { state: 'attached' })
})

inBrowser('a reader from the start sees all that is stored, newest first', async (t) => {
  const { core, page } = await open(t)
  core.store('demo', ...texts(1_000))
  await page.check('input[value=earliest]')
  await page.click('#start')
  await received(page, 1_000)
  const offsets = (await cells(page, 3)).map(Number)
  t.deepEqual(
    offsets,
    Array.from({ length: 500 }, (_, index) => 999 - index),
  )
})

inBrowser('a member of a group acknowledges what it shows', async (t) => {
  const { core, page } = await open(t)
  core.store('demo', ...texts(300))
  await page.check('input[value=group]')
  await page.fill('#group', 'billing')
  await page.click('#start')
  await received(page, 300)
  await page.locator('td.settle:text-is("acked")').nth(299).waitFor()
  t.is(core.heldBy('billing', 'demo'), 0)
})

inBrowser('by hand a message is acknowledged or given back', async (t) => {
  const { core, page } = await open(t)
  core.store('demo', 'a')
  await page.check('input[value=group]')
  await page.selectOption('#ack', 'hand')
  await page.click('#start')
  await received(page, 1)
  await page.click('button:text-is("Again")')
  await received(page, 2)
  await page.locator('button:text-is("Ack")').first().click()
  await page.waitForSelector('td.settle:has-text("acked")')
  t.is(core.heldBy('console', 'demo'), 0)
})

inBrowser('the page says that the connection is lost, comes back and misses nothing', async (t) => {
  const { core, cut, page } = await open(t)
  core.store('demo', 'a')
  await page.check('input[value=earliest]')
  await page.click('#start')
  await received(page, 1)
  // It may be back before anybody looks: what the page says is noted as it says it.
  const said = await page.evaluateHandle<string[]>(`(() => {
    const node = document.querySelector('#connection')
    const states = []
    new MutationObserver(() => states.push(node.dataset.state)).observe(node, { attributes: true })
    return states
  })()`)
  cut()
  core.store('demo', 'b')
  await received(page, 2)
  await page.waitForSelector('#connection[data-state=open]')
  t.true((await said.jsonValue()).includes('waiting'))
  t.deepEqual(await cells(page, 6), ['b', 'a'])
})

inBrowser('paused it shows nothing new, resumed all of it', async (t) => {
  const { core, page } = await open(t)
  core.store('demo', 'a')
  await page.check('input[value=earliest]')
  await page.click('#start')
  await received(page, 1)
  await page.click('#pause')
  while (core.calls.at(-1)?.call.signal.aborted === false) await page.waitForTimeout(5)
  core.store('demo', 'b')
  t.deepEqual(await cells(page, 6), ['a'])
  await page.click('#pause')
  await received(page, 2)
  t.deepEqual(await cells(page, 6), ['b', 'a'])
})

inBrowser('a topic that does not exist yet is watched from its first message on', async (t) => {
  const { core, page } = await open(t)
  core.failNext('read', new MqError('topic-not-found'))
  await page.click('#start')
  await page.waitForSelector('#problem:has-text("does not exist yet")')
  await page.click('#send-button')
  await received(page, 1)
  await page.waitForSelector('#state[data-state=live]')
  t.false(await page.locator('#problem').isVisible())
})

inBrowser('behind a base path everything is found', async (t) => {
  const { core, page } = await open(t, '/tools/mq/')
  core.store('demo', 'a')
  await page.check('input[value=earliest]')
  await page.click('#start')
  await received(page, 1)
  t.true((await page.locator('#curl').textContent())?.includes('/tools/mq/v1/topics/demo/messages'))
})
