// Brokers as administrators see them. What brokers say of themselves tells addresses and paths,
// so all of it is for administrators and for who has a role on the cluster.

import { MqError } from '../../src/base/errors.ts'
import type { Replica } from '../../src/client/views.ts'
import type { AdminParts, BrokerView } from './admin-views.ts'
import type { Call } from './core.ts'
import { checkCluster, mayOnCluster } from './names.ts'

/** What may be changed while a broker runs; everything else is its operator's file. */
const changeable: ReadonlySet<string> = new Set([
  'autoCreateSubscriptionGroup',
  'autoCreateTopicEnable',
  'brokerPermission',
  'deleteWhen',
  'fileReservedTime',
  'maxMessageSize',
  'slaveReadEnable',
  'traceOn',
])
const secretName = /secret|password|token|accesskey/i

export async function brokers(call: Call, { ports }: AdminParts): Promise<readonly BrokerView[]> {
  const { identity } = call
  // Who may look at no cluster at all learns nothing of them, not even that there is none.
  if (!identity.isAdmin && !identity.may) throw new MqError('permission-denied', forAdmins)
  const masters = [...(await ports.client.masters()).values()]
  const own = masters.filter(({ cluster }) => mayOnCluster('Get', cluster, identity))
  if (own.length < 1 && !identity.isAdmin) throw new MqError('permission-denied', forAdmins)
  return Promise.all(
    own.map(async ({ name, cluster, addresses }) => {
      const figures = await ports.client.inspection.brokerFigures(name).catch((error: unknown) => {
        if (error instanceof MqError) return undefined
        throw error
      })
      return { name, cluster, addresses, figures }
    }),
  )
}

/** Also of a set whose master is gone, and of one that is new. */
export async function replicas(
  name: string,
  { identity }: Call,
  { ports }: AdminParts,
): Promise<readonly Replica[]> {
  if (!identity.isAdmin && !identity.may) throw new MqError('permission-denied', forAdmins)
  const { inspection } = ports.client
  const set = (await inspection.brokers()).find((one) => one.name === name)
  if (set || !identity.isAdmin) checkKnown('Get', set, identity)
  return inspection.replicas(name)
}

export async function brokerConfig(
  name: string,
  call: Call,
  { ports }: AdminParts,
): Promise<ReadonlyMap<string, string>> {
  await knownBroker(name, 'Get', call, ports)
  const settings = new Map(await ports.client.inspection.brokerConfig(name))
  for (const key of settings.keys()) if (secretName.test(key)) settings.set(key, '********')
  return settings
}

export async function changeBrokerConfig(
  name: string,
  changes: ReadonlyMap<string, string>,
  call: Call,
  { ports }: AdminParts,
): Promise<void> {
  await knownBroker(name, 'Update', call, ports)
  if (changes.size === 0) throw new MqError('invalid-argument', 'nothing is to be changed')
  for (const [key, value] of changes) {
    if (!changeable.has(key)) {
      throw new MqError('permission-denied', 'this setting is not changed from here', {
        pointer: `/${key.slice(0, 64)}`,
      })
    }
    if (!/^[\w;:. -]{1,64}$/.test(value)) {
      throw new MqError('invalid-argument', 'the value is not allowed', { pointer: `/${key}` })
    }
  }
  await ports.client.inspection.updateBrokerConfig(name, changes)
}

const forAdmins = 'this is for administrators'

/** Which brokers there are is told to those only who may look at a cluster. */
async function knownBroker(
  name: string,
  action: 'Get' | 'Update',
  { identity }: Call,
  { client }: AdminParts['ports'],
): Promise<void> {
  if (!identity.isAdmin && !identity.may) throw new MqError('permission-denied', forAdmins)
  checkKnown(action, (await client.masters()).get(name), identity)
}

function checkKnown(
  action: 'Get' | 'Update',
  broker: { readonly cluster: string } | undefined,
  identity: Call['identity'],
): void {
  if (broker) checkCluster(action, broker.cluster, identity)
  else if (identity.isAdmin) throw new MqError('broker-not-found')
  else throw new MqError('permission-denied', forAdmins)
}
