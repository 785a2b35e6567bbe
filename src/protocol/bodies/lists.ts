// Lists of names and tables of texts, which many requests answer with.

import { body, list, map, object, optional, text } from './shape.ts'

/** Source: TopicList */
export const topicList = body(object({ brokerAddr: optional(text), topicList: list(text) }))

/** Source: GroupList */
export const groupList = body(object({ groupList: list(text) }))

/** Source: KVTable */
export const kvTable = body(object({ table: map(text) }))
