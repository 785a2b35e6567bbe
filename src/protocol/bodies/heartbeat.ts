// What a client says of itself (34), and the subscription in it.

import { body, bool, list, nameOf, object, optional, orElse, text, whole } from './shape.ts'

/** Source: SubscriptionData. Go writes the codes as text, and wrong ones for non-ASCII tags. */
export const subscriptionData = object({
  classFilterMode: orElse(bool, false),
  /** Java's hashes of the tags. */
  codeSet: list(whole),
  /** TAG or SQL92. */
  expressionType: orElse(text, 'TAG'),
  subString: orElse(text, '*'),
  subVersion: orElse(whole, 0),
  tagsSet: list(text),
  topic: text,
})

export const consumeType = nameOf('CONSUME_PASSIVELY', 'CONSUME_ACTIVELY', 'CONSUME_POP')

export const messageModel = nameOf('CLUSTERING', 'BROADCASTING')

/** Source: HeartbeatData */
export const heartbeatData = body(
  object({
    clientID: text,
    consumerDataSet: list(
      object({
        consumeFromWhere: orElse(text, 'CONSUME_FROM_LAST_OFFSET'),
        consumeType,
        groupName: text,
        messageModel,
        subscriptionDataSet: list(subscriptionData),
        unitMode: orElse(bool, false),
      }),
    ),
    /** 0: a whole heartbeat. Else a number that changes with the subscriptions. */
    heartbeatFingerprint: orElse(whole, 0),
    producerDataSet: list(object({ groupName: text })),
    withoutSub: orElse(bool, false),
  }),
)

/** Source: CheckClientRequestBody (46) */
export const clientCheck = body(
  object({
    clientId: text,
    group: text,
    namespace: optional(text),
    subscriptionData,
  }),
)
