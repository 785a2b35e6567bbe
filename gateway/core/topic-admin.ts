// Changing and deleting topics.

import { MqError } from '../../src/base/errors.ts'
import type { AdminParts } from './admin-views.ts'
import type { Call, TopicView } from './core.ts'
import { writableTopic } from './names.ts'

const queuesMax = 1024

/** Sets how many queues the topic has on every broker. Fewer ones hide what is in the others. */
export async function changeTopic(
  name: string,
  queues: number,
  call: Call,
  { ports, core }: AdminParts,
): Promise<TopicView> {
  const topic = writableTopic(name, call.identity, 'Update')
  if (queues < 1 || queues > queuesMax) {
    throw new MqError('invalid-argument', `must be 1 to ${queuesMax}`, { pointer: '/queues' })
  }
  const settings = await ports.client.topicSettings(topic)
  await ports.client.createTopic({
    ...settings,
    readQueues: queues,
    writeQueues: queues,
    // Attributes that are not named stay as they are.
    attributes: new Map(),
  })
  return core.topic(name, call)
}

export async function deleteTopic(name: string, call: Call, { ports }: AdminParts): Promise<void> {
  const topic = writableTopic(name, call.identity, 'Delete')
  await ports.client.route(topic)
  await ports.client.inspection.deleteTopic(topic)
}
