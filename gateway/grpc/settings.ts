// The Settings that a client gets back: its own, and over them what the server decides. They
// come from the group's configuration each time; nothing of a client is remembered.
// Source: ClientSettingsManager.mergeSettings.
//
// What the clients need, beyond the proto: producers an exponential policy (Java and Node fail
// without), consumers any policy; attempts, sizes and times above 0; whole seconds (Python).

import { MqError } from '../../src/base/errors.ts'
import type { Call, Core, GroupView } from '../core/core.ts'
import { groupName, topicName } from './convert.ts'
import type { GrpcConfig } from './front.ts'
import { v2 } from './gen/messaging.js'
import { secondsOf } from './time.ts'

const receiveBatchSize = 32

// Source: ProxyConfig.grpcClientProducer…
const producerBackoff: v2.RetryPolicy.Fields = {
  maxAttempts: 3,
  exponentialBackoff: { initial: secondsOf(10), max: secondsOf(1000), multiplier: 2 },
}

/** A group that has not been made yet behaves so. Source: SubscriptionGroupConfig. */
const defaultGroup: Omit<GroupView, 'name'> = {
  fifo: false,
  maxAttempts: 17,
  consumeTimeoutMs: 15 * 60_000,
  retry: {
    type: 'customized',
    delaysMs: [
      ...[1, 5, 10, 30].map((seconds) => seconds * 1000),
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 60, 120].map((minutes) => minutes * 60_000),
    ],
  },
}

export async function groupOrDefault(name: string, call: Call, core: Core): Promise<GroupView> {
  try {
    return await core.group(name, call)
  } catch (error) {
    const isNew = error instanceof MqError && error.failure === 'group-not-found'
    if (!isNew) throw error
    return { name, ...defaultGroup }
  }
}

/** Throws what is wrong with the client's own part. */
export async function mergedSettings(
  asked: v2.Settings.Fields,
  call: Call,
  core: Core,
  config: Pick<GrpcConfig, 'bodyBytesMax' | 'pollMsMax'>,
): Promise<v2.Settings.Fields> {
  checkClientType(asked.clientType)
  if (asked.publishing) return publisherSettings(asked, asked.publishing, config)
  if (!asked.subscription) throw new MqError('invalid-argument', 'there is no pub_sub part')
  const { subscription } = asked
  for (const { topic } of subscription.subscriptions ?? []) topicName(topic)
  const group = await groupOrDefault(groupName(subscription.group), call, core)
  return subscriberSettings(asked, subscription, group, config)
}

function checkClientType(type: v2.ClientType | null | undefined): void {
  if (type === v2.ClientType.LITE_PUSH_CONSUMER || type === v2.ClientType.LITE_SIMPLE_CONSUMER) {
    throw new MqError('not-implemented', 'lite topics are not served')
  }
}

function publisherSettings(
  asked: v2.Settings.Fields,
  publishing: v2.Publishing.Fields,
  { bodyBytesMax }: Pick<GrpcConfig, 'bodyBytesMax'>,
): v2.Settings.Fields {
  for (const topic of publishing.topics ?? []) topicName(topic)
  return {
    ...asked,
    backoffPolicy: producerBackoff,
    publishing: { ...publishing, maxBodySize: bodyBytesMax, validateMessageType: true },
    metric: { on: false },
  }
}

function subscriberSettings(
  asked: v2.Settings.Fields,
  subscription: v2.Subscription.Fields,
  group: GroupView,
  { pollMsMax }: Pick<GrpcConfig, 'pollMsMax'>,
): v2.Settings.Fields {
  return {
    ...asked,
    backoffPolicy: backoffOf(group),
    subscription: {
      ...subscription,
      fifo: group.fifo,
      receiveBatchSize,
      longPollingTimeout: secondsOf(Math.max(1, Math.floor(pollMsMax / 1000)) * 1000),
    },
    metric: { on: false },
  }
}

function backoffOf({ retry, maxAttempts }: GroupView): v2.RetryPolicy.Fields {
  const attempts = { maxAttempts: Math.max(1, maxAttempts) }
  if (retry.type === 'customized') {
    return { ...attempts, customizedBackoff: { next: retry.delaysMs.map(secondsOf) } }
  }
  return {
    ...attempts,
    exponentialBackoff: {
      initial: secondsOf(retry.initialMs),
      max: secondsOf(retry.maxMs),
      multiplier: retry.multiplier,
    },
  }
}
