// The settings of a broker: type, default, unit and meaning, once. Keys are Java's, so that a
// broker.conf is understood.
//
// Source: BrokerConfig, MessageStoreConfig; defaults are those of 5.5.0 unless said.

import * as z from 'zod'
import { count, flag, text } from '../base/setting.ts'
import { listenerSettings } from '../guard/listener.ts'
import { accessSettings } from '../guard/settings.ts'
import { serverLimits } from '../remoting/server.ts'
import { storeDefaults } from '../store/options.ts'
import { timerWheelSlots } from '../store/timer-slot.ts'
import { controllerLinkSettings } from './controller-link/keys.ts'
import { replicationSettings } from './replication/keys.ts'

const millis = (fallback: number, meaning: string) => count(fallback, `${meaning} Milliseconds.`)

export const brokerConfig = z.strictObject({
  brokerName: text('broker-a', 'Name of the broker set: a master and its slaves share it.'),
  brokerClusterName: text('DefaultCluster', 'Name of the cluster.'),
  brokerId: count(0, '0 is the master, anything else a slave.'),
  brokerIP1: text('127.0.0.1', 'Address that clients are told; part of every message id.'),
  brokerIP2: z.string().optional().describe('Address that slaves are told; as brokerIP1.'),
  bindAddress: text('127.0.0.1', 'Address the ports bind to. Java: 0.0.0.0.'),
  listenPort: count(10911, 'Port for clients; 0 takes a free one.'),
  haListenPort: count(0, 'Port for slaves; 0: one above listenPort if it is free, else any.'),
  namesrvAddr: text('', 'Name servers, host:port, separated by semicolons.'),
  regionId: text('DefaultRegion', 'Told to clients with each send, for traces.'),
  brokerPermission: count(6, 'Of the whole broker: 4 read, 2 write.'),

  ...listenerSettings,
  ...accessSettings,

  registerBrokerPeriod: millis(30_000, 'How often it registers with each name server.'),
  enableSplitRegistration: flag(false, 'Registrations of many topics are sent in parts.'),
  splitRegistrationSize: count(800, 'Most topics of such a part.'),
  registerBrokerTimeoutMills: millis(24_000, 'How long a name server may take to answer.'),

  autoCreateTopicEnable: flag(true, 'A send to an unknown topic creates it.'),
  autoCreateTopicMax: count(1000, 'Most topics that sends may create. Ours: Java has no limit.'),
  defaultTopicQueueNums: count(8, 'Queues of TBW102, the most a created topic gets.'),
  clusterTopicEnable: flag(true, "The cluster's own topic can be read and written."),
  brokerTopicEnable: flag(true, "The broker's own topic can be read and written."),
  traceTopicEnable: flag(false, 'The topic for message traces exists.'),
  msgTraceTopicName: text('RMQ_SYS_TRACE_TOPIC', 'Its name.'),
  traceOn: flag(true, 'Clients are told to trace.'),
  autoCreateSubscriptionGroup: flag(true, 'A group appears on first use.'),
  subscriptionGroupMax: count(10_000, 'Most groups that appear on first use. Ours.'),

  ...replicationSettings,
  ...controllerLinkSettings,

  maxMessageSize: count(storeDefaults.maxMessageSize, 'Largest body, and largest batch. Bytes.'),
  rejectTransactionMessage: flag(false, 'Transactional messages are refused.'),
  transactionTimeOut: millis(6000, 'A prepared message that is older is asked about.'),
  transactionCheckInterval: millis(30_000, 'How often prepared messages are looked through.'),
  transactionCheckMax: count(15, 'How often one is asked about before it is given up.'),
  transactionOpMsgMaxSize: count(4096, 'Ends of transactions in one record. Bytes.'),
  transactionOpBatchInterval: millis(3000, 'How long an end may wait for others.'),

  storeReplyMessageEnable: flag(true, 'Replies to requests are stored as well as pushed.'),

  dedupWindowMs: millis(600_000, 'How long the ids of idempotent sends are known; 0: not. Ours.'),
  dedupCountMax: count(100_000, 'Such ids in memory; more are looked up in the key index. Ours.'),

  longPollingEnable: flag(true, 'A pull without a message may wait.'),
  shortPollingTimeMills: millis(1000, 'How long it waits when it may not.'),
  litePullMessageEnable: flag(true, 'LITE_PULL_MESSAGE is served.'),
  pullBatchMaxMessageCount: count(160, 'Most messages of one pull.'),
  enablePropertyFilter: flag(true, 'SQL92 filters are served. Java: false.'),
  slaveReadEnable: flag(false, 'A loaded master sends consumers to its slave.'),
  waitingBytesMax: count(
    512 * 1024 * 1024,
    'Bodies of requests that wait for their answers; beyond it clients are told to wait. Bytes. Ours.',
  ),
  connectionsMax: count(serverLimits.connectionsMax, 'Most connections. Ours.'),
  clientRequestsMax: count(
    serverLimits.inFlightMax,
    'Most requests of one connection that wait for their answers. Ours.',
  ),
  clientOutboundBytesMax: count(
    serverLimits.outboundBytesMax,
    'Bytes of answers that a connection has not taken from which it is not read from. Ours.',
  ),
  partialBytesMax: count(
    serverLimits.partialBytesMax,
    'Bytes of unfinished requests; beyond it their connections are closed. Ours.',
  ),
  maxHeldRequests: count(100_000, 'Most pulls and pops that wait. Java: maxPopPollingSize.'),
  popPollingSize: count(1024, 'Most pops that wait for one queue of one group.'),

  channelExpiredTimeout: millis(120_000, 'A client without a heartbeat is forgotten after this.'),
  flushConsumerOffsetInterval: millis(5000, 'How often consumer offsets are written.'),
  consumerOffsetUpdateVersionStep: count(500, 'Commits for each new version of the offsets.'),
  defaultMessageRequestMode: z
    .enum(['PULL', 'POP'])
    .default('PULL')
    .describe('See QUERY_ASSIGNMENT.'),
  defaultPopShareQueueNum: z.coerce.number().int().default(-1).describe('See QUERY_ASSIGNMENT.'),

  messageDelayLevel: text(storeDefaults.messageDelayLevel, 'The delay of each level.'),
  flushDelayOffsetInterval: millis(10_000, 'How often the offsets of the levels are written.'),

  reviveQueueNum: count(8, 'Queues of the topic with pop checkpoints.'),
  timerWheelEnable: flag(true, 'Messages with an exact time and pops are served.'),
  timerMaxDelaySec: count(259_200, 'The longest delay of a message with an exact time. Seconds.'),
  timerFlushIntervalMs: millis(1000, 'How often the timer writes how far it has come.'),
  mappedFileSizeTimerLog: count(104_857_600, 'Bytes of a timer log file. A log keeps its size.'),
  timerWheelSlots: count(timerWheelSlots, 'Slots of the timer wheel. Java opens no other number.'),
  recallMessageEnable: flag(true, 'Timed messages can be taken back. Java: false.'),
  appendTopicForTimerDeleteKey: flag(false, 'Recalls name topic and message, as before 5.5.'),

  storePathRootDir: text('data/broker', 'Folder of the store. Java: $HOME/store.'),
  storePathCommitLog: z
    .string()
    .optional()
    .describe('Folders of the log, separated by commas; <root>/commitlog.'),
  readOnlyCommitLogStorePaths: z
    .string()
    .optional()
    .describe('Folders in which log files are only read, separated by commas.'),
  mappedFileSizeCommitLog: count(
    storeDefaults.mappedFileSizeCommitLog,
    'Bytes of a log file. A store keeps the size it was made with.',
  ),
  mappedFileSizeConsumeQueue: count(
    storeDefaults.mappedFileSizeConsumeQueue,
    'Bytes of a queue file, rounded up to a multiple of 20.',
  ),
  mapperFileSizeBatchConsumeQueue: count(
    storeDefaults.mapperFileSizeBatchConsumeQueue,
    'Bytes of a file of a batch queue, rounded up to a multiple of 46.',
  ),
  flushDiskType: z
    .enum(['ASYNC_FLUSH', 'SYNC_FLUSH'])
    .default(storeDefaults.flushDiskType)
    .describe('SYNC_FLUSH: a send is answered when it is on disk.'),
  flushIntervalCommitLog: millis(
    storeDefaults.flushIntervalCommitLog,
    'How often unsynced bytes of the log are looked at.',
  ),
  flushCommitLogLeastPages: count(
    storeDefaults.flushCommitLogLeastPages,
    'Pages of 4096 bytes that must be unsynced for such a look to sync.',
  ),
  flushCommitLogThoroughInterval: millis(
    storeDefaults.flushCommitLogThoroughInterval,
    'After which anything unsynced is synced.',
  ),
  flushConsumeQueueThoroughInterval: millis(
    storeDefaults.flushConsumeQueueThoroughInterval,
    'After which queues are synced and checkpointed.',
  ),
  syncFlushTimeout: millis(storeDefaults.syncFlushTimeout, 'How long a send waits for its sync.'),
  enabledAppendPropCRC: flag(
    storeDefaults.enabledAppendPropCRC,
    'Each record ends with a checksum over all of it, __CRC32#.',
  ),
  forceVerifyPropCRC: flag(
    storeDefaults.forceVerifyPropCRC,
    'Recovery cuts the log at the first record without that checksum.',
  ),
  accessMessageInMemoryMaxRatio: count(
    storeDefaults.accessMessageInMemoryMaxRatio,
    "Percent of memory that the log's end is taken to be cached in.",
  ),
  maxTransferBytesOnMessageInMemory: count(
    storeDefaults.maxTransferBytesOnMessageInMemory,
    'Most bytes of one read of cached messages.',
  ),
  maxTransferCountOnMessageInMemory: count(
    storeDefaults.maxTransferCountOnMessageInMemory,
    'Most cached messages of one read.',
  ),
  maxTransferBytesOnMessageInDisk: count(
    storeDefaults.maxTransferBytesOnMessageInDisk,
    'Most bytes of one read from the disk.',
  ),
  maxTransferCountOnMessageInDisk: count(
    storeDefaults.maxTransferCountOnMessageInDisk,
    'Most messages of one read from the disk.',
  ),
  maxFilterMessageSize: count(
    storeDefaults.maxFilterMessageSize,
    'Bytes of queue entries that one read looks through.',
  ),
  messageIndexEnable: flag(storeDefaults.messageIndexEnable, 'Messages can be found by key.'),
  maxHashSlotNum: count(
    storeDefaults.maxHashSlotNum,
    'Slots of an index file, kept in memory while it is filled. Another value makes the index again.',
  ).pipe(z.number().positive()),
  maxIndexNum: count(storeDefaults.maxIndexNum, 'Entries of an index file.').pipe(
    z.number().positive(),
  ),
  fileReservedTime: count(storeDefaults.fileReservedTime, 'Hours a log file is kept.'),
  deleteWhen: text(storeDefaults.deleteWhen, 'Hours of the day at which old files are deleted.'),
  diskMaxUsedSpaceRatio: count(
    storeDefaults.diskMaxUsedSpaceRatio,
    'Percent of the disk in use from which old files go at any hour.',
  ),
  diskSpaceCleanForciblyRatio: count(
    storeDefaults.diskSpaceCleanForciblyRatio,
    'Percent from which the oldest files go however young they are.',
  ),
  diskSpaceWarningLevelRatio: count(
    storeDefaults.diskSpaceWarningLevelRatio,
    'Percent from which messages are refused.',
  ),
  cleanFileForciblyEnable: flag(
    storeDefaults.cleanFileForciblyEnable,
    'Whether young files go when the disk is that full.',
  ),
  cleanResourceInterval: millis(
    storeDefaults.cleanResourceInterval,
    'How often files and disk are looked at.',
  ),
  deleteFileBatchMax: count(storeDefaults.deleteFileBatchMax, 'Log files deleted at one look.'),
  mapFiles: flag(storeDefaults.mapFiles, 'Maps the log into memory where the host can. Ours.'),
  queueFilesOpenMax: count(
    storeDefaults.queueFilesOpenMax,
    'Queue files kept open; 0: half of what the process may open. Ours.',
  ),
})

/** A broker's settings, complete. */
export type BrokerConfig = z.output<typeof brokerConfig>

/** Settings that a running broker takes from UPDATE_BROKER_CONFIG. Never a path or a command. */
export const reloadable: ReadonlySet<keyof BrokerConfig> = new Set<keyof BrokerConfig>([
  'brokerPermission',
  'autoCreateTopicEnable',
  'autoCreateTopicMax',
  'autoCreateSubscriptionGroup',
  'subscriptionGroupMax',
  'rejectTransactionMessage',
  'longPollingEnable',
  'shortPollingTimeMills',
  'litePullMessageEnable',
  'pullBatchMaxMessageCount',
  'enablePropertyFilter',
  'slaveReadEnable',
  'channelExpiredTimeout',
  'defaultMessageRequestMode',
  'defaultPopShareQueueNum',
])
