// Offsets that travel as bodies (43, 220, 222, 223, 308).

import { body, intMap, map, object, optional, queueMap, whole } from './shape.ts'
import { dataVersionShape } from './topic-config.ts'

/** Source: ResetOffsetBody */
export const resetOffset = body(object({ offsetTable: queueMap(whole) }))

/** By client id and queue. Source: GetConsumerStatusBody */
export const consumerStatus = body(
  object({ consumerTable: map(queueMap(whole)), messageQueueTable: queueMap(whole) }),
)

/** By `topic@group` and queue id. Source: ConsumerOffsetSerializeWrapper */
export const consumerOffsets = body(
  object({ dataVersion: optional(dataVersionShape), offsetTable: map(intMap(whole)) }),
)

/** By queue id. Source: QueryCorrectionOffsetBody */
export const correctionOffsets = body(object({ correctionOffsets: intMap(whole) }))
