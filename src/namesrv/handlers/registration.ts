// What brokers tell: who they are, what topics they have, that they are alive.
//
// A registration of the version and size of the one before is a sign of life and is not read;
// others are read a few in each turn, see turns.ts.
//
// Surprises: a registration that lost against a newer master is answered with success and left
// out; a body may be compressed without saying so.
// Not served: NOTIFY_MIN_BROKER_ID_CHANGE is never sent.
// Source: DefaultRequestProcessor, ClientRequestProcessor.

import { crc32 } from '../../base/crc32.ts'
import { MqError } from '../../base/errors.ts'
import { dataVersion } from '../../protocol/bodies/topic-config.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import {
  brokerHeartbeat,
  getBrokerMemberGroup,
  queryDataVersion,
  registerBroker,
  unregisterBroker,
} from '../../protocol/requests/registration.ts'
import type { Call } from '../../remoting/call.ts'
import type { Reply } from '../../remoting/dispatch.ts'
import { handle, json, type NamesrvPorts } from '../handler.ts'
import { orderTopicConfig } from '../kv.ts'
import { readRegisterBody, versionIn } from '../register-body.ts'
import { sameVersion } from '../registration.ts'

export const onRegisterBroker = handle(registerBroker, (header, ports, call) =>
  ports.turns.run(call.body.length, () => register(header, ports, call)),
)

function register(
  header: HeaderOf<typeof registerBroker.header>,
  ports: NamesrvPorts,
  call: Call,
): Reply<typeof registerBroker.reply> {
  if (header.bodyCrc32 !== 0 && (crc32(call.body) & 0x7fffffff) !== header.bodyCrc32) {
    throw new MqError('broker-error', 'the body does not match its checksum')
  }
  const { routes, kv, settings, clock } = ports
  const version = versionIn(call.body)
  const body =
    version && routes.knowsTopics(header, version, call.body.length)
      ? { dataVersion: version, topics: [] }
      : readRegisterBody(call.body, call.version)
  const isNew = routes.dataVersion(header) === undefined
  const master = routes.register(
    {
      ...header,
      heartbeatTimeoutMs: header.heartbeatTimeoutMillis,
      ...body,
      bodyBytes: call.body.length,
    },
    call.peer.id,
    clock.monotonic(),
  )
  ports.watch(call.peer)
  if (isNew) {
    const { brokerName, brokerId, brokerAddr } = header
    ports.log.info('broker-registered', { brokerName, brokerId, brokerAddr })
  }
  const orders = settings.current.returnOrderTopicConfigToBroker && kv.list(orderTopicConfig)
  return {
    header: master,
    ...(orders && { body: json({ table: Object.fromEntries(orders) }) }),
  }
}

/** After the registrations that came before it. */
export const onUnregisterBroker = handle(unregisterBroker, (header, { routes, turns, log }) =>
  turns.run(0, () => {
    routes.unregister(header)
    const { brokerName, brokerId, brokerAddr } = header
    log.info('broker-unregistered', { brokerName, brokerId, brokerAddr })
    return {}
  }),
)

export const onBrokerHeartbeat = handle(brokerHeartbeat, (header, { routes, clock }) => {
  routes.heartbeat(header, clock.monotonic())
  return {}
})

/** Asked before a registration: without a change the question itself is a sign of life. */
export const onQueryDataVersion = handle(queryDataVersion, (header, ports, call) => {
  const asked = dataVersion.parse(call.body)
  const known = ports.routes.dataVersion(header)
  const changed = !known || !sameVersion(known, asked)
  if (!changed) ports.routes.heartbeat(header, ports.clock.monotonic())
  return { header: { changed }, ...(known && { body: json(known) }) }
})

export const onGetBrokerMemberGroup = handle(getBrokerMemberGroup, (header, { routes }) => {
  const broker = routes.broker(header.brokerName)
  const isMember = broker?.clusterName === header.clusterName
  return {
    body: json({
      brokerMemberGroup: {
        brokerAddrs: Object.fromEntries(isMember ? broker.addresses : []),
        brokerName: header.brokerName,
        cluster: header.clusterName,
      },
    }),
  }
})
