// The store fits the broker's ports by shape: the compiler proves it here.

import test from 'ava'
import type { MessageStore } from '../../../src/broker/ports.ts'
import { openMemoryStore } from '../../support/memory-store.ts'

test('the store can be used where the broker asks for a message store', (t) => {
  const store: MessageStore = openMemoryStore().store
  t.is(store.maxPosition, 0)
  t.is(store.refusal, undefined)
})
