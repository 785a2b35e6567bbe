// Source: KVConfigManager

import test from 'ava'
import { KvConfig } from '../../../src/namesrv/kv.ts'

/** A state file that keeps what was saved as text. */
function fakeFile(text?: string) {
  return {
    text,
    fail: false,
    load<T>(parse: (value: unknown) => T): T | undefined {
      return this.text === undefined ? undefined : parse(JSON.parse(this.text))
    },
    async save(snapshot: () => unknown): Promise<void> {
      if (this.fail) throw new Error('EIO')
      this.text = JSON.stringify(snapshot())
    },
  }
}

test('an entry is kept in the form that Java keeps', async (t) => {
  const file = fakeFile()
  const kv = new KvConfig(file, 10)
  await kv.put('ORDER_TOPIC_CONFIG', 't', 'b:4')
  t.is(kv.get('ORDER_TOPIC_CONFIG', 't'), 'b:4')
  t.is(file.text, '{"configTable":{"ORDER_TOPIC_CONFIG":{"t":"b:4"}}}')
})

test('entries are read back', (t) => {
  const kv = new KvConfig(fakeFile('{"configTable":{"n":{"k":"v","l":"w"},"m":{}}}'), 10)
  kv.load()
  t.is(kv.get('n', 'k'), 'v')
  t.deepEqual(
    kv.list('n'),
    new Map([
      ['k', 'v'],
      ['l', 'w'],
    ]),
  )
  t.is(kv.list('other'), undefined)
})

test('a namesrv without the file has no entries', (t) => {
  const kv = new KvConfig(fakeFile(), 10)
  kv.load()
  t.is(kv.get('n', 'k'), undefined)
})

test('deleting removes the entry, and its namespace when it was the last', async (t) => {
  const file = fakeFile()
  const kv = new KvConfig(file, 10)
  await kv.put('n', 'k', 'v')
  await kv.delete('n', 'k')
  await kv.delete('n', 'k')
  t.is(kv.list('n'), undefined)
  t.is(file.text, '{"configTable":{}}')
})

test('each change is told', async (t) => {
  const kv = new KvConfig(fakeFile(), 10)
  const changes: string[] = []
  kv.onChange((namespace, key) => changes.push(`${namespace}/${key}`))
  await kv.put('n', 'k', 'v')
  await kv.delete('n', 'none')
  await kv.delete('n', 'k')
  t.deepEqual(changes, ['n/k', 'n/k'])
})

test('entries beyond the limit are refused, changes are not', async (t) => {
  const kv = new KvConfig(fakeFile(), 1)
  await kv.put('n', 'k', 'v')
  t.like(await t.throwsAsync(kv.put('n', 'l', 'v')), { failure: 'broker-busy' })
  await kv.put('n', 'k', 'w')
  await kv.delete('n', 'k')
  await kv.put('n', 'l', 'v')
  t.is(kv.get('n', 'l'), 'v')
})

test('a change that the disk refuses is reported, counts, and is written with the next', async (t) => {
  const file = fakeFile()
  const kv = new KvConfig(file, 10)
  file.fail = true
  await t.throwsAsync(kv.put('n', 'k', 'v'), { message: 'EIO' })
  t.is(kv.get('n', 'k'), 'v')
  file.fail = false
  await kv.put('n', 'l', 'w')
  t.is(file.text, '{"configTable":{"n":{"k":"v","l":"w"}}}')
})

test('names of prototypes are plain names', async (t) => {
  const file = fakeFile()
  const kv = new KvConfig(file, 10)
  await kv.put('__proto__', '__proto__', 'v')
  const again = new KvConfig(file, 10)
  again.load()
  t.is(again.get('__proto__', '__proto__'), 'v')
})
