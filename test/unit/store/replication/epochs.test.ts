// Source: EpochFileCache, EpochFileCacheTest

import test from 'ava'
import { agreedPosition, Epochs } from '../../../../src/store/replication/epochs.ts'
import { MemoryFiles } from '../../../support/memory-files.ts'

const path = '/store/epochFileCheckpoint'

function made(text?: string): MemoryFiles {
  const files = new MemoryFiles()
  files.makeDirectory('/store')
  if (text !== undefined) files.open(path, 'create').write(Buffer.from(text), 0)
  return files
}

const textOf = (files: MemoryFiles, at = path) => Buffer.from(files.readWhole(at) ?? []).toString()

test('the file is written as Apache writes it, and read back', (t) => {
  const files = made()
  const epochs = new Epochs(files, path)
  t.true(epochs.append({ epoch: 7, startPosition: 7000 }))
  t.true(epochs.append({ epoch: 8, startPosition: 8000 }))
  t.is(textOf(files), '2\n773307083\n7-7000\n8-8000\n')
  t.deepEqual(new Epochs(files, path).entries, [
    { epoch: 7, startPosition: 7000 },
    { epoch: 8, startPosition: 8000 },
  ])
})

test('a damaged file is read from its copy; without one nothing is known', (t) => {
  const files = made()
  const epochs = new Epochs(files, path)
  epochs.append({ epoch: 1, startPosition: 0 })
  epochs.append({ epoch: 2, startPosition: 50 })
  files.open(path, 'write').write(Buffer.from('9'), 0)
  t.deepEqual(new Epochs(files, path).entries, [{ epoch: 1, startPosition: 0 }])
  t.is(new Epochs(made('1\n5\n1-0\n'), path).last, -1)
  t.is(new Epochs(made('1\n0\n1-0\n'), path).last, 1)
  t.is(new Epochs(made(''), path).last, -1)
})

test('an older epoch is not taken, and one that wrote nothing gives its place', (t) => {
  const epochs = new Epochs(made(), path)
  t.true(epochs.append({ epoch: 2, startPosition: 100 }))
  t.false(epochs.append({ epoch: 1, startPosition: 200 }))
  t.false(epochs.append({ epoch: 3, startPosition: 50 }))
  t.true(epochs.append({ epoch: 5, startPosition: 100 }))
  t.deepEqual(epochs.entries, [{ epoch: 5, startPosition: 100 }])
  epochs.append({ epoch: 6, startPosition: 300 })
  t.deepEqual(epochs.at(299), { epoch: { epoch: 5, startPosition: 100 }, endPosition: 300 })
  t.is(epochs.at(50), undefined)
  epochs.truncate(300)
  t.is(epochs.last, 5)
})

test('two logs agree up to the end of the newest epoch that both have', (t) => {
  const epochs = (...starts: [number, number][]) =>
    starts.map(([epoch, startPosition]) => ({ epoch, startPosition }))
  const agreed = (
    own: [number, number][],
    ownEnd: number,
    master: [number, number][],
    end: number,
  ) => agreedPosition(epochs(...own), ownEnd, epochs(...master), end)
  t.is(agreed([[1, 0]], 500, [[1, 0]], 700), 500)
  t.is(agreed([[1, 0]], 900, [[1, 0]], 700), 700)
  t.is(
    agreed(
      [[1, 0]],
      900,
      [
        [1, 0],
        [2, 700],
      ],
      800,
    ),
    700,
  )
  t.is(
    agreed(
      [
        [1, 0],
        [2, 600],
      ],
      900,
      [
        [1, 0],
        [3, 700],
      ],
      800,
    ),
    600,
  )
  t.is(
    agreed(
      [
        [1, 0],
        [2, 600],
      ],
      900,
      [
        [1, 0],
        [2, 600],
        [3, 650],
      ],
      800,
    ),
    650,
  )
  t.is(agreed([[1, 0]], 900, [[1, 10]], 800), undefined)
  t.is(agreed([[4, 0]], 900, [], 0), undefined)
})

test('a crash at any call leaves the old epochs or the new ones', (t) => {
  for (let stopAt = 1; stopAt < 20; stopAt++) {
    const files = made()
    new Epochs(files.mount(), path).append({ epoch: 1, startPosition: 0 })
    const [before, process] = [files.calls, files.mount()]
    files.fault = (_call, _path, index) => {
      if (index - before === stopAt) throw new Error('stop')
    }
    const epochs = new Epochs(process, path)
    try {
      epochs.append({ epoch: 2, startPosition: 10 })
    } catch {
      // As the test wants it.
    }
    files.fault = () => {}
    files.crash(1)
    const { last } = new Epochs(files.mount(), path)
    t.true(last === 1 || last === 2, `stopped at call ${stopAt}`)
  }
})
