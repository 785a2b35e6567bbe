// Who is connected: heartbeats, and what tools ask about clients.
//
// Serves HEART_BEAT (both kinds), UNREGISTER_CLIENT, CHECK_CLIENT_CONFIG,
// GET_CONSUMER_LIST_BY_GROUP, GET_CONSUMER_CONNECTION_LIST, GET_PRODUCER_CONNECTION_LIST,
// GET_ALL_PRODUCER_INFO. An expression that cannot be compiled does not fail the heartbeat: its
// pulls are refused.
//
// Surprising: a heartbeat without subscriptions for a group that has none here (we restarted)
// is answered "changed", so that the client sends them; Apache waits for their next change.
//
// Source: ClientManageProcessor, ConsumerManageProcessor, AdminBrokerProcessor.

import { MqError } from '../../base/errors.ts'
import { tagsCodeOf } from '../../message/tags.ts'
import { ownVersion } from '../../protocol/command.ts'
import {
  checkClientConfig,
  getAllProducerInfo,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getProducerConnectionList,
  heartBeat,
  unregisterClient,
} from '../../protocol/requests/clients.ts'
import type { Call } from '../../remoting/call.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import {
  type Heartbeat,
  parseClientCheck,
  parseHeartbeat,
  type SubscriptionJson,
} from '../heartbeat.ts'
import { jsonReply } from '../json-body.ts'
import { retryPrefix } from '../names.ts'
import type { ClientChannel, Subscription } from '../ports.ts'

const onHeartBeat = handle(heartBeat, (_, ports, call) => {
  const heartbeat = parseHeartbeat(call.body)
  const channel = channelOf(heartbeat.clientID, call)
  let changed = heartbeat.heartbeatFingerprint === 0
  for (const consumer of heartbeat.consumerDataSet) {
    if (registerConsumer(consumer, heartbeat, channel, ports)) changed = true
  }
  for (const { groupName } of heartbeat.producerDataSet) {
    ports.producers.register(groupName, channel)
  }
  const { windowMs } = ports.dedup
  return {
    header: {
      supportsHeartbeatV2: true,
      subscriptionChanged: changed,
      ...(windowMs > 0 && { rwDedupWindowMs: windowMs }),
    },
  }
})

/** Whether the client must send its subscriptions again. */
function registerConsumer(
  consumer: Heartbeat['consumerDataSet'][number],
  heartbeat: Heartbeat,
  channel: Omit<ClientChannel, 'seenAt'>,
  ports: BrokerPorts,
): boolean {
  const group = ports.groups.find(consumer.groupName)
  if (!group) return false
  const { heartbeatFingerprint: fingerprint, withoutSub } = heartbeat
  const known = ports.consumers.find(consumer.groupName)
  const differs =
    known !== undefined && known.fingerprint !== 0 && known.fingerprint !== fingerprint
  const isMissing = withoutSub && (known?.subscriptions.size ?? 0) === 0

  const isOrdered = consumer.subscriptionDataSet.some(
    ({ topic }) => ports.topics.find(topic)?.order === true,
  )
  ports.topics.ensure(retryPrefix + group.groupName, {
    queueNums: group.retryQueueNums,
    ...(isOrdered ? { order: true } : {}),
  })
  ports.consumers.register(
    {
      group: consumer.groupName,
      consumeType: consumer.consumeType,
      messageModel: consumer.messageModel,
      consumeFromWhere: consumer.consumeFromWhere,
      fingerprint,
      subscriptions: withoutSub
        ? undefined
        : consumer.subscriptionDataSet.map((one) => compiled(one, ports)),
    },
    channel,
  )
  return differs || isMissing
}

function compiled(from: SubscriptionJson, ports: BrokerPorts): Subscription {
  const { topic, subString, expressionType, subVersion, tagsSet, classFilterMode } = from
  const shared = { topic, subString, expressionType, subVersion, tags: tagsSet, classFilterMode }
  const filter = ports.filters.tryCompile(expressionType, subString)
  if (filter === 'illegal') {
    ports.log.warn('subscription-not-compiled', { topic, expressionType })
    return { ...shared, filter: undefined, isBroken: true }
  }
  return { ...shared, filter }
}

