// Where a message waits that has a delay level: in the schedule topic, a queue per level.
//
// Source: HookUtils.handleScheduleMessage, transformDelayLevelMessage.

import { scheduleTopic } from '../message/delay.ts'
import type { OutgoingMessage } from '../message/message.ts'
import { propertyIn, propertyNames, withoutProperty, withProperty } from '../message/properties.ts'

/** The level that the properties ask for, at most `levelMax`; 0 without one. */
export function delayLevelOf(properties: string, levelMax: number): number {
  const text = propertyIn(properties, propertyNames.delay)
  if (text === undefined) return 0
  const level = Number(text)
  return Number.isInteger(level) && level > 0 ? Math.min(level, levelMax) : 0
}

/** A delay level wins over an exact time. */
const timerNames = [
  propertyNames.timerDeliverMs,
  propertyNames.timerDelaySeconds,
  propertyNames.timerDelayMs,
]

/** Puts the message aside until its delay is over. Changes it in place. */
export function putAside(message: OutgoingMessage, level: number): void {
  const { realTopic, realQueueId } = propertyNames
  let properties = message.properties
  for (const name of timerNames) properties = withoutProperty(properties, name)
  properties = withProperty(properties, realTopic, message.topic)
  properties = withProperty(properties, realQueueId, String(message.queueId))
  message.properties = properties
  message.topic = scheduleTopic
  message.queueId = level - 1
}
