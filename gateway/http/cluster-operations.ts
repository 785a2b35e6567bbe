// The operations on brokers, for administrators.

import { MqError } from '../../src/base/errors.ts'
import type { BrokerView, Replica } from '../core/admin-views.ts'
import { isObject, malformed } from '../core/envelope.ts'
import { chooseType } from './accept.ts'
import { parseJson } from './body.ts'
import { answerTagged, checkUnchanged, tagOf } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'

export const getCluster: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const brokers = await admin.brokers(exchange.call())
  const names = [...new Set(brokers.map(({ cluster }) => cluster))].sort()
  const clusters = names.map((name) => ({
    name,
    brokers: brokers.filter(({ cluster }) => cluster === name).map((one) => one.name),
  }))
  exchange.json(200, { clusters })
}

export const listBrokers: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const brokers = await admin.brokers(exchange.call())
  exchange.json(200, { items: brokers.map(brokerResult) })
}

const brokerResult = ({ name, cluster, addresses, figures }: BrokerView) => ({
  name,
  cluster,
  reachable: figures !== undefined,
  addresses: [...addresses].map(([brokerId, address]) => ({ brokerId, address })),
  ...(figures && { figures: Object.fromEntries(figures) }),
})

export const listReplicas: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const replicas = await admin.replicas(exchange.params['broker'] ?? '', exchange.call())
  exchange.json(200, {
    ...(replicas.some(({ role }) => role === 'master') && {
      inSyncCount: replicas.filter(({ isInSync }) => isInSync).length,
    }),
    items: replicas.map(replicaResult),
  })
}

const replicaResult = (replica: Replica) => ({
  brokerId: replica.brokerId,
  address: replica.address,
  reachable: replica.role !== undefined,
  role: replica.role,
  following: replica.isFollowing,
  maxPosition: replica.maxPosition?.toString(),
  gapBytes: replica.gapBytes,
  inSync: replica.isInSync,
})

export const getBrokerConfig: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const settings = await admin.brokerConfig(exchange.params['broker'] ?? '', exchange.call())
  answerTagged(exchange, configResult(settings))
}

export const changeBrokerConfig: Operation = async (exchange, { admin }) => {
  const { broker = '' } = exchange.params
  const body = parseJson(await readJson(exchange))
  if (!isObject(body)) malformed('', 'must be a JSON object')
  const changes = new Map<string, string>()
  for (const [name, value] of Object.entries(body)) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new MqError('malformed-body', 'must be text, a number or a truth value', {
        pointer: `/${name.slice(0, 64)}`,
      })
    }
    changes.set(name, String(value))
  }
  checkUnchanged(exchange, configResult(await admin.brokerConfig(broker, exchange.call())))
  await admin.changeBrokerConfig(broker, changes, exchange.call())
  const view = configResult(await admin.brokerConfig(broker, exchange.call()))
  exchange.json(200, view, { ETag: tagOf(view) })
}

const configResult = (settings: ReadonlyMap<string, string>) => ({
  settings: Object.fromEntries([...settings].sort(([a], [b]) => (a < b ? -1 : 1))),
})
