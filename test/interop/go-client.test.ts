// The official Go client (v2) against namesrv and broker, each message accounted for.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import { invokeBrokerToResetOffset } from '../../src/protocol/requests/offsets.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { ShownRows } from '../support/client-rows.ts'
import { buildGoClient, runGoClient } from '../support/go-client.ts'
import type { Event } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

const settings = {
  traceTopicEnable: true,
  enablePropertyFilter: true,
  transactionTimeOut: 3000,
  transactionCheckInterval: 5000,
}

test.serial('the Go client does all that it can', async (t) => {
  t.timeout(1_200_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-go-'))
  const listen = ['--listen', '127.0.0.1:0']
  const started = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
  const namesrv = started.listen['namesrv'] ?? ''
  const set = Object.entries(settings).flatMap(([key, value]) => [
    '--set',
    `broker.${key}=${value}`,
  ])
  const args = ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen, ...set]
  const broker = (await startRocketway(t, args)).listen['broker'] ?? ''
  check(t, await runGo(t, namesrv, broker, home), once)
})

// The reference passes the same checks: that is how we know that they are right.
test.serial('the same Go program passes against the real Apache broker', async (t) => {
  t.timeout(1_200_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-go-apache-'))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  const broker = await startApacheBroker(t, join(home, 'broker'), namesrv.address, settings)
  check(t, await runGo(t, namesrv.address, broker.address, home), atLeastOnce)
})

const once = (bodies: readonly string[]) => [...bodies]
/** On a busy machine Apache's broker has delivered each committed message twice. */
const atLeastOnce = (bodies: readonly string[]) => [...new Set(bodies)]

async function runGo(
  t: ExecutionContext,
  namesrv: string,
  broker: string,
  home: string,
): Promise<Event[]> {
  const remoting = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  t.teardown(() => remoting.close())
  const whole = { topic: 'go-reset', group: 'go-reset', timestamp: 0, isForce: true }
  return runGoClient(await buildGoClient(), [namesrv, broker, 'go'], home, async () => {
    const header = { ...whole, queueId: -1, offset: -1 }
    await remoting.call(broker, invokeBrokerToResetOffset, header, { timeoutMs: 10_000 })
  })
}

const numbered = (kind: string, count = 10) => [...Array(count).keys()].map((n) => `${kind}-${n}`)
const bodies = (events: readonly Event[]) => events.map((one) => one.body).sort()

function check(
  t: ExecutionContext,
  events: readonly Event[],
  committedAs: typeof atLeastOnce,
): void {
  const shown = new ShownRows(t, 'go-client', 'go 2.1.2')
  const of = (event: Event['event'], scenario: string) =>
    events.filter((one) => one.event === event && one.scenario === scenario)
  const received = (scenario: string) => bodies(of('received', scenario))
  t.deepEqual(
    events.filter((one) => one.event === 'failed'),
    [],
  )
  const plain = of('received', 'plain')
  const ofKinds = (...kinds: string[]) => kinds.flatMap((kind) => numbered(kind)).sort()
  shown.row('sends: waiting, with a callback, one-way', () => {
    const sent = bodies(of('sent', 'plain')).filter((body) => !body.startsWith('batch-'))
    t.deepEqual(sent, ofKinds('sync', 'async', 'oneway'))
  })
  shown.row('batches', () => {
    const got = plain.filter(({ body }) => body.startsWith('batch-'))
    t.deepEqual(bodies(got), numbered('batch'))
  })
  shown.row('clustering, each message once', () => {
    t.is(plain.length, 40)
    t.deepEqual(bodies(plain), bodies(of('sent', 'plain')), 'everything sent is consumed, once')
  })
  shown.row('ordered by key', () => {
    const ordered = of('received', 'ordered').map((one) => one.body)
    t.is(ordered.length, 100)
    for (let key = 0; key < 10; key++) {
      const own = ordered.filter((one) => one.startsWith(`ordered-${key}-`))
      t.deepEqual(own, numbered(`ordered-${key}`), `order of key ${key}`)
    }
  })
  shown.row('orderly, with queue locks', () => {
    const locked = of('received', 'locks').map((one) => one.body)
    for (let key = 0; key < 10; key++) {
      const own = locked.filter((one) => one.startsWith(`locked-${key}-`))
      t.deepEqual([...new Set(own)], numbered(`locked-${key}`), `order of key ${key}`)
    }
  })
  shown.row('transactions: commit, roll back', () => {
    const committed = [...numbered('commit', 3), ...numbered('unknown-commit', 3)].sort()
    t.deepEqual(committedAs(received('tx')), committed, 'what was committed comes, nothing else')
  })
  shown.row('transactions: check-back', () => {
    t.deepEqual(
      [...new Set(bodies(of('checked', 'tx')))],
      [...numbered('unknown-commit', 3), ...numbered('unknown-rollback', 3)],
    )
  })
  shown.row('request and reply', () => {
    t.deepEqual(received('rpc-asked'), numbered('question'))
    t.deepEqual(
      received('rpc'),
      numbered('question').map((one) => `re: ${one}`),
    )
    t.deepEqual(received('rpc-none'), ['timeout'])
  })
  shown.row('compressed bodies', () => {
    t.like(of('received', 'zip'), [{ body: 'true', queueId: 1, detail: 'значение' }])
  })
  shown.row('message traces', () => t.true(received('trace').includes('-traced')))
  shown.row('delay levels', () => {
    t.deepEqual(received('delay'), ['delay-1', 'delay-2'])
    for (const one of of('received', 'delay')) {
      t.true(Number(one.detail) >= (one.body === 'delay-1' ? 1000 : 5000), one.body)
    }
  })
  shown.row('SQL92 filter', () => {
    t.deepEqual(received('sql'), ['filter-2', 'filter-4', 'filter-5'])
  })
  shown.row('tag filter', () => {
    t.deepEqual(
      received('tags'),
      [0, 1, 3, 4, 6, 7, 9].map((n) => `filter-${n}`),
    )
  })
  shown.row('retries with levels', () => {
    const tries = of('received', 'retry').map((one) => `${one.body} ${one.queueId}`)
    t.deepEqual(
      tries.sort(),
      [...numbered('later'), ...numbered('dead')]
        .flatMap((body) => [`${body} 0`, `${body} 1`])
        .sort(),
      'each is tried twice',
    )
  })
  shown.row('dead letters', () => t.deepEqual(received('letters'), numbered('dead')))
  shown.row('broadcasting', () => {
    t.deepEqual(received('news-one'), numbered('news'))
    t.deepEqual(received('news-two'), numbered('news'))
  })
  shown.row('pull', () => t.deepEqual(received('pull'), numbered('pull')))
  shown.row('where a new group starts', () => {
    for (const where of ['first', 'last', 'timestamp']) {
      t.deepEqual(received(`where-${where}`), numbered('where'), where)
    }
  })
  shown.row('offsets set back, online', () => {
    t.deepEqual(received('reset'), [...numbered('reset'), ...numbered('reset')].sort())
  })
  shown.row('members come and go', () => {
    t.deepEqual(
      [...new Set(received('members'))],
      bodies(of('sent', 'members')),
      'nothing is lost while members come and go',
    )
  })
  shown.end()
}
