// The topics and groups that requests name in their bodies, for those who judge whether the
// caller may use them. Bodies are read here as tolerantly as by their handlers.

import { batchAck } from './bodies/ack.ts'
import { assignmentRequest } from './bodies/clients.ts'
import { clientCheck, heartbeatData } from './bodies/heartbeat.ts'
import { lockRequest } from './bodies/lock.ts'
import { body, object, text } from './bodies/shape.ts'
import type { NamesInBody } from './request.ts'

type NamesIn = (body: Uint8Array) => NamesInBody

/** What a client consumes. What it produces is told by its sends. */
export const namesInHeartbeat: NamesIn = (bytes) => {
  const { consumerDataSet } = heartbeatData.parse(bytes)
  return {
    groups: consumerDataSet.map(({ groupName }) => groupName),
    topics: consumerDataSet.flatMap(({ subscriptionDataSet }) =>
      subscriptionDataSet.map(({ topic }) => topic),
    ),
  }
}

export const namesInClientCheck: NamesIn = (bytes) => {
  const { group, subscriptionData } = clientCheck.parse(bytes)
  return { groups: [group], topics: [subscriptionData.topic] }
}

export const namesInLock: NamesIn = (bytes) => {
  const { consumerGroup, mqSet } = lockRequest.parse(bytes)
  return { groups: [consumerGroup], topics: [...new Set(mqSet.map(({ topic }) => topic))] }
}

export const namesInAssignment: NamesIn = (bytes) => {
  const { consumerGroup, topic } = assignmentRequest.parse(bytes)
  return { groups: [consumerGroup], topics: [topic] }
}

export const namesInBatchAck: NamesIn = (bytes) => {
  const { acks } = batchAck.parse(bytes)
  return {
    groups: [...new Set(acks.map(({ c }) => c))],
    topics: [...new Set(acks.map(({ t }) => t))],
  }
}

const groupSettings = body(object({ groupName: text }))

export const namesInGroupSettings: NamesIn = (bytes) => ({
  groups: [groupSettings.parse(bytes).groupName],
})
