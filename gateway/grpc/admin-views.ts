// What administrators see of routes, subscriptions and times, as the answers of apache.rocketmq.v2.Admin.

import type { SubscriptionView, TimeSpanView } from '../core/admin-views.ts'
import { v2 } from './gen/messaging.js'
import { secondsOf } from './time.ts'

type Route = {
  readonly brokers: readonly {
    readonly name: string
    readonly cluster: string
    readonly addresses: ReadonlyMap<number, string>
  }[]
  readonly queues: readonly {
    readonly broker: string
    readonly readQueues: number
    readonly writeQueues: number
    readonly perm: number
  }[]
}

/** The text that name servers answer. Source: TopicRouteData. */
export const routeText = ({ brokers, queues }: Route): string =>
  JSON.stringify({
    brokerDatas: brokers.map(({ name, cluster, addresses }) => ({
      brokerAddrs: Object.fromEntries(addresses),
      brokerName: name,
      cluster,
      enableActingMaster: false,
    })),
    filterServerTable: {},
    queueDatas: queues.map(({ broker, readQueues, writeQueues, perm }) => ({
      brokerName: broker,
      perm,
      readQueueNums: readQueues,
      topicSysFlag: 0,
      writeQueueNums: writeQueues,
    })),
  })

export const subscriptionInfo = (view: SubscriptionView): v2.SubscriptionInfo.Fields => {
  const { group, subscription, isOnline, isConsistent } = view
  return {
    group: { name: group },
    topic: { name: subscription.topic },
    expression: {
      type: subscription.type === 'SQL' ? v2.FilterType.SQL : v2.FilterType.TAG,
      expression: subscription.expression,
    },
    online: isOnline,
    lastUpdateTimestamp: secondsOf(subscription.madeAt),
    messageModel: modelOf(view),
    subscriptionConsistency: isConsistent,
  }
}

/** What each client has said itself. */
export const clientSubscriptions = (
  view: SubscriptionView,
): v2.DescribeSubscriptionResponse.ClientSubscriptionInfo.Fields[] =>
  view.clients.flatMap(({ client, own }) =>
    own
      ? {
          clientInfo: clientInfo(client, modelOf(view)),
          subscriptionInfo: subscriptionInfo({
            ...view,
            subscription: { ...own, topic: view.subscription.topic },
          }),
        }
      : [],
  )

export const clientInfo = (
  { clientId, language, version, address }: SubscriptionView['clients'][number]['client'],
  messageModel: v2.MessageModel,
): v2.ClientInfo.Fields => ({
  clientId,
  language,
  version: String(version),
  egressIp: address.slice(0, address.lastIndexOf(':')),
  messageModel,
})

const modelOf = ({ isBroadcasting }: SubscriptionView): v2.MessageModel =>
  isBroadcasting ? v2.MessageModel.BROADCASTING : v2.MessageModel.CLUSTERING

export const queueTimeSpan = (
  view: TimeSpanView,
): v2.QueryTimeSpanResponse.QueueTimeSpan.Fields => ({
  messageQueue: { topic: { name: view.topic }, id: view.queueId, broker: { name: view.broker } },
  minTimestamp: view.firstStoredAt,
  maxTimestamp: view.lastStoredAt,
  consumeTimestamp: view.consumedStoredAt,
  delayTimeMs: view.delayMs,
})
