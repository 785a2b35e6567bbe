// The topics that every broker has from its start.
//
// Not served: the RocksDB variants are only listed, as in Apache's default registration.
// Source: TopicConfigManager.init; the counts and permissions were seen in a 5.5.0 registration.

import type { BrokerConfig } from './config.ts'
import { autoCreateTopic, halfOpTopic, halfTopic, scheduleTopic } from './names.ts'
import { reviveTopicOf } from './pop/names.ts'
import type { TopicConfig } from './ports.ts'

const inheritable = 7
const readWrite = 6
const onlyInherit = 1

/** Topic settings with the defaults of the class. Source: TopicConfig. */
export const topicConfig = (
  topicName: string,
  queueNums: number,
  perm: number = readWrite,
): TopicConfig => ({
  topicName,
  readQueueNums: queueNums,
  writeQueueNums: queueNums,
  perm,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: {},
})

export function startTopics(config: BrokerConfig): TopicConfig[] {
  const { brokerClusterName: cluster, brokerName: broker } = config
  const topics = [
    topicConfig('SELF_TEST_TOPIC', 1),
    topicConfig('BenchmarkTest', 1024),
    topicConfig(cluster, 16, config.clusterTopicEnable ? inheritable : onlyInherit),
    topicConfig(broker, 1, config.brokerTopicEnable ? inheritable : onlyInherit),
    topicConfig('OFFSET_MOVED_EVENT', 1),
    topicConfig(scheduleTopic, 18),
    topicConfig(`${cluster}_REPLY_TOPIC`, 1),
    topicConfig(reviveTopicOf(cluster), config.reviveQueueNum),
    topicConfig(`rmq_sys_SYNC_BROKER_MEMBER_${broker}`, 1, onlyInherit),
    topicConfig(halfTopic, 1),
    topicConfig(halfOpTopic, 1),
    topicConfig('RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC', 1),
    topicConfig('RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC', 1),
  ]
  if (config.autoCreateTopicEnable) {
    topics.push(topicConfig(autoCreateTopic, config.defaultTopicQueueNums, inheritable))
  }
  if (config.traceTopicEnable) topics.push(topicConfig(config.msgTraceTopicName, 1))
  if (config.timerWheelEnable) topics.push(topicConfig('rmq_sys_wheel_timer', 1))
  return topics
}
