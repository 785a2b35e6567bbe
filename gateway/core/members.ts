// Consumers of this node as members of their groups: brokers list them, and what administrators ask
// of one (to consume a message on trial, to show its stacks) comes to the node that has its stream.
// Source: the proxy's ConsumerManagerActivity, GrpcClientChannel.

import { MqError } from '../../src/base/errors.ts'
import type { Call, MemberAsks, MemberInput } from './core.ts'
import { delivered } from './delivered.ts'
import { groupName, isOwn, readableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import { filterOf } from './ranges.ts'

export function joinGroup(
  { group, clientId, version, isPush, subscriptions }: MemberInput,
  { identity }: Call,
  asks: MemberAsks,
  { client, clock }: CorePorts,
): () => void {
  return client.joinGroup({
    group: groupName(group, identity),
    clientId,
    version,
    isPush,
    since: clock.now(),
    subscriptions: subscriptions.map(({ topic, filter }) => ({
      topic: readableTopic(topic, identity),
      filter: filterOf(filter),
    })),
    stackTrace: () => asks.stackTrace(),
    async verify(message, broker) {
      if (!isOwn(message.topic, identity)) {
        throw new MqError('permission-denied', 'the message is of another namespace')
      }
      const since = clock.monotonic()
      const result = await asks.verify(delivered(message, broker, identity))
      return { result, spentMs: Math.round(clock.monotonic() - since) }
    },
  })
}
