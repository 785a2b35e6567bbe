// Source: DefaultRequestProcessor, KVConfigManager

import test from 'ava'
import { ask, namesrvParts } from '../../../support/namesrv.ts'

const entry = { namespace: 'n', key: 'k' }

test('what was put is got, listed and deleted', async (t) => {
  const parts = namesrvParts()
  t.like(await ask(parts, 100, { ...entry, value: 'v' }), { code: 0 })
  t.like(await ask(parts, 101, entry), { code: 0, ext: { value: 'v' } })
  t.is((await ask(parts, 219, { namespace: 'n' })).body.toString(), '{"table":{"k":"v"}}')
  t.like(await ask(parts, 102, entry), { code: 0 })
  t.like(await ask(parts, 101, entry), { code: 22 })
  t.like(await ask(parts, 219, { namespace: 'n' }), { code: 22 })
})

test('deleting what is not there succeeds', async (t) => {
  t.like(await ask(namesrvParts(), 102, entry), { code: 0 })
})
