// Source: bodies of 351 in the golden traffic and of 352 in the proxy's

import test from 'ava'
import { readGroupSettings, readTopicSettings } from '../../../src/client/admin.ts'
import { commandOf, goldenFrames } from '../../support/golden-wire.ts'

const bodyOf = (value: unknown) => Buffer.from(JSON.stringify(value))

test('the topic settings of an Apache broker are read', (t) => {
  const bodies = goldenFrames('json')
    .filter(({ name, kind }) => name === 'GET_TOPIC_CONFIG' && kind === 'response')
    .map((frame) => commandOf(frame).body)
  t.true(bodies.length > 0)
  for (const body of bodies) {
    t.like(body && readTopicSettings(body), { readQueues: 2, writeQueues: 2, perm: 6 })
  }
})

test('the group settings of an Apache broker are read', (t) => {
  const bodies = goldenFrames('proxy')
    .filter(
      ({ name, kind, code }) =>
        name === 'GET_SUBSCRIPTIONGROUP_CONFIG' && kind === 'response' && code === 0,
    )
    .map((frame) => commandOf(frame).body)
  t.true(bodies.length > 0)
  for (const body of bodies) {
    t.like(body && readGroupSettings(body), {
      consumeEnable: true,
      retryMaxTimes: 16,
      retryPolicy: { type: 'CUSTOMIZED' },
    })
  }
})

test('both retry policies are read', (t) => {
  const exponential = {
    type: 'EXPONENTIAL',
    exponentialRetryPolicy: { initial: 5000, max: 7_200_000, multiplier: 2 },
  }
  const custom = { type: 'CUSTOMIZED', customizedRetryPolicy: { next: [1000, 5000] } }
  const group = { groupName: 'g' }
  t.deepEqual(readGroupSettings(bodyOf({ ...group, groupRetryPolicy: exponential })).retryPolicy, {
    type: 'EXPONENTIAL',
    initialMs: 5000,
    maxMs: 7_200_000,
    multiplier: 2,
  })
  t.deepEqual(readGroupSettings(bodyOf({ ...group, groupRetryPolicy: custom })).retryPolicy, {
    type: 'CUSTOMIZED',
    delaysMs: [1000, 5000],
  })
  t.deepEqual(readGroupSettings(bodyOf(group)).retryPolicy, { type: 'CUSTOMIZED' })
})
