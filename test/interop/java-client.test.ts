// The official Java clients against namesrv and broker, each message accounted for.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { ShownRows } from '../support/client-rows.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

for (const version of ['5.5.0', '4.9.8'] as const) {
  test.serial(`the Java client ${version} sends and consumes everything`, async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'rocketway-java-'))
    const listen = ['--listen', '127.0.0.1:0']
    const started = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
    const namesrv = started.listen['namesrv'] ?? ''
    await startRocketway(t, ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen])
    const classPath = await buildJavaClient(version)
    const events = await runJavaClient(classPath, [namesrv, 'interop'], home)
    check(t, events, new ShownRows(t, 'java-client', `java ${version}`))
  })
}

// The reference passes the same checks: that is how we know that they are right.
test.serial('the same suite passes against the real Apache broker', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-apache-'))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address)
  const classPath = await buildJavaClient('5.5.0')
  const events = await runJavaClient(classPath, [namesrv.address, 'interop'], home)
  check(t, events, new ShownRows(t, 'java-client', 'java 5.5.0'))
})

function check(t: ExecutionContext, events: readonly Event[], shown: ShownRows): void {
  t.deepEqual(
    events.filter((one) => one.event === 'failed'),
    [],
  )
  shown.row('sends: waiting, with a callback, one-way', () => {
    checkSends(t, events, { sync: 100, async: 100, oneway: 50 })
  })
  shown.row('batches', () => checkSends(t, events, { batch: 32 }))
  shown.row('clustering, each message once', () => checkConsumption(t, events))
  shown.row('tag filter', () => checkTags(t, events))
  shown.row('ordered by key', () => {
    checkSends(t, events, { ordered: 200 })
    checkOrder(t, events)
  })
  shown.end()
}

const of = (events: readonly Event[], event: Event['event'], scenario: string) =>
  events.filter((one) => one.event === event && one.scenario === scenario)

function checkSends(
  t: ExecutionContext,
  events: readonly Event[],
  counts: Readonly<Record<string, number>>,
): void {
  for (const [scenario, count] of Object.entries(counts)) {
    const sent = of(events, 'sent', scenario)
    t.is(sent.length, count, scenario)
    if (scenario !== 'oneway') {
      t.is(
        new Set(sent.map((one) => `${one.queueId}@${one.offset}`)).size,
        count,
        `${scenario}: places`,
      )
    }
  }
}

function checkConsumption(t: ExecutionContext, events: readonly Event[]): void {
  const sent = ['sync', 'async', 'oneway', 'batch'].flatMap((one) => of(events, 'sent', one))
  const all = of(events, 'received', 'interop-all')
  t.deepEqual(bodies(all), bodies(sent), 'everything sent is consumed, once')
  const places = new Map(all.map((one) => [one.body, `${one.queueId}@${one.offset}`]))
  for (const one of sent) {
    if (one.offset >= 0) t.is(places.get(one.body), `${one.queueId}@${one.offset}`)
  }
}

function checkTags(t: ExecutionContext, events: readonly Event[]): void {
  const tagged = of(events, 'received', 'interop-tag')
  const even = of(events, 'sent', 'sync').filter((one) => Number(one.body.split('-')[1]) % 2 === 0)
  t.deepEqual(bodies(tagged), bodies(even), 'a tag filter passes its tag only')
}

function checkOrder(t: ExecutionContext, events: readonly Event[]): void {
  const received = of(events, 'received', 'interop-orderly')
  t.deepEqual(bodies(received), bodies(of(events, 'sent', 'ordered')))
  for (let key = 0; key < 10; key++) {
    const own = received.map((one) => one.body).filter((body) => body.startsWith(`ordered-${key}-`))
    t.deepEqual(
      own,
      [...Array(20).keys()].map((n) => `ordered-${key}-${n}`),
      `order of key ${key}`,
    )
  }
}

const bodies = (events: readonly Event[]) => events.map((one) => one.body).sort()
