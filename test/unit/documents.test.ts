// The documents are true where a machine can tell: folders they name exist, folders that
// exist are named, links lead somewhere.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { printedRows } from '../support/client-rows.ts'

const architecture = readFileSync('ARCHITECTURE.md', 'utf8')

const foldersOf = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${root}/${entry.name}`)

test('the map names every folder of src and gateway', (t) => {
  for (const folder of [...foldersOf('src'), ...foldersOf('gateway')]) {
    t.true(architecture.includes(`\`${folder}\``), folder)
  }
})

test('every path that the map names exists', (t) => {
  const named = [...architecture.matchAll(/`((?:src|gateway|test|docs|openapi|bench)\/[\w./-]+)`/g)]
  t.true(named.length > 15)
  for (const [, path = ''] of named) t.true(existsSync(path), path)
})

test('the map stays short enough to be read', (t) => {
  t.true(architecture.split('\n').length <= 300)
})

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

for (const document of documents) {
  test(`the links of ${document} lead to files`, (t) => {
    const links = [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    for (const [, link = ''] of links) {
      if (!/^[a-z]+:/.test(link)) t.true(existsSync(join(dirname(document), link)), link)
    }
    t.pass()
  })
}

test('the table of remoting clients in docs/compatibility.md is what their suites show', (t) => {
  const text = readFileSync('docs/compatibility.md', 'utf8')
  const [begin, end] = ['<!-- matrix of remoting clients -->', '<!-- end of their matrix -->']
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf(end)
  if (process.env['RECORD'] === '1') {
    const recorded = `${text.slice(0, from)}\n\n${printedRows()}\n\n${text.slice(to)}`
    writeFileSync('docs/compatibility.md', recorded)
    t.pass()
  } else t.is(text.slice(from, to).trim(), printedRows())
})
