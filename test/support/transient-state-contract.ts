// The contract of shared state, as tests for any implementation.

import type { TestFn } from 'ava'
import type { TransientState } from '../../src/base/transient-state.ts'

const shortMs = 40

/** Keys are new in each run, so that a server may keep what others left. */
export function transientStateContract(
  test: TestFn,
  name: string,
  make: () => TransientState,
): void {
  const run = `${Date.now().toString(36)}-${name}`
  const key = (text: string): string => `${run}:${text}`

  test(`${name}: what is set is there until it is removed`, async (t) => {
    const state = make()
    t.is(await state.get(key('a')), undefined)
    await state.set(key('a'), '1', 60_000)
    t.is(await state.get(key('a')), '1')
    await state.remove(key('a'))
    t.is(await state.get(key('a')), undefined)
  })

  test(`${name}: of two that add one key one succeeds`, async (t) => {
    const state = make()
    const added = await Promise.all([
      state.add(key('b'), 'x', 60_000),
      state.add(key('b'), 'y', 60_000),
    ])
    t.deepEqual(added, [true, false])
    t.is(await state.get(key('b')), 'x')
  })

  test(`${name}: entries go after their time`, async (t) => {
    const state = make()
    await state.add(key('c'), 'x', shortMs)
    await state.increase(key('d'), 5, shortMs)
    while ((await state.get(key('c'))) !== undefined) await nextTurn()
    while ((await state.get(key('d'))) !== undefined) await nextTurn()
    t.true(await state.add(key('c'), 'y', 60_000))
    t.is(await state.increase(key('d'), 1, 60_000), 1)
  })

  test(`${name}: a counter counts what all add`, async (t) => {
    const state = make()
    await Promise.all([1, 2, 3].map((n) => state.increase(key('e'), n, 60_000)))
    t.is(await state.increase(key('e'), 4, 60_000), 10)
  })
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
