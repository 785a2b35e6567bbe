// Brokers of both kinds in one cluster, behind a name server of either kind: the official client
// sends to both and consumes from both, each message accounted for.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

const listen = ['--listen', '127.0.0.1:0']

for (const kind of ['rocketway', 'Apache'] as const) {
  test.serial(`brokers of both kinds behind a name server of ${kind}`, async (t) => {
    t.timeout(600_000)
    const home = mkdtempSync(join(tmpdir(), 'rocketway-mixed-'))
    const namesrv =
      kind === 'Apache'
        ? (await startApacheNamesrv(t, join(home, 'namesrv'))).address
        : ((await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])).listen[
            'namesrv'
          ] ?? '')
    const apache = await startApacheBroker(t, join(home, 'apache'), namesrv, {
      brokerName: 'apache',
    })
    const args = ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen]
    const started = await startRocketway(t, [...args, '--set', 'broker.brokerName=rocketway'])
    const own = started.listen['broker'] ?? ''
    const classPath = await buildJavaClient('5.5.0')
    const events = await runJavaClient(classPath, [namesrv, 'mixed'], home)
    check(t, events, [apache.address, own])
  })
}

function check(t: ExecutionContext, events: readonly Event[], brokers: readonly string[]): void {
  t.deepEqual(
    events.filter((one) => one.event === 'failed'),
    [],
  )
  const bodies = (event: Event['event'], scenarios: readonly string[]) =>
    events
      .filter((one) => one.event === event && scenarios.includes(one.scenario))
      .map((one) => one.body)
      .sort()
  const sent = bodies('sent', ['sync', 'async', 'oneway', 'batch'])
  t.is(sent.length, 282)
  t.deepEqual(bodies('received', ['mixed-all']), sent, 'everything sent is consumed, once')
  t.deepEqual(bodies('received', ['mixed-orderly']), bodies('sent', ['ordered']))

  const used = new Set(
    events
      .filter((one) => one.event === 'sent' && one.scenario === 'sync')
      .map((one) => one.detail.slice(0, 16)),
  )
  t.deepEqual([...used].sort(), brokers.map(hostHex).sort(), 'both brokers took messages')
}

/** As offset message ids begin: address and port. */
function hostHex(address: string): string {
  const [ip = '', port] = address.split(':')
  const bytes = Buffer.from([...ip.split('.').map(Number), 0, 0, 0, 0])
  bytes.writeInt32BE(Number(port), 4)
  return bytes.toString('hex').toUpperCase()
}
