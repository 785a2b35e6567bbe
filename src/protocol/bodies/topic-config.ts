// Topics of a broker (17, 18, 21, 351) and what changes them.

import { body, bool, list, map, nameOf, object, optional, orElse, text, whole } from './shape.ts'

/** Tells whether a table changed: equal only if all three are. Source: DataVersion */
export const dataVersionShape = object({
  counter: orElse(whole, 0),
  stateVersion: orElse(whole, 0),
  /** ms since 1970. */
  timestamp: orElse(whole, 0),
})

export const dataVersion = body(dataVersionShape)

/** Defaults as in the class. Source: TopicConfig */
export const topicConfigShape = object({
  /** `message.type` and the like. */
  attributes: map(text),
  order: orElse(bool, false),
  perm: orElse(whole, 6),
  readQueueNums: orElse(whole, 16),
  topicFilterType: nameOf('SINGLE_TAG', 'MULTI_TAG'),
  /** Empty when it is said only by the key of the table. */
  topicName: orElse(text, ''),
  topicSysFlag: orElse(whole, 0),
  writeQueueNums: orElse(whole, 16),
})

export const topicConfig = body(topicConfigShape)

/** Source: CreateTopicListRequestBody */
export const topicConfigList = body(object({ topicConfigList: list(topicConfigShape) }))

/** Source: TopicConfigAndMappingSerializeWrapper, without its mappings */
export const topicTableShape = object({
  dataVersion: orElse(dataVersionShape, { counter: 0, stateVersion: 0, timestamp: 0 }),
  mappingDataVersion: optional(dataVersionShape),
  topicConfigTable: map(topicConfigShape),
})

export const topicTable = body(topicTableShape)
