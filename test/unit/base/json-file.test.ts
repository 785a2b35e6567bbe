// Source: ConfigManager (what a broker's config folder holds after a crash)

import test from 'ava'
import type { File, Files } from '../../../src/base/files.ts'
import { JsonFile } from '../../../src/base/json-file.ts'
import { type Log, silentLog } from '../../../src/base/log.ts'

const path = '/d/state.json'

/**
 * A folder of small files. What was not synced is gone after `crash`: the bytes of a file and
 * the names in the folder apart. `failAt` makes the n-th call that changes something fail.
 */
class Folder {
  #live = new Map<string, { bytes: Buffer; synced: Buffer }>()
  #names = new Map(this.#live)
  calls = 0
  failAt = 0
  /** Runs the syncs; without it they wait. */
  #syncs: (() => void)[] = []
  holdSyncs = false

  put(name: string, text: string): void {
    this.#live.set(name, { bytes: Buffer.from(text), synced: Buffer.from(text) })
    this.#names = new Map(this.#live)
  }

  text(name: string): string | undefined {
    return this.#live.get(name)?.bytes.toString()
  }

  /** `newNames`: the folder's entries reached the disk although nobody synced it. */
  crash(newNames: boolean): void {
    this.#live = new Map(newNames ? this.#live : this.#names)
    for (const file of this.#live.values()) file.bytes = file.synced
  }

  releaseSyncs(): void {
    this.holdSyncs = false
    for (const release of this.#syncs.splice(0)) release()
  }

  get files(): Files {
    const files: Partial<Files> = {
      exists: (name) => this.#live.has(name),
      readWhole: (name) => this.#live.get(name)?.bytes,
      open: (name) => this.#open(name),
      makeDirectory: () => {},
      remove: (name) => this.#step(() => this.#live.delete(name)),
      rename: (from, to) =>
        this.#step(() => {
          const file = this.#live.get(from)
          if (!file) throw new Error('ENOENT')
          this.#live.delete(from)
          this.#live.set(to, file)
        }),
      syncDirectory: () =>
        this.#step(() => {
          this.#names = new Map(this.#live)
        }),
    }
    return files as Files
  }

  #step(run: () => unknown): void {
    this.calls++
    if (this.calls === this.failAt) throw new Error('EIO')
    run()
  }

  #open(name: string): File {
    const content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    this.#step(() => this.#live.set(name, content))
    const file: Partial<File> = {
      write: (bytes) =>
        this.#step(() => {
          content.bytes = Buffer.from(bytes)
        }),
      sync: async () => {
        if (this.holdSyncs) await new Promise<void>((release) => this.#syncs.push(release))
        this.#step(() => {
          content.synced = content.bytes
        })
      },
      close: () => {},
    }
    return file as File
  }
}

const open = (folder: Folder, log: Log = silentLog) => new JsonFile(folder.files, path, log)
const asIs = (value: unknown) => value

test('a saved state is there after a crash', async (t) => {
  const folder = new Folder()
  await open(folder).save(() => ({ a: 1 }))
  folder.crash(false)
  t.deepEqual(open(folder).load(asIs), { a: 1 })
})

test('the state before the last is kept as .bak', async (t) => {
  const folder = new Folder()
  const file = open(folder)
  await file.save(() => 1)
  await file.save(() => 2)
  t.is(folder.text(`${path}.bak`), '1\n')
  t.is(folder.text(path), '2\n')
})

test('nothing there is no state', (t) => {
  t.is(open(new Folder()).load(asIs), undefined)
})

test('a damaged file falls back to the state before it, with a warning', (t) => {
  const folder = new Folder()
  folder.put(path, '{"a":')
  folder.put(`${path}.bak`, '{"table":{0:1}}')
  const warnings: string[] = []
  const log = { ...silentLog, warn: (event: string) => void warnings.push(event) }
  t.deepEqual(open(folder, log).load(asIs), { table: { '0': 1 } })
  t.deepEqual(warnings, ['state-file-restored'])
})

test('a damaged file never replaces a good .bak', async (t) => {
  const folder = new Folder()
  folder.put(path, 'damaged')
  folder.put(`${path}.bak`, '"good"')
  const file = open(folder)
  file.load(asIs)
  await file.save(() => 'new')
  t.is(folder.text(`${path}.bak`), '"good"')
  t.is(folder.text(path), '"new"\n')
})

test('a state that its owner refuses counts as damaged', (t) => {
  const folder = new Folder()
  folder.put(path, '[]')
  const refuse = () => {
    throw new Error('not an object')
  }
  t.like(
    t.throws(() => open(folder).load(refuse)),
    { failure: 'internal', detail: { path } },
  )
})

for (const newNames of [false, true]) {
  test(`whatever call of a save fails, a crash then leaves a whole state (${newNames ? 'new' : 'old'} names on disk)`, async (t) => {
    for (let failAt = 1; ; failAt++) {
      const folder = new Folder()
      const file = open(folder)
      await file.save(() => 'one')
      await file.save(() => 'two')
      folder.calls = 0
      folder.failAt = failAt
      const failed = await file
        .save(() => 'three')
        .then(
          () => false,
          () => true,
        )
      folder.crash(newNames)
      const state = open(folder).load(asIs)
      if (!failed) {
        t.is(state, 'three')
        t.true(failAt > 6)
        return
      }
      t.true(state === 'two' || state === 'three', `call ${failAt} left ${state}`)
    }
  })
}

test('saves that come during a save share one write of the newest state', async (t) => {
  const folder = new Folder()
  const file = open(folder)
  folder.holdSyncs = true
  const first = file.save(() => 'first')
  const second = file.save(() => 'second')
  const third = file.save(() => 'third')
  t.is(second, third)
  folder.releaseSyncs()
  await Promise.all([first, second, third])
  t.is(folder.text(path), '"third"\n')
  t.is(folder.text(`${path}.bak`), '"first"\n')
})

test('a save after a failed one works', async (t) => {
  const folder = new Folder()
  const file = open(folder)
  folder.failAt = 3
  await t.throwsAsync(
    file.save(() => 1),
    { message: 'EIO' },
  )
  await file.save(() => 2)
  t.is(folder.text(path), '2\n')
})