const channelOf = (clientId: string, call: Call): Omit<ClientChannel, 'seenAt'> => ({
  peer: call.peer,
  clientId,
  language: call.language,
  version: call.version,
})

const onUnregisterClient = handle(unregisterClient, (header, ports, call) => {
  if (header.producerGroup) ports.producers.unregister(header.producerGroup, call.peer)
  if (header.consumerGroup) ports.consumers.unregister(header.consumerGroup, call.peer)
  return {}
})

const onCheckClientConfig = handle(checkClientConfig, (_, { filters, settings }, call) => {
  const { subscriptionData: subscription } = parseClientCheck(call.body)
  if (!subscription || subscription.expressionType === 'TAG') return {}
  if (!settings.current.enablePropertyFilter) {
    throw new MqError('broker-error', 'this broker serves tag filters only')
  }
  filters.compile(subscription.expressionType, subscription.subString)
  return {}
})

const onGetConsumerListByGroup = handle(getConsumerListByGroup, (header, { consumers }) => {
  const members = consumers.find(header.consumerGroup)
  if (!members) {
    throw new MqError('broker-error', `no consumer for this group, ${header.consumerGroup}`)
  }
  const ids = new Set([...members.channels.values()].map(({ clientId }) => clientId))
  return jsonReply({ consumerIdList: [...ids] })
})

const onGetConsumerConnectionList = handle(
  getConsumerConnectionList,
  ({ consumerGroup }, { consumers }) => {
    const members = consumers.find(consumerGroup)
    if (!members) throw new MqError('consumer-offline', undefined, { group: consumerGroup })
    const subscriptions = [...members.subscriptions.values()]
    return jsonReply({
      connectionSet: [...members.channels.values()].map(connection),
      consumeFromWhere: members.consumeFromWhere,
      consumeType: members.consumeType,
      messageModel: members.messageModel,
      subscriptionTable: Object.fromEntries(
        subscriptions.map((one) => [one.topic, subscriptionBody(one)]),
      ),
    })
  },
)

const onGetProducerConnectionList = handle(
  getProducerConnectionList,
  ({ producerGroup }, { producers }) => {
    const channels = producers.channels(producerGroup)
    if (channels.length === 0) {
      throw new MqError('broker-error', `the producer group ${producerGroup} is not online`)
    }
    return jsonReply({ connectionSet: channels.map(connection) })
  },
)

const onGetAllProducerInfo = handle(getAllProducerInfo, (_, { producers, clock }) => {
  const data: Record<string, unknown[]> = {}
  const elapsed = clock.now() - clock.monotonic()
  for (const group of producers.groups()) {
    data[group] = producers.channels(group).map((one) => ({
      clientId: one.clientId,
      // As Java prints an address that was not looked up.
      remoteIP: `/${addressOf(one)}`,
      language: one.language,
      version: one.version,
      lastUpdateTimestamp: Math.round(elapsed + one.seenAt),
    }))
  }
  return jsonReply({ data })
})

const addressOf = ({ peer }: ClientChannel): string => `${peer.remote.host}:${peer.remote.port}`

const connection = (channel: ClientChannel) => ({
  clientAddr: addressOf(channel),
  clientId: channel.clientId,
  language: channel.language,
  version: Math.min(channel.version, ownVersion),
})

/** SubscriptionData as Java prints it. */
export const subscriptionBody = (subscription: Subscription) => ({
  classFilterMode: subscription.classFilterMode,
  codeSet: subscription.tags.map((tag) => tagsCodeOf(tag)),
  expressionType: subscription.expressionType,
  subString: subscription.subString,
  subVersion: subscription.subVersion,
  tagsSet: subscription.tags,
  topic: subscription.topic,
})

export const clientHandlers = [
  onHeartBeat,
  onUnregisterClient,
  onCheckClientConfig,
  onGetConsumerListByGroup,
  onGetConsumerConnectionList,
  onGetProducerConnectionList,
  onGetAllProducerInfo,
]
