// Topics and groups of a cluster that runs in other processes, made as an operator would.

import type { ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { Client } from '../../src/client/client.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { tcp } from '../../src/host/tcp.ts'
import { subscriptionGroup } from '../../src/protocol/bodies/subscription-group.ts'
import { updateAndCreateSubscriptionGroup } from '../../src/protocol/requests/groups.ts'
import { RemotingClient } from '../../src/remoting/client.ts'

export type MqTools = { readonly client: Client; readonly remoting: RemotingClient }

/** Ended with the test. */
export function toolsFor(t: ExecutionContext, namesrv: string): MqTools {
  const ports = { network: tcp, clock: systemClock, random: systemRandom }
  const client = new Client({ nameServers: [namesrv], ...ports })
  const remoting = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  t.teardown(() => client.stop())
  t.teardown(() => remoting.close())
  return { client, remoting }
}

export const createTopic = (
  { client }: Pick<MqTools, 'client'>,
  name: string,
  type: string,
): Promise<void> =>
  client.createTopic({
    name,
    readQueues: 4,
    writeQueues: 4,
    perm: 6,
    order: false,
    attributes: new Map([['message.type', type]]),
  })

type GroupConfig = ReturnType<typeof subscriptionGroup.parse>

/** On every master; what is not said is as Apache has it. */
export async function createGroup(
  { client, remoting }: MqTools,
  name: string,
  settings: Partial<GroupConfig>,
): Promise<void> {
  const plain = subscriptionGroup.parse(Buffer.from(`{"groupName":"${name}"}`))
  const body = subscriptionGroup.print({ ...plain, ...settings })
  for (const { addresses } of (await client.masters()).values()) {
    const address = addresses.get(0) ?? ''
    await remoting.call(address, updateAndCreateSubscriptionGroup, {}, { body, timeoutMs: 5000 })
  }
}
