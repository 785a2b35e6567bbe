// What tools ask of a consumer through the broker: the broker passes it on over the consumer's
// own connection, and the answer back.
//
// Serves GET_CONSUMER_RUNNING_INFO, CONSUME_MESSAGE_DIRECTLY,
// INVOKE_BROKER_TO_GET_CONSUMER_STATUS.
// Source: AdminBrokerProcessor.callConsumer, Broker2Client.getConsumeStatus.

import { MqError } from '../../base/errors.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import { parseOffsetMessageId } from '../../message/id.ts'
import type { RemotingCommand } from '../../protocol/command.ts'
import {
  consumeMessageDirectly,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
} from '../../protocol/requests/clients.ts'
import { invokeBrokerToGetConsumerStatus } from '../../protocol/requests/offsets.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import type { ClientChannel } from '../ports.ts'

/** Source: V3_1_8_SNAPSHOT, V3_0_7_SNAPSHOT: from there on clients answer. */
const answersRunningInfo = 62
const answersStatus = 44
const relayTimeoutMs = 10_000
const statusTimeoutMs = 5000
const statusClientsMax = 1000

function channelOf(group: string, clientId: string, ports: BrokerPorts): ClientChannel {
  const channel = ports.consumers.channel(group, clientId)
  if (!channel) {
    throw new MqError('broker-error', 'the consumer is not online', { group, clientId })
  }
  if (channel.version < answersRunningInfo) {
    throw new MqError('broker-error', 'the consumer is too old to answer', { clientId })
  }
  return channel
}

/** The client's own answer, whatever it is. */
const relayed = ({ code, remark, body }: RemotingCommand) => ({
  code,
  ...(remark === undefined ? {} : { remark }),
  ...(body ? { body } : {}),
})

const onGetConsumerRunningInfo = handle(getConsumerRunningInfo, async (header, ports, call) => {
  const { peer } = channelOf(header.consumerGroup, header.clientId, ports)
  const options = { body: call.body, timeoutMs: relayTimeoutMs }
  return relayed(await peer.call(getConsumerRunningInfo, header, options))
})

const onConsumeMessageDirectly = handle(consumeMessageDirectly, async (header, ports) => {
  const { consumerGroup, clientId, msgId = '', topic } = header
  const { peer } = channelOf(consumerGroup, clientId ?? '', ports)
  const place = parseOffsetMessageId(msgId)
  if (!place) throw new MqError('invalid-argument', 'not the id of a place', { msgId })
  const body = await ports.reader.recordAt(place.position)
  if (!body) throw new MqError('broker-error', 'there is no message here', { msgId })
  const known = ports.groups.has(consumerGroup) ? ports.groups.find(consumerGroup) : undefined
  const asked = {
    ...header,
    brokerName: ports.self.brokerName,
    topicSysFlag: ports.topics.find(topic ?? '')?.topicSysFlag,
    groupSysFlag: known?.groupSysFlag,
  }
  const options = { body, timeoutMs: relayTimeoutMs }
  return relayed(await peer.call(consumeMessageDirectly, asked, options))
})

/** Of one client when `clientAddr` (its id) is given, else of all members that answer. */
const onGetConsumerStatus = handle(invokeBrokerToGetConsumerStatus, async (header, ports) => {
  const members = ports.consumers.find(header.group)
  if (!members || members.channels.size === 0) {
    throw new MqError('broker-error', 'no consumer of the group is online', { group: header.group })
  }
  const asked = [...members.channels.values()]
    .filter(({ clientId }) => !header.clientAddr || clientId === header.clientAddr)
    .slice(0, statusClientsMax)
  const old = asked.find(({ version }) => version < answersStatus)
  if (old) {
    throw new MqError('broker-error', 'the consumer is too old to answer', {
      clientId: old.clientId,
    })
  }
  const texts = await Promise.all(
    asked.map(async ({ clientId, peer }) => {
      const answer = await peer.call(getConsumerStatusFromClient, header, {
        timeoutMs: statusTimeoutMs,
      })
      const table = answer.code === 0 && answer.body ? offsetsText(answer.body) : '{}'
      return `${JSON.stringify(clientId)}:${table}`
    }),
  )
  return { body: Buffer.from(`{"consumerTable":{${texts.join(',')}},"messageQueueTable":{}}`) }
})

/** The client's map by MessageQueue, printed again as Java reads it. */
function offsetsText(body: Uint8Array): string {
  const parsed = parseLooseJson(Buffer.from(body).toString('utf8'))
  const table = (parsed as { messageQueueTable?: Readonly<Record<string, unknown>> } | undefined)
    ?.messageQueueTable
  const rows = Object.entries(table ?? {}).map(([queue, offset]) => {
    // A key is the text of a MessageQueue: nothing else may come out of this as JSON.
    const key: unknown = parseLooseJson(queue)
    if (typeof key !== 'object' || typeof offset !== 'number') throw new MqError('malformed-body')
    return `${JSON.stringify(key)}:${offset}`
  })
  return `{${rows.join(',')}}`
}

export const relayHandlers = [
  onGetConsumerRunningInfo,
  onConsumeMessageDirectly,
  onGetConsumerStatus,
]
