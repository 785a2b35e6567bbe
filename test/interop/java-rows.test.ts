// The official Java clients in all that java-client and java-flows leave: request and reply,
// compressed bodies, traces, filters, pulls, lite pulls, queries, resets, starting points, changes
// of membership, queue locks, exact times, pop. Each message is accounted for.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { ShownRows } from '../support/client-rows.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

const settings = {
  traceTopicEnable: true,
  recallMessageEnable: true,
  enablePropertyFilter: true,
}

for (const version of ['5.5.0', '4.9.8'] as const) {
  test.serial(`the Java client ${version} does the rest of what it can`, async (t) => {
    t.timeout(400_000)
    const home = mkdtempSync(join(tmpdir(), 'rocketway-rows-'))
    const listen = ['--listen', '127.0.0.1:0']
    const started = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
    const namesrv = started.listen['namesrv'] ?? ''
    const args = ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen]
    await startRocketway(t, [...args, '--set', 'broker.traceTopicEnable=true'])
    const classPath = await buildJavaClient(version)
    const events = await runJavaClient(classPath, [namesrv, 'rows'], home, 'rocketway.Rows')
    check(t, events, version)
  })
}

// The reference passes the same checks: that is how we know that they are right.
test.serial('the same rows pass against the real Apache broker', async (t) => {
  t.timeout(400_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-apache-'))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address, settings)
  const classPath = await buildJavaClient('5.5.0')
  const args = [namesrv.address, 'rows']
  check(t, await runJavaClient(classPath, args, home, 'rocketway.Rows'), '5.5.0')
})

const numbered = (kind: string) => [...Array(10).keys()].map((n) => `${kind}-${n}`)
const bodies = (events: readonly Event[]) => events.map((one) => one.body).sort()

function check(t: ExecutionContext, events: readonly Event[], version: '5.5.0' | '4.9.8'): void {
  const shown = new ShownRows(t, 'java-rows', `java ${version}`)
  const of = (event: Event['event'], scenario: string) =>
    events.filter((one) => one.event === event && one.scenario === scenario)
  const received = (scenario: string) => bodies(of('received', scenario))
  t.deepEqual(
    events.filter((one) => one.event === 'failed'),
    [],
  )
  shown.row('request and reply', () => {
    const questions = [...numbered('question'), ...numbered('async-question')].sort()
    t.deepEqual(received('rpc-asked'), questions)
    t.deepEqual(received('rpc'), questions.map((one) => `re: ${one}`).sort())
    t.deepEqual(new Set(of('replied', 'rpc').map((one) => one.detail)), new Set(['SEND_OK']))
    t.deepEqual(received('rpc-none'), ['timeout'])
  })
  shown.row('compressed bodies', () => {
    t.deepEqual(received('zip'), bodies(of('sent', 'zip')), 'each kind of compression')
    for (const one of of('received', 'zip')) {
      t.like(one, { offset: 8192, detail: 'значение' }, `${one.body} is whole`)
    }
  })
  shown.row('message traces', () => {
    t.deepEqual(
      of('received', 'trace')
        .map((one) => `${one.body} ${one.offset} ${one.detail}`)
        .sort(),
      [...Array(10).keys()].map((at) => `-traced ${at} true`),
    )
  })
  shown.row('SQL92 filter', () => {
    t.deepEqual(received('sql'), ['sql-2', 'sql-4', 'sql-6'])
    t.deepEqual(
      received('tags'),
      [0, 1, 3, 4, 6, 7, 9].map((n) => `sql-${n}`),
    )
    t.deepEqual(received('sql-broken'), ['refused'])
  })
  shown.row('pull', () => {
    t.deepEqual(received('pull'), numbered('pull'))
    const ends = of('received', 'pull-end')
    t.deepEqual(bodies(ends), Array(4).fill('NO_NEW_MSG'))
    t.true(
      ends.every((one) => one.detail === 'true'),
      'offsets agree',
    )
    t.is(
      ends.reduce((sum, one) => sum + one.offset, 0),
      10,
    )
  })
  shown.row('pull, held', () => t.deepEqual(received('pull-held'), ['pull-late']))
  shown.row('lite pull', () => {
    for (const row of ['lite-subscribed', 'lite-assigned', 'lite-again']) {
      t.deepEqual(received(row), numbered('lite'), row)
    }
  })
  shown.row('looked up by id, key, unique id', () => {
    for (const row of ['look-id', 'look-key', 'look-unique']) {
      t.deepEqual(received(row), ['looked-up'], row)
    }
  })
  shown.row('offsets set back, online', () => {
    t.deepEqual(received('reset-online'), [...numbered('reset'), ...numbered('reset')].sort())
  })
  shown.row('offsets set back, offline', () => {
    t.deepEqual(received('reset-offline'), numbered('reset'))
    t.deepEqual(
      of('sent', 'reset-table').map((one) => one.queueId),
      [4, 4],
    )
  })
  shown.row('where a new group starts', () => {
    for (const where of ['FIRST_OFFSET', 'LAST_OFFSET', 'TIMESTAMP']) {
      t.deepEqual(received(`where-CONSUME_FROM_${where}`), numbered('where'), where)
    }
  })
  shown.row('members come and go', () => {
    for (const at of [1, 2, 3]) t.is(of('received', `members-${at}`)[0]?.detail, 'true', `${at}`)
    t.deepEqual(
      [...new Set(received('members'))],
      bodies(of('sent', 'members')),
      'nothing is lost while members come and go',
    )
  })
  shown.row('orderly, with queue locks', () => checkLocks(t, of('received', 'locks')))
  if (version === '5.5.0') {
    shown.row('exact times, and recall', () => checkTimed(t, of))
    shown.row('pop', () => checkPopped(t, of))
  }
  shown.end()
}

type Of = (event: Event['event'], scenario: string) => readonly Event[]

/** In order by key, and nothing lost, while one consumer joins and the other leaves. */
function checkLocks(t: ExecutionContext, received: readonly Event[]): void {
  for (let key = 0; key < 10; key++) {
    const own = received.map((one) => one.body).filter((one) => one.startsWith(`locked-${key}-`))
    t.deepEqual(
      [...new Set(own)],
      [...Array(20).keys()].map((n) => `locked-${key}-${n}`),
      `order of key ${key}`,
    )
  }
}

function checkTimed(t: ExecutionContext, of: Of): void {
  const timed = of('received', 'timed')
  t.deepEqual(
    bodies(timed),
    ['setDelayTimeMs', 'setDelayTimeSec', 'setDeliverTimeMs'],
    'once each, and what was recalled never',
  )
  for (const one of timed) t.true(Number(one.detail) >= 900, `${one.body} after ${one.detail} ms`)
  const [recalled] = of('recalled', 'timed')
  t.is(recalled?.body, recalled?.detail, 'a recall answers with the id')
}

function checkPopped(t: ExecutionContext, of: Of): void {
  const popped = of('received', 'pop').map((one) => `${one.body} ${one.queueId}`)
  t.deepEqual(
    popped.sort(),
    [...numbered('pop').map((body) => `${body} 0`), 'pop-3 1', 'pop-7 1'].sort(),
    'each once, and those that failed once more',
  )
}
