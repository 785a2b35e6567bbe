// One suite for both segments, mapped and plain: the log must not tell them apart.

import test from 'ava'
import { openSegment } from '../../src/store/open-segment.ts'
import type { Segment } from '../../src/store/segment.ts'
import { MemoryFiles } from '../support/memory-files.ts'

const size = 256 * 1024

function makeSegment(mapped: boolean): { segment: Segment; files: MemoryFiles } {
  const files = new MemoryFiles({ mapped: true })
  const file = files.open('/0', 'create')
  file.resize(size)
  file.close()
  files.syncDirectory('')
  return { segment: openSegment(files, { path: '/0', base: 1_000, size, mapped }), files }
}

function put(segment: Segment, at: number, text: string): void {
  const bytes = Buffer.from(text)
  const index = segment.begin(at, bytes.length)
  segment.target.bytes.set(bytes, index)
  segment.commit(at, bytes.length)
}

for (const mapped of [true, false]) {
  const name = mapped ? 'mapped' : 'plain'

  test(`${name}: what is committed is read, also by who opens the file anew`, async (t) => {
    const { segment, files } = makeSegment(mapped)
    put(segment, 10, 'first')
    put(segment, 15, 'second')
    t.is(segment.read(10, 11).toString(), 'firstsecond')
    t.is((await segment.readAsync(15, 6)).toString(), 'second')
    t.is(Buffer.from(files.readWhole('/0') ?? []).toString('latin1', 10, 21), 'firstsecond')
    t.is(segment.base, 1_000)
  })

  test(`${name}: what was read does not change when more is written`, (t) => {
    const { segment } = makeSegment(mapped)
    put(segment, 0, 'kept')
    const read = segment.read(0, 4)
    put(segment, 4, 'more')
    segment.close()
    t.is(read.toString(), 'kept')
  })

  test(`${name}: a record larger than any before it fits`, (t) => {
    const { segment } = makeSegment(mapped)
    const text = 'x'.repeat(200_000)
    put(segment, 1, text)
    t.is(segment.read(1, text.length).toString(), text)
  })

  test(`${name}: what was synced survives a power failure, what follows does not`, async (t) => {
    const { segment, files } = makeSegment(mapped)
    put(segment, 0, 'durable')
    await segment.sync()
    put(segment, 8192, 'lost')
    files.crash()
    const bytes = Buffer.from(files.readWhole('/0') ?? [])
    t.is(bytes.toString('latin1', 0, 7), 'durable')
    t.true(bytes.subarray(8192).every((byte) => byte === 0))
  })

  test(`${name}: writing ahead of time changes nothing`, (t) => {
    const { segment } = makeSegment(mapped)
    put(segment, 0, 'here')
    segment.touch(0, size + 4096)
    t.is(segment.read(0, 6).toString('latin1'), 'here\0\0')
  })
}
