// Whether a caller may read the message at a place that it names. What is stored there may be put
// aside for another topic, or be a copy that comes again or never will: the topic that it was sent
// to decides, or, for copies, the group that has them.
//
// Source: TimerMessageStore.convert, SendMessageProcessor.consumerSendMsgBack, PopReviveService.

import type { Message } from '../message/message.ts'
import { propertyNames } from '../message/properties.ts'
import { timerTopic } from '../message/timer.ts'
import type { Caller } from '../remoting/call.ts'
import { halfTopic, isGroupsOwn, scheduleTopic, undecidedTopic } from './names.ts'
import { normalTopicOf } from './pop/names.ts'

/** Where messages of all topics wait; REAL_TOPIC says which. */
const waiting: ReadonlySet<string> = new Set([scheduleTopic, timerTopic, halfTopic, undecidedTopic])

export function mayRead(caller: Caller | undefined, message: Message): boolean {
  if (caller === undefined || caller.isSuper) return true
  const { properties } = message
  const topic = waiting.has(message.topic)
    ? (properties.get(propertyNames.realTopic) ?? message.topic)
    : message.topic
  const mayReadTopic = (name: string): boolean =>
    caller.may('Sub', 'topic', name) || caller.may('Get', 'topic', name)
  if (mayReadTopic(topic)) return true
  if (!isGroupsOwn(topic)) return false
  const group = properties.get(propertyNames.originGroup)
  if (group !== undefined && caller.may('Sub', 'group', group)) return true
  const before = properties.get(propertyNames.retryTopic) ?? topic
  const real = group === undefined ? before : normalTopicOf(group, before)
  return real !== topic && mayReadTopic(real)
}
