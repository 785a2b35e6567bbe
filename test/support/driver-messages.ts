// What store-driver.ts appends, so that its judge knows it as well.

import { type FlushDiskType, type StoreOptions, storeDefaults } from '../../src/store/options.ts'

/** Small files, so that a second of work rolls several. */
export function driverOptions(folder: string, flushDiskType: FlushDiskType): StoreOptions {
  return {
    ...storeDefaults,
    storePathRootDir: folder,
    mappedFileSizeCommitLog: 1024 * 1024,
    mappedFileSizeConsumeQueue: 20 * 1000,
    maxHashSlotNum: 1000,
    maxIndexNum: 4000,
    flushConsumeQueueThoroughInterval: 200,
    flushDiskType,
  }
}

/** The body of a numbered message: 1 to 3,000 bytes that only this number has. */
export function driverBody(number: number): Buffer {
  const size = 1 + ((number * 7919) % 3_000)
  return Buffer.from(`${number};`.repeat(Math.ceil(size / 2)).slice(0, Math.max(size, 12)))
}
