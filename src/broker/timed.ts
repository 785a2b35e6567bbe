// Where a message waits that has an exact delivery time: in the timer topic.
//
// Source: HookUtils.checkIfTimerMessage, HookUtils.transformTimerMessage,
// AbstractSendMessageProcessor.attachRecallHandle.

import type { OutgoingMessage } from '../message/message.ts'
import { propertyIn, propertyNames, withProperty } from '../message/properties.ts'
import { printRecallHandle } from '../message/recall-handle.ts'
import { timerOutMs, timerTopic } from '../message/timer.ts'
import type { BrokerPorts } from './handler.ts'
import { isRetryTopic } from './names.ts'
import { refusal } from './send-checks.ts'

const { timerDelaySeconds, timerDelayMs, timerDeliverMs, timerDeleteKey } = propertyNames

type SendPorts = Pick<BrokerPorts, 'clock' | 'settings' | 'meter' | 'stats'>

/** Part of the names of all properties that matter here: most messages have none of them. */
const common = 'TIMER_D'

/**
 * Puts the message aside until its time. Changes it in place; one that is due already stays as
 * it is. Throws `illegal-delivery-time`: not a time, too far, or a recall that comes too late.
 */
export function putOnTimer(message: OutgoingMessage, ports: SendPorts): void {
  const { properties } = message
  if (!properties.includes(common)) return
  const isPutAside = propertyIn(properties, propertyNames.timerOutMs) !== undefined
  const now = ports.clock.now()
  const deliverAt = deliverAtOf(properties, now)
  if (isPutAside || deliverAt === undefined) return
  const { timerWheelEnable, timerMaxDelaySec } = ports.settings.current
  if (!timerWheelEnable) throw refusal(ports, 'broker-error', 'exact delivery times are off')
  if (!Number.isSafeInteger(deliverAt)) {
    throw refusal(ports, 'illegal-delivery-time', 'the delivery time is not a number')
  }
  if (deliverAt <= now) {
    if (propertyIn(properties, timerDeleteKey) === undefined) return
    throw refusal(ports, 'illegal-delivery-time', 'it is too late to take the message back')
  }
  if (deliverAt - now > timerMaxDelaySec * 1000) {
    const detail = { delaySecondsMax: timerMaxDelaySec }
    throw refusal(ports, 'illegal-delivery-time', 'the delivery time is too far', detail)
  }
  const { timerOutMs: outMs, realTopic, realQueueId } = propertyNames
  let text = withProperty(properties, outMs, String(timerOutMs(deliverAt)))
  text = withProperty(text, realTopic, message.topic)
  message.properties = withProperty(text, realQueueId, String(message.queueId))
  message.topic = timerTopic
  message.queueId = 0
}

/** With what its sender can take the message back; undefined unless it waits for its time. */
export function recallHandleOf(
  { topic, properties }: OutgoingMessage,
  brokerName: string,
): string | undefined {
  if (topic !== timerTopic) return undefined
  const real = propertyIn(properties, propertyNames.realTopic)
  const messageId = propertyIn(properties, propertyNames.uniqueKey)
  if (!real || !messageId || isRetryTopic(real)) return undefined
  const deliverAt = Number(propertyIn(properties, propertyNames.timerOutMs)) + 1
  return printRecallHandle({ topic: real, brokerName, deliverAt, messageId })
}

function deliverAtOf(properties: string, now: number): number | undefined {
  const seconds = propertyIn(properties, timerDelaySeconds)
  if (seconds !== undefined) return now + integer(seconds) * 1000
  const ms = propertyIn(properties, timerDelayMs)
  if (ms !== undefined) return now + integer(ms)
  const at = propertyIn(properties, timerDeliverMs)
  return at === undefined ? undefined : integer(at)
}

const integer = (text: string): number => (/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN)
