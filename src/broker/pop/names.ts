// Topics, groups and numbers of pop that are part of the protocol or of the store's content.
//
// Source: PopAckConstants, KeyBuilder.

/** The group whose consumer offsets say how far pop's own records are dealt with. */
export const reviveGroup = 'CID_RMQ_SYS_REVIVE_GROUP'

/** The "revive queue" that marks an ordered pop: those have no checkpoint. */
export const orderReviveQid = 999

/** Where checkpoints and acknowledgements are addressed to. */
export const reviveTopicOf = (clusterName: string): string => `rmq_sys_REVIVE_LOG_${clusterName}`

/** Where a group gets the messages of a topic again. One queue. */
export const popRetryTopicOf = (group: string, topic: string): string =>
  topic.startsWith(retryPrefix) ? topic : `${retryPrefix}${group}_${topic}`

const retryPrefix = '%RETRY%'

/** Marker of a queue in receipts and in the answer of a pop: 0 normal, 1 and 2 retry topics. */
export function retryMarkerOf(topic: string): 0 | 1 | 2 {
  if (!topic.startsWith(retryPrefix)) return 0
  return topic.includes('+') ? 2 : 1
}

/** The topic that a marker stands for. Source: ExtraInfoUtil.getRealTopic. */
export function topicOfMarker(group: string, topic: string, marker: number): string {
  if (marker === 1) return popRetryTopicOf(group, topic)
  return marker === 2 ? `${retryPrefix}${group}+${topic}` : topic
}

/** The topic that producers send to, whatever was read. Source: KeyBuilder.parseNormalTopic. */
export function normalTopicOf(group: string, topic: string): string {
  for (const separator of ['+', '_']) {
    const prefix = `${retryPrefix}${group}${separator}`
    if (topic.startsWith(prefix)) return topic.slice(prefix.length)
  }
  return topic
}

export const isRetryTopicName = (topic: string): boolean => topic.startsWith(retryPrefix)
