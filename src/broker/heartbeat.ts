// The body of a heartbeat, tolerant of how Java and Go write it: enumerations in any case, what
// is missing or null is empty. Codes of tags are not read; they are worked out from the tags.
//
// Source: HeartbeatData, ConsumerData, SubscriptionData.

import * as z from 'zod'
import { parseBody } from './json-body.ts'

const upper = (fallback: string) =>
  z
    .string()
    .nullish()
    .transform((text) => text?.toUpperCase() ?? fallback)
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((items) => items ?? [])

const subscriptionJson = z.object({
  topic: z.string(),
  subString: z
    .string()
    .nullish()
    .transform((text) => text || '*'),
  expressionType: upper('TAG').transform((text) => text || 'TAG'),
  subVersion: z
    .number()
    .nullish()
    .transform((version) => version ?? 0),
  tagsSet: list(z.string()),
  classFilterMode: z
    .boolean()
    .nullish()
    .transform((mode) => mode ?? false),
})

const consumerJson = z.object({
  groupName: z.string(),
  consumeType: upper('CONSUME_PASSIVELY'),
  messageModel: upper('CLUSTERING'),
  consumeFromWhere: upper('CONSUME_FROM_LAST_OFFSET'),
  subscriptionDataSet: list(subscriptionJson),
})

const heartbeatJson = z.object({
  clientID: z.string(),
  /** 0: a whole heartbeat. Else a number of the client's that changes with its subscriptions. */
  heartbeatFingerprint: z
    .number()
    .nullish()
    .transform((fingerprint) => fingerprint ?? 0),
  /** The subscriptions are as they were. */
  withoutSub: z
    .boolean()
    .nullish()
    .transform((without) => without ?? false),
  producerDataSet: list(z.object({ groupName: z.string() })),
  consumerDataSet: list(consumerJson),
})

const checkJson = z.object({
  group: z.string().nullish(),
  subscriptionData: subscriptionJson.nullish(),
})

export type Heartbeat = z.output<typeof heartbeatJson>
export type SubscriptionJson = z.output<typeof subscriptionJson>

/** Throws `malformed-body`. */
export const parseHeartbeat = (body: Uint8Array): Heartbeat => parseBody(heartbeatJson, body)

/** The body of CHECK_CLIENT_CONFIG. Throws `malformed-body`. */
export const parseClientCheck = (body: Uint8Array): z.output<typeof checkJson> =>
  parseBody(checkJson, body)
