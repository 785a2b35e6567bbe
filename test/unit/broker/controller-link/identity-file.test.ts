// Source: BrokerMetadata, TempBrokerMetadata

import test from 'ava'
import { IdentityFile } from '../../../../src/broker/controller-link/identity-file.ts'
import { MemoryFiles } from '../../../support/memory-files.ts'

const path = '/store/brokerIdentity'
const names = { clusterName: 'c', brokerName: 'b' }

test('an id is applied for and kept in the files of Apache', (t) => {
  const files = new MemoryFiles()
  const identity = new IdentityFile(files, path, names)
  t.is(identity.id(), undefined)
  identity.want({ id: 2, checkCode: '10.0.0.1:10911;5' })
  t.is(textOf(files, `${path}-temp`), 'c#b#2#10.0.0.1:10911;5')
  t.deepEqual(new IdentityFile(files, path, names).wanted(), {
    id: 2,
    checkCode: '10.0.0.1:10911;5',
  })
  identity.keep(2)
  t.is(textOf(files, path), 'c#b#2')
  t.is(identity.wanted(), undefined)
  t.is(new IdentityFile(files, path, names).id(), 2)
})

test('what was applied for is there after a power cut', (t) => {
  const files = new MemoryFiles()
  files.makeDirectory('/store')
  new IdentityFile(files, path, names).want({ id: 1, checkCode: 'x' })
  files.crash(1)
  t.deepEqual(new IdentityFile(files, path, names).wanted(), { id: 1, checkCode: 'x' })
})

for (const text of ['c#other#1', 'other#b#1', 'c#b#zero', 'c#b#0', 'garbage']) {
  test(`an identity that says ${text} is not taken`, (t) => {
    const files = new MemoryFiles()
    const file = files.open(path, 'create')
    file.write(Buffer.from(text), 0)
    t.throws(() => new IdentityFile(files, path, names).id(), {
      message: 'the identity file is of another broker',
    })
  })
}

const textOf = (files: MemoryFiles, name: string): string =>
  Buffer.from(files.readWhole(name) ?? []).toString()
