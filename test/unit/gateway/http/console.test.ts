import { readFileSync } from 'node:fs'
import test from 'ava'
import { consolePages } from '../../../../gateway/http/console.ts'

const files = { readWhole: (path: string) => new Uint8Array(readFileSync(path)) }
const pages = consolePages(files, 'gateway/console')

test('the page and everything that it asks for are served, with their types', (t) => {
  t.deepEqual(
    [...pages].map(([path, { contentType }]) => [path, contentType.split(';')[0]]),
    [
      ['/', 'text/html'],
      ['/style.css', 'text/css'],
      ['/page.js', 'text/javascript'],
      ['/rocketway.js', 'text/javascript'],
      ['/icon.svg', 'image/svg+xml'],
    ],
  )
  const texts = [...pages.values()].map(({ body }) => Buffer.from(body).toString('utf8')).join('\n')
  const asked = [...texts.matchAll(/(?:src|href)="\.(\/[^"]*)"|from '\.(\/[^']*)'/g)]
  t.true(asked.length >= 5)
  for (const [, link, module] of asked) {
    t.true(pages.has(link ?? module ?? ''), link ?? module)
  }
})

test('nothing on the page needs more than the policy gives, at any base path', (t) => {
  const html = Buffer.from(pages.get('/')?.body ?? []).toString('utf8')
  t.notRegex(html, /\son\w+=|\sstyle=|<style|javascript:/)
  t.notRegex(html, /<script(?![^>]*\ssrc=)/)
  t.notRegex(html, /(?:src|href)="(?!\.\/)/)
  const script = Buffer.from(pages.get('/page.js')?.body ?? []).toString('utf8')
  t.notRegex(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b/)
})

test('a build without its files does not start', (t) => {
  t.throws(() => consolePages({ readWhole: () => undefined }, 'gateway/console'), {
    message: /index\.html/,
  })
})
