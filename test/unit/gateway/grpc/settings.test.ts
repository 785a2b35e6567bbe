import test from 'ava'
import type { GroupView } from '../../../../gateway/core/core.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { mergedSettings } from '../../../../gateway/grpc/settings.ts'
import { MqError } from '../../../../src/base/errors.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { FakeCore } from '../../../support/fake-core.ts'
import { call } from '../../../support/gateway-core.ts'

const config = { bodyBytesMax: 1000, pollMsMax: 20_000 }
const merged = (asked: v2.Settings.Fields, core = new FakeCore(new FakeClock())) =>
  mergedSettings(asked, call(), core, config)

const consumer = (more: v2.Settings.Fields = {}): v2.Settings.Fields => ({
  clientType: v2.ClientType.PUSH_CONSUMER,
  subscription: { group: { name: 'billing' }, subscriptions: [{ topic: { name: 'orders' } }] },
  ...more,
})

test('a producer gets an exponential policy, the size limit and the order to check types', async (t) => {
  const asked = {
    clientType: v2.ClientType.PRODUCER,
    requestTimeout: { seconds: 3 },
    publishing: { topics: [{ name: 'orders' }] },
  }
  const settings = await merged(asked)
  t.deepEqual(settings, {
    ...asked,
    backoffPolicy: {
      maxAttempts: 3,
      exponentialBackoff: {
        initial: { seconds: 0, nanos: 10_000_000 },
        max: { seconds: 1, nanos: 0 },
        multiplier: 2,
      },
    },
    publishing: { topics: [{ name: 'orders' }], maxBodySize: 1000, validateMessageType: true },
    metric: { on: false },
  })
})

test('a consumer gets what its group says', async (t) => {
  const core = new FakeCore(new FakeClock())
  const group: GroupView = {
    name: 'billing',
    fifo: true,
    maxAttempts: 5,
    consumeTimeoutMs: 60_000,
    retry: { type: 'exponential', initialMs: 500, maxMs: 9000, multiplier: 3 },
  }
  core.group = async () => group
  const settings = await merged(consumer(), core)
  t.like(settings.subscription, {
    group: { name: 'billing' },
    fifo: true,
    receiveBatchSize: 32,
    longPollingTimeout: { seconds: 20, nanos: 0 },
  })
  t.deepEqual(settings.backoffPolicy, {
    maxAttempts: 5,
    exponentialBackoff: {
      initial: { seconds: 0, nanos: 500_000_000 },
      max: { seconds: 9, nanos: 0 },
      multiplier: 3,
    },
  })
})

test('the pauses of a customized policy come one by one', async (t) => {
  const { backoffPolicy } = await merged(consumer())
  t.deepEqual(backoffPolicy, {
    maxAttempts: 16,
    customizedBackoff: {
      next: [
        { seconds: 10, nanos: 0 },
        { seconds: 30, nanos: 0 },
      ],
    },
  })
})

test('a group that no broker knows yet behaves as Apache makes new ones', async (t) => {
  const core = new FakeCore(new FakeClock())
  core.failNext('group', new MqError('group-not-found'))
  const { backoffPolicy, subscription } = await merged(consumer(), core)
  t.is(backoffPolicy?.maxAttempts, 17)
  t.is(backoffPolicy?.customizedBackoff?.next?.length, 18)
  t.false(subscription?.fifo)
})

const refusals: Record<string, { asked: v2.Settings.Fields; failure: string }> = {
  'no part of either kind': { asked: {}, failure: 'invalid-argument' },
  'a consumer without a group': {
    asked: consumer({ subscription: {} }),
    failure: 'illegal-group',
  },
  'a subscription without a topic': {
    asked: consumer({ subscription: { group: { name: 'g' }, subscriptions: [{}] } }),
    failure: 'illegal-topic',
  },
  'a producer with an unnamed topic': {
    asked: { publishing: { topics: [{}] } },
    failure: 'illegal-topic',
  },
  'a lite consumer': {
    asked: consumer({ clientType: v2.ClientType.LITE_PUSH_CONSUMER }),
    failure: 'not-implemented',
  },
}

for (const [what, { asked, failure }] of Object.entries(refusals)) {
  test(`settings of ${what} are refused with ${failure}`, async (t) => {
    t.like(await t.throwsAsync(merged(asked)), { name: 'MqError', failure })
  })
}

test('another failure to read the group is not taken for a new group', async (t) => {
  const core = new FakeCore(new FakeClock())
  core.failNext('group', new MqError('broker-timeout'))
  t.like(await t.throwsAsync(merged(consumer(), core)), { failure: 'broker-timeout' })
})
