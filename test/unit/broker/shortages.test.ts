import { readFileSync } from 'node:fs'
import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { noRoomToWait } from '../../../src/broker/holds.ts'
import { countShortages, resources, shortages } from '../../../src/broker/shortages.ts'
import { sendMessageV2 } from '../../../src/protocol/requests/send.ts'
import type { Call } from '../../../src/remoting/call.ts'

const call = {} as Call

test('each resource that was short is counted, and nothing else', (t) => {
  const counted: string[] = []
  const { refused, after } = shortages((resource) => void counted.push(resource))
  refused?.(sendMessageV2, new MqError('broker-unavailable', 'full', { resource: 'disk' }))
  refused?.(sendMessageV2, noRoomToWait())
  refused?.(sendMessageV2, new MqError('topic-not-found', undefined, { topic: 't' }))
  refused?.(sendMessageV2, new TypeError('a bug'))
  for (const code of [0, 10, 11, 12, 17]) after?.(sendMessageV2, code, call)
  t.deepEqual(counted, ['disk', 'waiting', 'disk', 'slave', 'slave'])
})

test('each resource has a metric of its own, which is there from the start', (t) => {
  const sums = new Map<string, number>()
  const counter = (name: string) => ({
    add: (count: number) => void sums.set(name, (sums.get(name) ?? 0) + count),
  })
  const short = countShortages({ ...noMetrics, counter })
  t.deepEqual(
    [...sums],
    Object.keys(resources).map((name) => [`rocketway_broker_short_${name}_total`, 0]),
  )
  short('slave')
  t.is(sums.get('rocketway_broker_short_slave_total'), 1)
  t.is(sums.get('rocketway_broker_short_disk_total'), 0)
})

test('each resource is in the runbook, with its metric', (t) => {
  const page = readFileSync('docs/runbook/shortages.md', 'utf8')
  for (const name of Object.keys(resources)) {
    t.true(page.includes(`rocketway_broker_short_${name}_total`), name)
  }
})
