// Every JSON body of real traffic is read and printed to the same bytes.

import test from 'ava'
import {
  assignmentReply,
  assignmentRequest,
  consumerConnection,
  consumerIds,
  producerConnection,
  requestModeSetting,
} from '../../src/protocol/bodies/clients.ts'
import { heartbeatData } from '../../src/protocol/bodies/heartbeat.ts'
import { groupList, kvTable, topicList } from '../../src/protocol/bodies/lists.ts'
import { lockReply, lockRequest } from '../../src/protocol/bodies/lock.ts'
import { resetOffset } from '../../src/protocol/bodies/offsets.ts'
import { parseRegistration, printRegistration } from '../../src/protocol/bodies/registration.ts'
import { clusterInfo, topicRoute } from '../../src/protocol/bodies/route.ts'
import type { BodySpec } from '../../src/protocol/bodies/shape.ts'
import { brokerStats, consumeStats, topicStats } from '../../src/protocol/bodies/stats.ts'
import { subscriptionGroup } from '../../src/protocol/bodies/subscription-group.ts'
import { topicConfig } from '../../src/protocol/bodies/topic-config.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'
import { captures, type GoldenFrame, goldenFrames } from '../support/golden-wire.ts'

type AnyBody = BodySpec<unknown>

const requestBodies: Readonly<Record<string, AnyBody>> = {
  HEART_BEAT: heartbeatData,
  LOCK_BATCH_MQ: lockRequest,
  QUERY_ASSIGNMENT: assignmentRequest,
  REGISTER_BROKER: { parse: parseRegistration, print: printRegistration },
  SET_MESSAGE_REQUEST_MODE: requestModeSetting,
  UNLOCK_BATCH_MQ: lockRequest,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: subscriptionGroup,
}

const replyBodies: Readonly<Record<string, AnyBody>> = {
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER: topicList,
  GET_BROKER_CLUSTER_INFO: clusterInfo,
  GET_BROKER_RUNTIME_INFO: kvTable,
  GET_CONSUMER_CONNECTION_LIST: consumerConnection,
  GET_CONSUMER_LIST_BY_GROUP: consumerIds,
  GET_CONSUME_STATS: consumeStats,
  GET_PRODUCER_CONNECTION_LIST: producerConnection,
  GET_ROUTEINFO_BY_TOPIC: topicRoute,
  GET_SUBSCRIPTIONGROUP_CONFIG: subscriptionGroup,
  GET_TOPIC_CONFIG: topicConfig,
  GET_TOPIC_STATS_INFO: topicStats,
  INVOKE_BROKER_TO_RESET_OFFSET: resetOffset,
  LOCK_BATCH_MQ: lockReply,
  QUERY_ASSIGNMENT: assignmentReply,
  QUERY_TOPIC_CONSUME_BY_WHO: groupList,
  REGISTER_BROKER: kvTable,
  VIEW_BROKER_STATS_DATA: brokerStats,
}

/** JSON that a broker passes on from one client to another without reading it. */
const relayed = ['GET_CONSUMER_RUNNING_INFO']

/** Where our bytes differ from Java's, the meaning being the same. */
const knownDifferences: Readonly<Record<string, (original: string) => string>> = {
  // Java leaves the broker ids bare; strict JSON has them quoted.
  GET_BROKER_CLUSTER_INFO: (original) => original.replaceAll(/([{,])(\d+):/g, '$1"$2":'),
  // Java names the empty mappings of static topics.
  REGISTER_BROKER: (original) =>
    original.replace(',"topicQueueMappingDetailMap":{},"topicQueueMappingInfoMap":{}', ''),
}

function bodyOf(frame: GoldenFrame): Uint8Array | undefined {
  const decoder = new FrameDecoder()
  decoder.push(frame.bytes)
  return decoder.next()?.body
}

function specOf(frame: GoldenFrame): AnyBody | undefined {
  return (frame.kind === 'response' ? replyBodies : requestBodies)[frame.name]
}

for (const capture of captures) {
  test(`${capture}: every declared body is printed as it was read`, (t) => {
    const seen = new Set<string>()
    for (const frame of goldenFrames(capture)) {
      const bytes = bodyOf(frame)
      const spec = specOf(frame)
      if (bytes === undefined || spec === undefined) continue
      seen.add(frame.name)
      const printed = Buffer.from(spec.print(spec.parse(bytes))).toString()
      const differences = knownDifferences[frame.name] ?? ((text: string) => text)
      t.is(printed, differences(Buffer.from(bytes).toString()), frame.name)
    }
    t.true(seen.size >= 4, [...seen].join())
  })

  test(`${capture}: no JSON body is without a declaration`, (t) => {
    for (const frame of goldenFrames(capture)) {
      const bytes = bodyOf(frame)
      const isMessage = /^(SEND|PULL|POP)/.test(frame.name)
      if (bytes?.[0] !== 0x7b || isMessage || relayed.includes(frame.name)) continue
      t.truthy(specOf(frame), `${frame.name} ${frame.kind}`)
    }
    t.pass()
  })
}
