// The official Java clients in what takes time: transactions with check-back, retries up to the
// dead letters, delays, broadcasting. Each message is accounted for.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { ShownRows } from '../support/client-rows.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

const settings = { transactionTimeOut: 3000, transactionCheckInterval: 5000 }

for (const version of ['5.5.0', '4.9.8'] as const) {
  test.serial(`the Java client ${version} ends, retries, delays and broadcasts`, async (t) => {
    t.timeout(400_000)
    const home = mkdtempSync(join(tmpdir(), 'rocketway-flows-'))
    const listen = ['--listen', '127.0.0.1:0']
    const started = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
    const namesrv = started.listen['namesrv'] ?? ''
    const set = Object.entries(settings).flatMap(([key, value]) => [
      '--set',
      `broker.${key}=${value}`,
    ])
    const args = ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen, ...set]
    await startRocketway(t, args)
    const classPath = await buildJavaClient(version)
    const events = await runJavaClient(classPath, [namesrv, 'flows'], home, 'rocketway.Flows')
    check(t, events, new ShownRows(t, 'java-flows', `java ${version}`), once)
  })
}

// The reference passes the same checks: that is how we know that they are right.
test.serial('the same flows pass against the real Apache broker', async (t) => {
  t.timeout(400_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-apache-'))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address, settings)
  const classPath = await buildJavaClient('5.5.0')
  const args = [namesrv.address, 'flows']
  const events = await runJavaClient(classPath, args, home, 'rocketway.Flows')
  check(t, events, new ShownRows(t, 'java-flows', 'java 5.5.0'), atLeastOnce)
})

type Asked = (bodies: readonly string[]) => readonly string[]

const once: Asked = (bodies) => bodies
/** On a busy machine Apache's broker is late with what a producer has ended, and asks about that, too. */
const atLeastOnce: Asked = (bodies) =>
  [...new Set(bodies)].filter((body) => body.startsWith('unknown-'))

const numbered = (kind: string) => [...Array(10).keys()].map((n) => `${kind}-${n}`)

function check(
  t: ExecutionContext,
  events: readonly Event[],
  shown: ShownRows,
  asked: Asked,
): void {
  const received = (name: string) =>
    events.filter((one) => one.event === 'received' && one.scenario === `flows-${name}`)
  shown.row('transactions: commit, roll back', () => {
    const sent = events.filter((one) => one.event === 'sent' && one.scenario === 'tx')
    t.is(sent.length, 40)
    t.is(new Set(sent.map((one) => one.detail)).size, 40, 'transaction ids differ')
    const expected = [...numbered('commit'), ...numbered('unknown-commit')].sort()
    t.deepEqual(bodies(received('tx/a')), expected, 'what was committed comes once, nothing else')
  })
  shown.row('transactions: check-back', () => {
    const checked = events.filter((one) => one.event === 'checked')
    t.deepEqual(
      asked(bodies(checked)),
      [...numbered('unknown-commit'), ...numbered('unknown-rollback')].sort(),
      'each transaction that was left open is asked about',
    )
    t.deepEqual(
      checked.filter((one) => one.detail !== 'flows-tx'),
      [],
      'the question names the topic of the message',
    )
  })
  shown.row('retries with levels', () => {
    const tries = [...numbered('later'), ...numbered('dead')].flatMap((body) => [
      `${body} 0`,
      `${body} 1`,
    ])
    t.deepEqual(
      received('retry/a')
        .map((one) => `${one.body} ${one.queueId}`)
        .sort(),
      tries.sort(),
      'each is tried twice',
    )
  })
  shown.row('dead letters', () => {
    t.deepEqual(bodies(received('letters/a')), numbered('dead'))
  })
  shown.row('delay levels', () => {
    const delays = received('delay/a').map((one) => [one.body, Number(one.detail)] as const)
    t.deepEqual(delays.map(([body]) => body).sort(), ['delay-1', 'delay-2'])
    const leastMs = new Map([
      ['delay-1', 1000],
      ['delay-2', 5000],
    ])
    for (const [body, ageMs] of delays) {
      t.true(ageMs >= (leastMs.get(body) ?? 0), `${body} came after ${ageMs} ms`)
    }
  })
  shown.row('broadcasting', () => {
    for (const name of ['news/one', 'news/two']) {
      t.deepEqual(bodies(received(name)), numbered('news'), `all of it for ${name}`)
    }
  })
  shown.end()
}

const bodies = (events: readonly Event[]) => events.map((one) => one.body).sort()
