// The settings of a namesrv: type, default, unit and meaning, once. Keys are Java's where Java
// has them.
//
// Source: NamesrvConfig, NettyServerConfig; defaults are those of 5.5.0 unless said.

import * as z from 'zod'
import { count, flag, text } from '../base/setting.ts'
import { listenerSettings } from '../guard/listener.ts'
import { accessSettings } from '../guard/settings.ts'

export const namesrvConfig = z.strictObject({
  bindAddress: text('127.0.0.1', 'Address the port binds to. Java: 0.0.0.0.'),
  listenPort: count(9876, 'Port for brokers, clients and tools; 0 takes a free one.'),
  kvConfigPath: text('data/namesrv/kvConfig.json', 'File of the KV configuration.'),

  ...listenerSettings,
  ...accessSettings,
  authConfigPath: text('data/namesrv', 'Folder of the file of users.'),

  scanNotActiveBrokerInterval: count(
    5000,
    'How often silent brokers are looked for. Milliseconds.',
  ),
  orderMessageEnable: flag(false, 'Routes carry the order configuration of their topic.'),
  returnOrderTopicConfigToBroker: flag(true, 'Brokers are told the order configuration.'),
  enableTopicList: flag(true, 'Topics of a cluster, system topics and unit topics are listed.'),
  enableAllTopicList: flag(true, 'All topics are listed.'),

  brokersMax: count(10_000, 'Most broker names. Ours: Java has no limit.'),
  topicEntriesMax: count(10_000_000, 'Most topics times the brokers that have them. Ours.'),
  answerCacheBytes: count(64 * 1024 * 1024, 'Memory for printed routes. Bytes. Ours.'),
  kvEntriesMax: count(100_000, 'Most KV entries. Ours.'),
})

/** A namesrv's settings, complete. */
export type NamesrvConfig = z.output<typeof namesrvConfig>

/** Settings that a running namesrv takes from UPDATE_NAMESRV_CONFIG. Never a path. */
export const reloadable: ReadonlySet<string> = new Set<keyof NamesrvConfig>([
  'orderMessageEnable',
  'returnOrderTopicConfigToBroker',
  'enableTopicList',
  'enableAllTopicList',
])
