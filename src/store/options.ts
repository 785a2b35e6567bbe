// The store's settings, under Java's key names where Java has them. Source: MessageStoreConfig.

import { defaultDelayLevels } from '../message/delay.ts'

export type FlushDiskType = 'ASYNC_FLUSH' | 'SYNC_FLUSH'

export type StoreOptions = {
  readonly storePathRootDir: string
  /** Folders of the log, separated by commas. Undefined: `<root>/commitlog`. */
  readonly storePathCommitLog?: string | undefined
  /** Folders in which log files are read and none are made, separated by commas. */
  readonly readOnlyCommitLogStorePaths?: string | undefined
  /** Bytes of a commit log file; a store keeps the size it was made with. */
  readonly mappedFileSizeCommitLog: number
  /** Bytes of a consume queue file, rounded up to a multiple of 20. */
  readonly mappedFileSizeConsumeQueue: number
  /** Bytes of a batch queue file, rounded up to a multiple of 46. */
  readonly mapperFileSizeBatchConsumeQueue: number
  readonly flushDiskType: FlushDiskType
  /** ms between looks at what is unsynced, when asynchronous. */
  readonly flushIntervalCommitLog: number
  /** Pages of 4096 bytes that must be unsynced before such a look syncs. */
  readonly flushCommitLogLeastPages: number
  /** ms after which anything unsynced is synced. */
  readonly flushCommitLogThoroughInterval: number
  /** ms after which consume queues are written, synced and checkpointed. */
  readonly flushConsumeQueueThoroughInterval: number
  /** ms that an acknowledgement waits for its sync. */
  readonly syncFlushTimeout: number
  /** Bytes of a body, and of a whole client batch. */
  readonly maxMessageSize: number
  /** Each record ends with a checksum over all of it. */
  readonly enabledAppendPropCRC: boolean
  /** Recovery takes only records with such a checksum, instead of that of the body. */
  readonly forceVerifyPropCRC: boolean
  /** Percent of physical memory that the log's end is assumed to be cached in. */
  readonly accessMessageInMemoryMaxRatio: number
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  /** Bytes of queue entries that one read looks through. */
  readonly maxFilterMessageSize: number
  readonly messageDelayLevel: string
  /** Messages can be found by key. */
  readonly messageIndexEnable: boolean
  /** Slots of an index file. An index of another shape is made again. */
  readonly maxHashSlotNum: number
  /** Entries of an index file. */
  readonly maxIndexNum: number
  /** Hours after which a log file may be deleted. */
  readonly fileReservedTime: number
  /** Hours of the day, local time, at which that happens; separated by semicolons. */
  readonly deleteWhen: string
  /** Percent of the disk in use from which old files go at any hour. */
  readonly diskMaxUsedSpaceRatio: number
  /** Percent from which the oldest files go however young they are. */
  readonly diskSpaceCleanForciblyRatio: number
  /** Percent from which messages are refused. */
  readonly diskSpaceWarningLevelRatio: number
  readonly cleanFileForciblyEnable: boolean
  /** ms between looks at files and disk. */
  readonly cleanResourceInterval: number
  /** Log files deleted at one look. */
  readonly deleteFileBatchMax: number
  /** Maps commit log files where the host can. Ours: not a key of Java. */
  readonly mapFiles: boolean
  /** Descriptors kept open for consume queues; 0: half of what the process may have. Ours. */
  readonly queueFilesOpenMax: number
  /** Written into the abort file, for people. Ours. */
  readonly processId: number
}

/** Java's defaults. */
export const storeDefaults: Omit<StoreOptions, 'storePathRootDir'> = {
  mappedFileSizeCommitLog: 1_073_741_824,
  mappedFileSizeConsumeQueue: 6_000_000,
  mapperFileSizeBatchConsumeQueue: 13_800_000,
  flushDiskType: 'ASYNC_FLUSH',
  flushIntervalCommitLog: 500,
  flushCommitLogLeastPages: 4,
  flushCommitLogThoroughInterval: 10_000,
  flushConsumeQueueThoroughInterval: 60_000,
  syncFlushTimeout: 5_000,
  maxMessageSize: 4_194_304,
  enabledAppendPropCRC: false,
  forceVerifyPropCRC: false,
  accessMessageInMemoryMaxRatio: 40,
  maxTransferBytesOnMessageInMemory: 262_144,
  maxTransferCountOnMessageInMemory: 32,
  maxTransferBytesOnMessageInDisk: 65_536,
  maxTransferCountOnMessageInDisk: 8,
  maxFilterMessageSize: 16_000,
  messageDelayLevel: defaultDelayLevels,
  messageIndexEnable: true,
  maxHashSlotNum: 5_000_000,
  maxIndexNum: 20_000_000,
  fileReservedTime: 72,
  deleteWhen: '04',
  diskMaxUsedSpaceRatio: 75,
  diskSpaceCleanForciblyRatio: 85,
  diskSpaceWarningLevelRatio: 90,
  cleanFileForciblyEnable: true,
  cleanResourceInterval: 10_000,
  deleteFileBatchMax: 10,
  mapFiles: true,
  queueFilesOpenMax: 0,
  processId: 0,
}
