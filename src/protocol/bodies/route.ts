// Routes and clusters, as a namesrv answers them (105, 106, 901).
// Not served: queue mappings of static topics.

import {
  body,
  bool,
  intMap,
  list,
  map,
  object,
  optional,
  orElse,
  text,
  type ValueOf,
  whole,
} from './shape.ts'

const brokerData = object({
  /** `host:port` by broker id; 0 is the master. */
  brokerAddrs: intMap(text),
  brokerName: text,
  cluster: text,
  enableActingMaster: orElse(bool, false),
  /** Of the master. */
  zoneName: optional(text),
  /** Of each replica that says where it stands, by broker id. Ours. */
  rwZones: optional(intMap(text)),
})

export type BrokerData = ValueOf<typeof brokerData>

const queueData = object({
  brokerName: text,
  /** 4 read, 2 write, 1 inherit. */
  perm: whole,
  readQueueNums: whole,
  topicSysFlag: orElse(whole, 0),
  writeQueueNums: whole,
})

/** Source: TopicRouteData */
export const topicRoute = body(
  object({
    brokerDatas: list(brokerData),
    filterServerTable: map(list(text)),
    /** `brokerA:4;brokerB:4`; absent unless the topic is ordered by configuration. */
    orderTopicConf: optional(text),
    queueDatas: list(queueData),
  }),
)

/** Source: ClusterInfo */
export const clusterInfo = body(
  object({
    brokerAddrTable: map(brokerData),
    /** Broker names by cluster. */
    clusterAddrTable: map(list(text)),
  }),
)

/** Source: GetBrokerMemberGroupResponseBody */
export const brokerMemberGroup = body(
  object({
    brokerMemberGroup: optional(
      object({ brokerAddrs: intMap(text), brokerName: text, cluster: text }),
    ),
  }),
)
