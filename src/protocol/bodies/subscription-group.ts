// Consumer groups of a broker (200, 201, 225, 352).

import {
  body,
  bool,
  double,
  list,
  map,
  nameOf,
  object,
  optional,
  orElse,
  text,
  type ValueOf,
  whole,
} from './shape.ts'
import { dataVersionShape } from './topic-config.ts'

/** Source: GroupRetryPolicy. Times in ms. */
const retryPolicy = object({
  customizedRetryPolicy: optional(object({ next: list(whole) })),
  exponentialRetryPolicy: optional(
    object({
      initial: orElse(whole, 5000),
      max: orElse(whole, 7_200_000),
      multiplier: orElse(double, 2),
    }),
  ),
  type: nameOf('CUSTOMIZED', 'EXPONENTIAL'),
})

export type RetryPolicy = ValueOf<typeof retryPolicy>

/** Source: SimpleSubscriptionData */
const fixedSubscription = object({
  expression: optional(text),
  expressionType: optional(text),
  topic: text,
  version: orElse(whole, 0),
})

/** Defaults as in the class. Source: SubscriptionGroupConfig */
const subscriptionGroupShape = object({
  attributes: map(text),
  brokerId: orElse(whole, 0),
  consumeBroadcastEnable: orElse(bool, true),
  consumeEnable: orElse(bool, true),
  consumeFromMinEnable: orElse(bool, true),
  consumeMessageOrderly: orElse(bool, false),
  consumeTimeoutMinute: orElse(whole, 15),
  groupName: text,
  groupRetryPolicy: orElse(retryPolicy, { type: 'CUSTOMIZED' }),
  groupSysFlag: orElse(whole, 0),
  notifyConsumerIdsChangedEnable: orElse(bool, true),
  retryMaxTimes: orElse(whole, 16),
  retryQueueNums: orElse(whole, 1),
  subscriptionDataSet: optional(list(fixedSubscription)),
  whichBrokerWhenConsumeSlowly: orElse(whole, 1),
})

export const subscriptionGroup = body(subscriptionGroupShape)

/** Source: SubscriptionGroupList */
export const subscriptionGroupList = body(object({ groupConfigList: list(subscriptionGroupShape) }))

/** Source: SubscriptionGroupWrapper */
export const subscriptionGroupTable = body(
  object({
    dataVersion: dataVersionShape,
    /** Permission bits that are taken away, by group and topic. */
    forbiddenTable: map(map(whole)),
    subscriptionGroupTable: map(subscriptionGroupShape),
  }),
)
