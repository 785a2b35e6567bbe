// Names as callers write them and as the brokers know them: a namespace other than the
// default one is written in front (`ns%orders`). Everything is checked here before any
// other work, so that no odd name ever reaches a broker, a log or a metric.
// Source: NamespaceUtil, Validators, TopicValidator.

import { MqError } from '../../src/base/errors.ts'
import type { Identity, TopicAction } from './core.ts'

const topicLengthMax = 127
const groupLengthMax = 120
const allowed = /^[%|a-zA-Z0-9_-]+$/

const systemTopics = new Set([
  'TBW102',
  'BenchmarkTest',
  'SCHEDULE_TOPIC_XXXX',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'CHECKPOINT_TOPIC',
])
const systemPrefix = /^(?:rmq_sys_|%RETRY%|%DLQ%)/i
const systemGroup =
  /^(?:CID_RMQ_SYS_|CID_ONSAPI_|CID_ONS-HTTP-PROXY$|TOOLS_CONSUMER$|FILTERSRV_CONSUMER$|SELF_TEST_C_GROUP$)/

export const isSystemGroup = (name: string): boolean => systemGroup.test(name)

export const isSystemTopic = (name: string): boolean =>
  systemTopics.has(name) || systemPrefix.test(name) || name.endsWith('_REPLY_TOPIC')

/** The broker's name of a topic that the caller may write to or create. */
export function writableTopic(
  name: string,
  identity: Identity,
  action: TopicAction = 'Pub',
): string {
  const topic = checkedTopic(name, identity)
  checkRight([action], 'Topic', name, identity)
  if (isSystemTopic(name)) {
    throw new MqError('permission-denied', 'a system topic cannot be written', { topic: name })
  }
  return topic
}

/** The broker's name of a topic that the caller may read. */
export function readableTopic(
  name: string,
  identity: Identity,
  anyOf: readonly TopicAction[] = ['Sub'],
): string {
  const topic = checkedTopic(name, identity)
  checkRight(anyOf, 'Topic', name, identity)
  if (isSystemTopic(name) && !identity.isAdmin) {
    throw new MqError('permission-denied', 'a system topic is for administrators', { topic: name })
  }
  return topic
}

/** The broker's name of a consumer group. */
export function groupName(
  name: string,
  identity: Identity,
  anyOf: readonly TopicAction[] = ['Sub'],
): string {
  const group = qualified(name, identity)
  if (name === '' || group.length > groupLengthMax || !allowed.test(name)) {
    throw new MqError('illegal-group', undefined, {
      lengthMax: groupLengthMax,
      pattern: allowed.source,
    })
  }
  if (systemGroup.test(name)) {
    throw new MqError('permission-denied', 'a system group cannot be used', { group: name })
  }
  if (name.includes('%') && !identity.isAdmin) throw crossing(name)
  checkRight(anyOf, 'Group', name, identity)
  return group
}

/** Throws unless the caller is an administrator. */
export function checkAdmin({ isAdmin }: Pick<Identity, 'isAdmin'>): void {
  if (!isAdmin) throw new MqError('permission-denied', 'this is for administrators')
}

/** Throws unless the caller is an administrator, or a role of theirs allows it on the cluster. */
export function checkCluster(action: TopicAction, cluster: string, identity: Identity): void {
  if (mayOnCluster(action, cluster, identity)) return
  throw new MqError('permission-denied', 'this is for administrators')
}

export const mayOnCluster = (
  action: TopicAction,
  cluster: string,
  { isAdmin, may }: Identity,
): boolean => isAdmin || (may?.([action], 'Cluster', cluster) ?? false)

/** Before anything is looked up: what exists is not told to those who may not know. */
function checkRight(
  anyOf: readonly TopicAction[],
  type: 'Topic' | 'Group',
  name: string,
  { may }: Identity,
): void {
  if (may === undefined || may(anyOf, type, name)) return
  throw new MqError('permission-denied', 'no role of the credential allows it', {
    [type === 'Topic' ? 'topic' : 'group']: name,
  })
}

/** What somebody may want to know a topic or a group for. */
export const anyUse: readonly TopicAction[] = ['Pub', 'Sub', 'Get', 'List']

/** The caller's name of a topic or group that a broker names. */
export function ownName(name: string, identity: Identity): string {
  const { namespace } = identity
  return namespace !== '' && name.startsWith(`${namespace}%`)
    ? name.slice(namespace.length + 1)
    : name
}

/** Whether a broker's topic is within the caller's namespace. */
export function isOwn(name: string, identity: Identity): boolean {
  if (identity.namespace !== '') return name.startsWith(`${identity.namespace}%`)
  return identity.isAdmin || !name.includes('%')
}

function checkedTopic(name: string, identity: Identity): string {
  const topic = qualified(name, identity)
  if (name === '' || topic.length > topicLengthMax || !allowed.test(name)) {
    throw new MqError('illegal-topic', undefined, {
      lengthMax: topicLengthMax,
      pattern: allowed.source,
    })
  }
  const crosses = name.includes('%') && !isSystemTopic(name)
  if (crosses && !identity.isAdmin) throw crossing(name)
  return topic
}

// A percent sign is legal to the brokers, and how a namespace is written there: whoever may
// use it may leave the namespace of the credential.
const crossing = (name: string): MqError =>
  new MqError('permission-denied', 'a name with % is for administrators', { name })

const qualified = (name: string, { namespace }: Identity): string =>
  namespace === '' ? name : `${namespace}%${name}`
