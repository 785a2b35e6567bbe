// What there is in queues and what groups have read of it (202, 208, 317, 315, 303).
// Maps by queue have objects as keys, which only fastjson reads; see shape.ts.

import { body, double, list, map, messageQueue, object, queueMap, text, whole } from './shape.ts'

/** Source: TopicStatsTable. The time is that of the newest message; 0 when there is none. */
export const topicStats = body(
  object({
    offsetTable: queueMap(
      object({ lastUpdateTimestamp: whole, maxOffset: whole, minOffset: whole }),
    ),
    topicPutTps: double,
  }),
)

/** `lastTimestamp`: store time of the last message that was consumed; 0 when there is none. */
const consumeStatsShape = object({
  consumeTps: double,
  offsetTable: queueMap(
    object({ brokerOffset: whole, consumerOffset: whole, lastTimestamp: whole, pullOffset: whole }),
  ),
})

/** Source: ConsumeStats */
export const consumeStats = body(consumeStatsShape)

/** Source: ConsumeStatsList */
export const consumeStatsList = body(
  object({
    brokerAddr: text,
    consumeStatsList: list(map(list(consumeStatsShape))),
    totalDiff: whole,
    totalInflightDiff: whole,
  }),
)

const window = object({ avgpt: double, sum: whole, tps: double })

/** Source: BrokerStatsData */
export const brokerStats = body(
  object({ statsDay: window, statsHour: window, statsMinute: window }),
)

/** Source: QueryConsumeTimeSpanBody */
export const consumeTimeSpan = body(
  object({
    consumeTimeSpanSet: list(
      object({
        consumeTimeStamp: whole,
        delayTime: whole,
        maxTimeStamp: whole,
        messageQueue,
        minTimeStamp: whole,
      }),
    ),
  }),
)
