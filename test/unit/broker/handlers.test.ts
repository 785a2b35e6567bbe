// The table of requests against the handlers, and both against the documents.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { handlers } from '../../../src/broker/handlers.ts'
import { requests } from '../../../src/protocol/requests/index.ts'

const ours = [...requests.values()].filter(({ servedBy }) => servedBy === 'broker')
const served = handlers.map(({ spec }) => spec.code)

/** Rows `| code | NAME | why |` of the page. */
const documented = new Map(
  [
    ...readFileSync('docs/compatibility.md', 'utf8').matchAll(/^\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|/gm),
  ].map(([, code, name]) => [Number(code), name]),
)

test('every handler is for a request of the broker, and no request has two', (t) => {
  const codes = new Set(ours.map(({ code }) => code))
  t.deepEqual(
    served.filter((code) => !codes.has(code)),
    [],
  )
  t.is(new Set(served).size, served.length)
})

test('what the broker does not serve is named in docs/compatibility.md, and nothing else', (t) => {
  const missing = ours.filter(({ code }) => !served.includes(code))
  t.deepEqual(
    [...documented].sort(([a], [b]) => a - b),
    missing.map(({ code, name }) => [code, name]),
  )
})
