// Shared state in a real redis-server, and gateways in front of brokers without a window.

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { MqError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { connectRedis, RedisState } from '../../src/host/redis-state.ts'
import { installed, startRocketway } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'

const run = (await installed('redis-server')) ? test : test.skip

run(
  'a real redis-server keeps the contract of shared state, and one that has gone fails at once',
  async (t) => {
    const server = await startRedis(t)
    const redis = new RedisState(connectRedis(server.url, silentLog))
    t.teardown(() => redis.stop())
    let isUp = false
    for (let tries = 0; !isUp && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      isUp = await redis.set('up', '1', 1000).then(
        () => true,
        () => false,
      )
    }
    t.deepEqual(await Promise.all([redis.add('b', 'x', 60_000), redis.add('b', 'y', 60_000)]), [
      true,
      false,
    ])
    t.is(await redis.get('b'), 'x')
    await redis.remove('b')
    t.is(await redis.get('b'), undefined)
    await Promise.all([1, 2, 3].map((n) => redis.increase('e', n, 60_000)))
    t.is(await redis.increase('e', 4, 60_000), 10)
    await redis.increase('short', 1, 30)
    while ((await redis.get('short')) !== undefined);

    await server.stop()
    const lost = await t.throwsAsync<MqError>(redis.get('b'))
    t.is(lost?.failure, 'state-unavailable')
  },
)

run('two gateways with Redis store an id once in front of a broker without a window', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'rocketway-redis-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const server = await startRedis(t)
  const cluster = await startRocketway(t, [
    ...['up', '--data', home, '--ports', '0', '--set', 'broker.dedupWindowMs=0'],
  ])
  const gateway = () =>
    startRocketway(t, [
      ...['gateway', '--ports', '0', '--namesrv', cluster.listen['namesrv'] ?? ''],
      ...['--set', `gateway.state.redis=${server.url}`],
    ])
  const [one, other] = await Promise.all([gateway(), gateway()])
  const send = (at: typeof one, key?: string, body = '{"id":7}') =>
    fetch(`http://${at?.listen['http']}/v1/topics/orders/messages`, {
      method: 'POST',
      body,
      headers: { ...(key !== undefined && { 'Idempotency-Key': key }) },
    })
  const made = await fetch(`http://${one.listen['http']}/v1/topics`, {
    method: 'POST',
    body: '{"name":"orders"}',
    headers: { 'Content-Type': 'application/json' },
  })
  t.is(made.status, 201)
  const first = await send(one, 'k1')
  t.is(first.status, 201)
  const again = await send(other, 'k1')
  t.is(again.status, 200)
  t.is(again.headers.get('idempotency-replayed'), 'true')
  t.like(await again.json(), { ...((await first.json()) as object), replayed: true })
  t.is((await send(other, 'k1', 'other')).status, 422)

  await server.stop()
  const refused = await send(other, 'k2')
  t.is(refused.status, 503)
  t.like(await refused.json(), { type: '/problems/state-unavailable', outcome: 'not-stored' })
  t.is((await send(other)).status, 201)
})
