// Brokers as administrators see them. What brokers say of themselves tells addresses and paths,
// so all of it is for administrators.

import { MqError } from '../../src/base/errors.ts'
import type { AdminParts, BrokerView } from './admin-views.ts'
import type { Call } from './core.ts'

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
  onlyAdmins(call)
  const masters = await ports.client.masters()
  return Promise.all(
    [...masters.values()].map(async ({ name, cluster, addresses }) => {
      const figures = await ports.client.inspection.brokerFigures(name).catch((error: unknown) => {
        if (error instanceof MqError) return undefined
        throw error
      })
      return { name, cluster, addresses, figures }
    }),
  )
}

export async function brokerConfig(
  name: string,
  call: Call,
  { ports }: AdminParts,
): Promise<ReadonlyMap<string, string>> {
  onlyAdmins(call)
  await knownBroker(name, ports)
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
  onlyAdmins(call)
  await knownBroker(name, ports)
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

function onlyAdmins({ identity }: Call): void {
  if (!identity.isAdmin) throw new MqError('permission-denied', 'this is for administrators')
}

async function knownBroker(name: string, { client }: AdminParts['ports']): Promise<void> {
  if (!(await client.masters()).has(name)) throw new MqError('broker-not-found')
}
