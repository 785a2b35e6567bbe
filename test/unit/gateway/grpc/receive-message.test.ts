import test from 'ava'
import type { GroupView } from '../../../../gateway/core/core.ts'
import { defaultGrpcConfig as config } from '../../../../gateway/grpc/front.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { receiveInputOf } from '../../../../gateway/grpc/receive-message.ts'

const anyGroup: GroupView = {
  name: 'billing',
  fifo: false,
  maxAttempts: 17,
  consumeTimeoutMs: 120_000,
  retry: { type: 'customized', delaysMs: [] },
}

const asked = (
  given: v2.ReceiveMessageRequest.Fields = {},
  { remainingMs = 60_000, group = {}, clientVersion = '5.2.1' } = {},
) =>
  receiveInputOf(
    new v2.ReceiveMessageRequest({
      messageQueue: { topic: { name: 'orders' }, id: 2, broker: { name: 'broker-a' } },
      batchSize: 16,
      invisibleDuration: { seconds: 30 },
      longPollingTimeout: { seconds: 10 },
      ...given,
    }),
    { group: { ...anyGroup, ...group }, remainingMs, config, caller: { clientVersion } },
  )

test('a simple consumer means the topic, whatever queue it names', (t) => {
  t.deepEqual(asked(), {
    group: 'billing',
    topic: 'orders',
    max: 16,
    waitMs: 10_000,
    invisibleMs: 30_000,
    filter: undefined,
    attemptId: undefined,
    queue: undefined,
    fifo: false,
    from: 'latest',
  })
})

test('a push consumer is given the consume time-out of its group, and its broker', (t) => {
  const push = { autoRenew: true, invisibleDuration: null, attemptId: 'a1' }
  t.like(asked(push), {
    invisibleMs: 120_000,
    attemptId: 'a1',
    queue: { broker: 'broker-a', queueId: -1 },
  })
  const ordered = asked(push, { group: { fifo: true } })
  t.like(ordered, { fifo: true, queue: { broker: 'broker-a', queueId: 2 } })
  t.is(asked(push, { group: { consumeTimeoutMs: 9e9 } }).invisibleMs, config.consumeMsMax)
  t.is(asked(push, { group: { consumeTimeoutMs: 1 } }).invisibleMs, 10_000)
})

test('more messages than a pop can bring are asked for as many as it can', (t) => {
  t.is(asked({ batchSize: 1000 }).max, 32)
})

const waits: Record<string, { seconds?: number; remainingMs?: number; waitMs: number }> = {
  'as long as asked': { seconds: 10, waitMs: 10_000 },
  'no longer than the gateway may': { seconds: 300, remainingMs: 400_000, waitMs: 20_000 },
  'shorter than the deadline': { seconds: 10, remainingMs: 8000, waitMs: 7500 },
  'not at all when the deadline is close': { seconds: 10, remainingMs: 300, waitMs: 0 },
  'by the deadline when it is not said (Go)': { remainingMs: 8000, waitMs: 6500 },
  'whole milliseconds': { remainingMs: 7999.7, waitMs: 6499 },
  'by the gateway without a deadline': {
    remainingMs: Number.POSITIVE_INFINITY,
    waitMs: 20_000,
  },
}

for (const [how, { seconds, remainingMs, waitMs }] of Object.entries(waits)) {
  test(`a receive waits ${how}`, (t) => {
    const longPollingTimeout = seconds === undefined ? null : { seconds }
    t.is(asked({ longPollingTimeout }, { ...(remainingMs && { remainingMs }) }).waitMs, waitMs)
  })
}

const refusals: Record<string, { given: v2.ReceiveMessageRequest.Fields; failure: string }> = {
  'no batch size': { given: { batchSize: 0 }, failure: 'invalid-argument' },
  'a negative batch size': { given: { batchSize: -1 }, failure: 'invalid-argument' },
  'no invisible time': { given: { invisibleDuration: null }, failure: 'illegal-invisible-time' },
  'a short invisible time': {
    given: { invisibleDuration: { seconds: 9, nanos: 999_000_000 } },
    failure: 'illegal-invisible-time',
  },
  'a long invisible time': {
    given: { invisibleDuration: { seconds: 12 * 3600 + 1 } },
    failure: 'illegal-invisible-time',
  },
  'a negative wait': {
    given: { longPollingTimeout: { seconds: -1 } },
    failure: 'illegal-polling-time',
  },
  'no topic': { given: { messageQueue: {} }, failure: 'illegal-topic' },
}

for (const [what, { given, failure }] of Object.entries(refusals)) {
  test(`a receive with ${what} is ${failure}`, (t) => {
    t.like(
      t.throws(() => asked(given)),
      { name: 'MqError', failure },
    )
  })
}

test('an old client is told of its wait with a code that it knows', (t) => {
  const given = { longPollingTimeout: { seconds: -1 } }
  t.like(
    t.throws(() => asked(given, { clientVersion: '1.0.8' })),
    { failure: 'invalid-argument' },
  )
})
