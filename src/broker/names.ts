// What names of topics and groups may be, and which topics belong to the system.
//
// Source: TopicValidator, Validators, MixAll, NamespaceUtil.

import { MqError } from '../base/errors.ts'

export const retryPrefix = '%RETRY%'
export const deadLetterPrefix = '%DLQ%'

/** The topic whose settings a topic takes that is created on its first send. */
export const autoCreateTopic = 'TBW102'
export const scheduleTopic = 'SCHEDULE_TOPIC_XXXX'
/** Where prepared messages wait, where it is noted that they ended, where the undecided go. */
export const halfTopic = 'RMQ_SYS_TRANS_HALF_TOPIC'
export const halfOpTopic = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
export const undecidedTopic = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** The group whose offsets say how far halves and their ends were looked through. */
export const halfGroup = 'CID_RMQ_SYS_TRANS'

const systemPrefix = 'rmq_sys_'
const legal = /^[%|a-zA-Z0-9_-]+$/
const topicLengthMax = 127
const retryTopicLengthMax = 255
const groupLengthMax = 120

const systemTopics: ReadonlySet<string> = new Set([
  autoCreateTopic,
  scheduleTopic,
  'BenchmarkTest',
  halfTopic,
  'RMQ_SYS_TRACE_TOPIC',
  halfOpTopic,
  'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  undecidedTopic,
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  'CHECKPOINT_TOPIC',
])

/** Clients may not send to these, however they are permitted. */
const notSendable: ReadonlySet<string> = new Set([
  scheduleTopic,
  halfTopic,
  halfOpTopic,
  'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  undecidedTopic,
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
])

const systemGroups: ReadonlySet<string> = new Set([
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  halfGroup,
])

/** The groups that every broker has. */
export const builtInGroups: Iterable<string> = systemGroups

export const isRetryTopic = (topic: string): boolean => topic.startsWith(retryPrefix)
const isDeadLetterTopic = (topic: string): boolean => topic.startsWith(deadLetterPrefix)
/** Copies of messages, for one group: to come again, or not any more. */
export const isGroupsOwn = (topic: string): boolean =>
  isRetryTopic(topic) || isDeadLetterTopic(topic)
export const isSystemTopic = (topic: string): boolean =>
  systemTopics.has(topic) || topic.startsWith(systemPrefix)
export const isSystemGroup = (group: string): boolean =>
  systemGroups.has(group) || group.startsWith('CID_RMQ_SYS_')

/** Whether a client may send to it, as far as the name tells. */
export const isSendable = (topic: string): boolean =>
  !notSendable.has(topic) && !topic.startsWith(systemPrefix)

/** Throws `illegal-topic`. */
export function checkTopicName(topic: string): void {
  const lengthMax = isGroupsOwn(topic) ? retryTopicLengthMax : topicLengthMax
  if (topic === '') throw new MqError('illegal-topic', 'the specified topic is blank')
  if (topic.length > lengthMax) {
    throw new MqError('illegal-topic', 'the topic name is too long', { lengthMax })
  }
  if (!legal.test(topic)) {
    throw new MqError('illegal-topic', 'the topic name has characters that are not allowed')
  }
}

export const isGroupName = (group: string): boolean =>
  group.length <= groupLengthMax && legal.test(group)

/** Throws `illegal-group`. */
export function checkGroupName(group: string): void {
  if (isGroupName(group)) return
  throw new MqError('illegal-group', 'the group name is too long or has illegal characters', {
    lengthMax: groupLengthMax,
  })
}
