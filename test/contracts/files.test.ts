// One suite for every implementation of the file port: node with mappings, node without, memory.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import type { Files } from '../../src/base/files.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { MemoryFiles } from '../support/memory-files.ts'

type Made = { files: Files; root: string }

const native = await loadNative()

function onDisk(t: ExecutionContext, files: Files): Made {
  const root = mkdtempSync(`${tmpdir()}/files-`)
  t.teardown(() => rmSync(root, { recursive: true }))
  return { files, root }
}

const implementations: Record<string, (t: ExecutionContext) => Made> = {
  'node without native calls': (t) => onDisk(t, nodeFiles()),
  memory: () => ({ files: new MemoryFiles(), root: '/root' }),
  'memory without mappings': () => ({ files: new MemoryFiles({ mapped: false }), root: '/root' }),
}
if (native) implementations['node with native calls'] = (t) => onDisk(t, nodeFiles(native))

for (const [name, make] of Object.entries(implementations)) {
  test(`${name}: what is written is read back, and beyond the end there is nothing`, async (t) => {
    const { files, root } = make(t)
    files.makeDirectory(`${root}/a/b`)
    const file = files.open(`${root}/a/b/one`, 'create')
    t.teardown(() => file.close())
    file.write(Buffer.from('hello'), 3)
    t.is(file.size(), 8)
    const into = Buffer.alloc(8, 1)
    t.is(file.read(into, 2), 6)
    t.is(into.toString('latin1', 0, 6), '\0hello')
    t.is(await file.readAsync(into, 6), 2)
    t.is(file.read(into, 100), 0)
    await file.sync()
    file.syncNow()
    t.is(Buffer.from(files.readWhole(`${root}/a/b/one`) ?? []).toString('latin1', 3), 'hello')
  })

  test(`${name}: a longer file reads as zeros, a cut and lengthened one as well`, (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    const file = files.open(`${root}/one`, 'create')
    t.teardown(() => file.close())
    file.write(Buffer.from('abcdef'), 0)
    file.resize(3)
    file.resize(6)
    file.reserve(10)
    t.true(file.size() >= 10)
    t.deepEqual([...(files.readWhole(`${root}/one`) ?? [])].slice(0, 6), [97, 98, 99, 0, 0, 0])
  })

  test(`${name}: a mapping and the file show each other's writes`, async (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    const file = files.open(`${root}/one`, 'create')
    t.teardown(() => file.close())
    file.resize(8192)
    const mapping = file.map()
    if (!mapping) {
      t.pass()
      return
    }
    mapping.touch(0, 8192)
    mapping.bytes.write('mapped', 5000, 'latin1')
    file.write(Buffer.from('written'), 100)
    const into = Buffer.alloc(6)
    file.read(into, 5000)
    t.is(into.toString(), 'mapped')
    t.is(mapping.bytes.toString('latin1', 100, 107), 'written')
    t.is(mapping.bytes.length, 8192)
    t.true(await mapping.load(100, 8000))
    t.is(mapping.bytes.toString('latin1', 5000, 5006), 'mapped')
  })

  test(`${name}: lists are sorted, missing folders are empty, removal is for good`, (t) => {
    const { files, root } = make(t)
    files.makeDirectory(`${root}/dir/sub`)
    for (const one of ['b', 'a']) files.open(`${root}/dir/${one}`, 'create').close()
    const names = files.list(`${root}/dir`).map((entry) => `${entry.name}:${entry.isDirectory}`)
    t.deepEqual(names, ['a:false', 'b:false', 'sub:true'])
    t.deepEqual(files.list(`${root}/none`), [])
    files.rename(`${root}/dir/a`, `${root}/dir/c`)
    t.false(files.exists(`${root}/dir/a`))
    t.true(files.exists(`${root}/dir/c`))
    files.syncDirectory(`${root}/dir`)
    files.remove(`${root}/dir`)
    files.remove(`${root}/dir`)
    t.false(files.exists(`${root}/dir/c`))
    t.is(files.readWhole(`${root}/dir/c`), undefined)
  })

  test(`${name}: only a file that exists can be opened for reading or writing`, (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    for (const mode of ['read', 'write'] as const) {
      t.like(
        t.throws(() => files.open(`${root}/none`, mode)),
        { code: 'ENOENT' },
      )
    }
  })

  test(`${name}: a lock excludes a second holder until the first one closes`, (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    const first = files.open(`${root}/lock`, 'create')
    const second = files.open(`${root}/lock`, 'create')
    t.true(first.lock())
    t.true(first.lock())
    t.false(second.lock())
    first.close()
    t.true(second.lock())
    second.close()
  })

  test(`${name}: times, space and memory are told`, (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    files.open(`${root}/one`, 'create').close()
    files.setModifiedAt(`${root}/one`, 1_600_000_000_000)
    t.is(files.modifiedAt(`${root}/one`), 1_600_000_000_000)
    const { total, free } = files.space(root)
    t.true(total > 0 && free > 0 && free <= total)
    t.true(files.memory() > 2 ** 20)
    t.true(files.descriptors() >= 256)
  })

  test(`${name}: a sync of the whole file system succeeds where there is one`, async (t) => {
    const { files, root } = make(t)
    files.makeDirectory(root)
    files.open(`${root}/one`, 'create').close()
    await files.syncFileSystem(root)
    t.true(files.exists(`${root}/one`))
  })
}
