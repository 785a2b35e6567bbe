// What every shared state promises: the one in memory and the one in Redis, over a mock here and
// over a real server in test/process.

import test from 'ava'
import RedisMock from 'ioredis-mock'
import { MemoryState } from '../../src/base/memory-state.ts'
import { RedisState } from '../../src/host/redis-state.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { transientStateContract } from '../support/transient-state-contract.ts'

transientStateContract(test, 'memory', () => new MemoryState(systemClock))
transientStateContract(test, 'redis mock', () => new RedisState(new RedisMock()))

test('memory keeps no more than it may: the oldest entry goes', async (t) => {
  const state = new MemoryState(systemClock, 2)
  for (const key of ['a', 'b', 'c']) await state.set(key, key, 60_000)
  t.deepEqual(
    [await state.get('a'), await state.get('b'), await state.get('c')],
    [undefined, 'b', 'c'],
  )
})
