// The settings of a broker: type, default, unit and meaning, once. Keys are Java's, so that a
// broker.conf is understood. The store's own settings are in src/store; both are read from
// one file.
//
// Source: BrokerConfig, MessageStoreConfig; defaults are those of 5.5.0 unless said.

import { z } from 'zod'

const count = (fallback: number, meaning: string) =>
  z.coerce.number().int().nonnegative().default(fallback).describe(meaning)
const millis = (fallback: number, meaning: string) => count(fallback, `${meaning} Milliseconds.`)
const flag = (fallback: boolean, meaning: string) =>
  z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .default(fallback)
    .describe(meaning)
const text = (fallback: string, meaning: string) => z.string().default(fallback).describe(meaning)

export const brokerConfig = z.strictObject({
  brokerName: text('broker-a', 'Name of the broker set: a master and its slaves share it.'),
  brokerClusterName: text('DefaultCluster', 'Name of the cluster.'),
  brokerId: count(0, '0 is the master, anything else a slave.'),
  brokerIP1: text('127.0.0.1', 'Address that clients are told; part of every message id.'),
  brokerIP2: z.string().optional().describe('Address that slaves are told; as brokerIP1.'),
  bindAddress: text('127.0.0.1', 'Address the ports bind to. Java: 0.0.0.0.'),
  listenPort: count(10911, 'Port for clients; 0 takes a free one.'),
  haListenPort: count(10912, 'Port for slaves.'),
  namesrvAddr: text('', 'Name servers, host:port, separated by semicolons.'),
  regionId: text('DefaultRegion', 'Told to clients with each send, for traces.'),
  brokerPermission: count(6, 'Of the whole broker: 4 read, 2 write.'),

  registerBrokerPeriod: millis(30_000, 'How often it registers with each name server.'),
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

  maxMessageSize: count(4 * 1024 * 1024, 'Largest body, and largest batch. Bytes.'),
  rejectTransactionMessage: flag(false, 'Transactional messages are refused.'),

  longPollingEnable: flag(true, 'A pull without a message may wait.'),
  shortPollingTimeMills: millis(1000, 'How long it waits when it may not.'),
  litePullMessageEnable: flag(true, 'LITE_PULL_MESSAGE is served.'),
  pullBatchMaxMessageCount: count(160, 'Most messages of one pull.'),
  enablePropertyFilter: flag(true, 'SQL92 filters are served. Java: false.'),
  slaveReadEnable: flag(false, 'A loaded master sends consumers to its slave.'),
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

  messageDelayLevel: text(
    '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h',
    'The delay of each level.',
  ),
  flushDelayOffsetInterval: millis(10_000, 'How often the offsets of the levels are written.'),

  reviveQueueNum: count(8, 'Queues of the topic with pop checkpoints.'),
  timerWheelEnable: flag(true, 'Messages with an exact time and pops are served.'),
  maxPopPollingSize: count(100_000, 'Most pops that wait.'),
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
  'maxMessageSize',
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
