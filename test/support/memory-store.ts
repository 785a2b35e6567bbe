// A real store on a disk in memory, with a clock that the test moves.

import { silentLog } from '../../src/base/log.ts'
import { type StoreOptions, storeDefaults } from '../../src/store/options.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'

/** Small files, so that they roll within a test. */
export const smallStoreOptions: StoreOptions = {
  ...storeDefaults,
  storePathRootDir: '/store',
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 20 * 50,
  maxHashSlotNum: 50,
  maxIndexNum: 40,
}

export type MemoryStore = {
  readonly store: Store
  readonly files: MemoryFiles
  readonly clock: FakeClock
}

/** Opens a store; give `files` to open one again that was closed or has crashed. */
export function openMemoryStore(
  given: {
    files?: MemoryFiles
    clock?: FakeClock
    options?: Partial<StoreOptions>
    isBatchTopic?: (topic: string) => boolean
  } = {},
): MemoryStore {
  const { files = new MemoryFiles(), clock = new FakeClock() } = given
  const options = { ...smallStoreOptions, ...given.options }
  const { isBatchTopic = () => false } = given
  const store = openStore({ files: files.mount(), clock, log: silentLog, isBatchTopic }, options)
  return { store, files, clock }
}
