// enabledAppendPropCRC and forceVerifyPropCRC. Source: CommitLog.checkMessageAndReturnSize.

import test from 'ava'
import { encodeBatch } from '../../../src/message/batch.ts'
import { settle } from '../../support/fake-clock.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'
import { readAll } from '../../support/store-model.ts'

const options = { enabledAppendPropCRC: true, forceVerifyPropCRC: true }
const queue = { topic: 'T', queueId: 0 }
const log0 = '/store/commitlog/00000000000000000000'

test('records with their checksum are read again, single ones and batches, and rolled files', async (t) => {
  const { store, files, clock } = openMemoryStore({ options })
  for (let n = 0; n < 100; n++)
    store.append(outgoing({ body: Buffer.alloc(1000, n), properties: 'a\u0001b' }))
  const entries = ['', 'c\u0001d\u0002'].map((properties) => ({
    flag: 0,
    body: Buffer.from('x'),
    properties,
  }))
  store.appendBatch(outgoing({ body: encodeBatch(entries) }))
  await settle()
  files.crash(0)
  const again = openMemoryStore({ files, clock, options })
  const found = await readAll(again.store, queue)
  t.is(found.length, 102)
  const shown = (n: number) =>
    found[n]?.properties.replaceAll('\u0001', '=').replaceAll('\u0002', ';') ?? ''
  t.regex(shown(0), /^a=b;__CRC32#=\d{10};$/)
  t.regex(shown(100), /^__CRC32#=\d{10};$/)
})

test('with it a damaged property ends the log, which no checksum of the body can do', async (t) => {
  const { store, files, clock } = openMemoryStore({ options })
  for (let n = 0; n < 10; n++) store.append(outgoing({ properties: 'name\u0001value\u0002' }))
  await settle()
  files.crash(0)
  const bytes = Buffer.from(files.readWhole(log0) ?? [])
  const at = bytes.lastIndexOf('value')
  const file = files.open(log0, 'write')
  file.write(Buffer.from('V'), at)
  file.close()
  const again = openMemoryStore({ files, clock, options })
  t.is((await readAll(again.store, queue)).length, 9)
})

test('a record without it ends the log only where it is asked for', async (t) => {
  const { store, files, clock } = openMemoryStore()
  for (let n = 0; n < 3; n++) store.append(outgoing())
  await settle()
  files.crash(0)
  const lenient = openMemoryStore({ files, clock, options: { enabledAppendPropCRC: true } })
  t.is((await readAll(lenient.store, queue)).length, 3)
  files.crash(0)
  const strict = openMemoryStore({ files, clock, options })
  t.is((await readAll(strict.store, queue)).length, 0)
})
