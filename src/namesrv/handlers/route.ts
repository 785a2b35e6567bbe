// What clients and tools ask about topics and brokers, and the namesrv's own settings.
//
// Surprises: answers are strict JSON for every version of the asker; settings change only
// where an allow-list says so and never on disk.
// Source: DefaultRequestProcessor, ClientRequestProcessor.

import { MqError } from '../../base/errors.ts'
import { parseProperties, printProperties } from '../../base/java-properties.ts'
import { shownSetting } from '../../base/setting.ts'
import { topicRoute } from '../../protocol/bodies/route.ts'
import {
  addWritePermOfBroker,
  deleteTopicInNamesrv,
  getAllTopicListFromNameserver,
  getBrokerClusterInfo,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getNamesrvConfig,
  getRouteInfoByTopic,
  getSystemTopicListFromNs,
  getTopicsByCluster,
  getUnitTopicList,
  registerTopicInNamesrv,
  updateNamesrvConfig,
  wipeWritePermOfBroker,
} from '../../protocol/requests/route.ts'
import { handle, json, type NamesrvPorts } from '../handler.ts'
import { queueSettingsOf } from '../register-body.ts'

/** Clients show this text to people, who look for it under Apache's address. */
const noRoute = (topic: string): string =>
  `No topic route info in name server for the topic: ${topic}\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.`

export const onGetRouteInfoByTopic = handle(getRouteInfoByTopic, (header, { routes }) => {
  const body = routes.route(header.topic, header.zoneMode === true ? header.zoneName : '')
  if (!body) throw new MqError('topic-not-found', noRoute(header.topic))
  return { body }
})

export const onGetBrokerClusterInfo = handle(getBrokerClusterInfo, (_, { routes }) => ({
  body: routes.clusterInfo(),
}))

export const onGetAllTopicList = handle(getAllTopicListFromNameserver, (_, ports) => {
  if (!ports.settings.current.enableAllTopicList) throw listDisabled()
  return { body: json({ topicList: ports.routes.topics() }) }
})

export const onGetTopicsByCluster = handle(getTopicsByCluster, ({ cluster }, ports) =>
  topicList(ports, ports.routes.topicsOfCluster(cluster)),
)

/** Not the system topics, in spite of the name: clusters and brokers, which have topics too. */
export const onGetSystemTopicList = handle(getSystemTopicListFromNs, (_, ports) => {
  const names = new Set<string>()
  let brokerAddr: string | undefined
  for (const broker of ports.routes.brokers()) {
    names.add(broker.clusterName).add(broker.brokerName)
    brokerAddr ??= broker.addresses.values().next().value
  }
  return topicList(ports, [...names], brokerAddr)
})

const unit = 1
const unitSub = 2

export const onGetUnitTopicList = handle(getUnitTopicList, (_, ports) =>
  topicList(
    ports,
    ports.routes.topicsByFlag((flag) => (flag & unit) !== 0),
  ),
)

export const onGetHasUnitSubTopicList = handle(getHasUnitSubTopicList, (_, ports) =>
  topicList(
    ports,
    ports.routes.topicsByFlag((flag) => (flag & unitSub) !== 0),
  ),
)

export const onGetHasUnitSubUnunitTopicList = handle(getHasUnitSubUnunitTopicList, (_, ports) =>
  topicList(
    ports,
    ports.routes.topicsByFlag((flag) => (flag & (unit | unitSub)) === unitSub),
  ),
)

function topicList({ settings }: NamesrvPorts, topics: readonly string[], brokerAddr?: string) {
  if (!settings.current.enableTopicList) throw listDisabled()
  return { body: json({ brokerAddr, topicList: topics }) }
}

const listDisabled = () => new MqError('broker-error', 'the list of topics is disabled')

export const onDeleteTopic = handle(deleteTopicInNamesrv, (header, { routes }) => {
  routes.deleteTopic(header.topic, header.clusterName)
  return {}
})

/** A broker set that changed one topic, said by a tool or an old broker. */
export const onRegisterTopic = handle(registerTopicInNamesrv, ({ topic }, { routes }, call) => {
  const { queueDatas } = topicRoute.parse(call.body)
  routes.setTopic(
    topic,
    queueDatas.map((queue) => ({ brokerName: queue.brokerName, ...queueSettingsOf(queue) })),
  )
  return {}
})

export const onWipeWritePerm = handle(wipeWritePermOfBroker, ({ brokerName }, { routes }) => ({
  header: { wipeTopicCount: routes.wipeWritePerm(brokerName) },
}))

export const onAddWritePerm = handle(addWritePermOfBroker, ({ brokerName }, { routes }) => ({
  header: { addTopicCount: routes.addWritePerm(brokerName) },
}))

export const onGetNamesrvConfig = handle(getNamesrvConfig, (_, { settings }) => {
  const values = Object.entries(settings.current).map(
    ([key, value]) => [key, `${shownSetting(key, value)}`] as const,
  )
  return { body: Buffer.from(printProperties(values)) }
})

export const onUpdateNamesrvConfig = handle(updateNamesrvConfig, (_, ports, call) => {
  const changes = parseProperties(Buffer.from(call.body).toString('utf8'))
  ports.settings.update(changes)
  ports.log.info('settings-changed', { keys: [...changes.keys()] })
  return {}
})
