import test from 'ava'
import { unzstd } from '../../../../gateway/http/zstd.ts'

// `zstd -19` of {"id":7,"text":"zstd zstd … "}, with a checksum.
const packed = Buffer.from('KLUv/QRo9QAAuHsiaWQiOjcsInRleHQiOiJ6c3RkICJ9AQCBoAoToEJHOg==', 'base64')
const plain = `{"id":7,"text":"${'zstd '.repeat(40)}"}`
const limit = { maxOutputLength: 4 * 1024 * 1024 }
const magic = [0x28, 0xb5, 0x2f, 0xfd]

/** A frame of one empty block whose window is what `descriptor` says. */
const windowOf = (descriptor: number): Buffer => Buffer.of(...magic, 0, descriptor, 1, 0, 0)

/** 128 KiB of zeros in four bytes. */
const repeated = (isLast: boolean): Buffer => {
  const block = Buffer.alloc(4)
  block.writeUIntLE((131_072 << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3)
  return block
}

test('what zstd made is unpacked, also in several frames and with something to skip', async (t) => {
  t.is((await unzstd(packed, limit)).toString(), plain)
  const skipped = Buffer.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)
  const several = Buffer.concat([packed, skipped, packed])
  t.is((await unzstd(several, limit)).toString(), plain + plain)
})

test('a small bomb goes off nowhere', async (t) => {
  const head = Buffer.of(...magic, 0, 0x38)
  const blocks = Array.from({ length: 100 }, (_, at) => repeated(at === 99))
  const bomb = Buffer.concat([head, ...blocks])
  await t.throwsAsync(unzstd(bomb, limit), { instanceOf: RangeError })
})

test('a window of a gigabyte is refused before there is memory for it', async (t) => {
  t.is((await unzstd(windowOf(0x68), limit)).length, 0)
  for (const descriptor of [0x69, 0xa0, 0xff]) {
    await t.throwsAsync(unzstd(windowOf(descriptor), limit), { instanceOf: RangeError })
  }
  const single = Buffer.concat([
    Buffer.of(...magic, 0xe0),
    Buffer.alloc(8, 0x7f),
    Buffer.of(1, 0, 0),
  ])
  await t.throwsAsync(unzstd(single, limit), { instanceOf: RangeError })
  const second = Buffer.concat([packed, windowOf(0xa0)])
  await t.throwsAsync(unzstd(second, limit), { instanceOf: RangeError })
})

test('every cut and every changed byte is refused or unpacked, never more than allowed', async (t) => {
  for (let at = 0; at < packed.length; at++) {
    const cut = at > 0 ? await t.throwsAsync(unzstd(packed.subarray(0, at), limit)) : undefined
    t.false(cut instanceof RangeError)
    for (const byte of [0, 0x7f, 0xff]) {
      const changed = Buffer.from(packed)
      changed[at] = byte
      const size = await unzstd(changed, limit).then(
        ({ length }) => length,
        () => 0,
      )
      t.true(size <= limit.maxOutputLength)
    }
  }
})
