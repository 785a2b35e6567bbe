// Shared state in a real redis-server, and gateways in front of brokers without a window.

import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { ApiKeys } from '../../gateway/identity/api-keys.ts'
import type { MqError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { connectRedis, RedisState } from '../../src/host/redis-state.ts'
import { systemRandom } from '../../src/host/system-random.ts'
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

run(
  'two gateways with Redis allow a rate and a ticket once between them, and nothing without it',
  async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'rocketway-rates-'))
    t.teardown(() => rmSync(home, { recursive: true, force: true }))
    const server = await startRedis(t)
    const handles = join(home, 'handles.json')
    const keys = join(home, 'keys.json')
    const { key, file } = ApiKeys.generate(systemRandom)
    await writeFile(handles, KeyRing.generate(systemRandom))
    await writeFile(keys, file)
    const cluster = await startRocketway(t, ['up', '--data', join(home, 'data'), '--ports', '0'])
    const gateway = () =>
      startRocketway(t, [
        ...['gateway', '--ports', '0', '--namesrv', cluster.listen['namesrv'] ?? ''],
        ...['--set', `gateway.state.redis=${server.url}`, '--set', 'gateway.auth.mode=required'],
        ...[
          '--set',
          `gateway.auth.keysFile=${keys}`,
          '--set',
          `gateway.handles.keysFile=${handles}`,
        ],
        ...['--set', 'gateway.limits.perKey.sendsPerSecond=5'],
      ])
    const nodes = await Promise.all([gateway(), gateway()])
    let turn = 0
    const ask = (path: string, method: string, body?: string) =>
      fetch(`http://${nodes[turn++ % 2]?.listen['http']}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      })
    t.is((await ask('/v1/topics', 'POST', '{"name":"orders"}')).status, 201)
    const send = () => ask('/v1/topics/orders/messages', 'POST', '{"a":1}')
    // A second has five; thirty at once take more than five of them, however the seconds fall.
    const answers = await Promise.all(Array.from({ length: 30 }, send))
    const stored = answers.filter(({ status }) => status === 201).length
    const refused = answers.filter(({ status }) => status === 429)
    t.is(stored + refused.length, 30)
    t.true(stored >= 5 && stored <= 15, String(stored))
    t.truthy(refused[0]?.headers.get('retry-after'))

    const issued = await ask('/v1/tickets', 'POST')
    const { ticket } = (await issued.json()) as { ticket: string }
    const open = async (node: number) => {
      const address = `http://${nodes[node]?.listen['http']}/v1/topics/orders/events?ticket=${ticket}`
      const stream = await fetch(address)
      await stream.body?.cancel()
      return stream.status
    }
    t.deepEqual((await Promise.all([open(0), open(1)])).sort(), [200, 401])

    const second = await ask('/v1/tickets', 'POST')
    const { ticket: late } = (await second.json()) as { ticket: string }
    await server.stop()
    // What is used up is refused without asking, until its second is over.
    await sleep(1000)
    const lost = await send()
    t.is(lost.status, 503)
    t.like(await lost.json(), { type: '/problems/state-unavailable', outcome: 'not-stored' })
    const blind = await fetch(
      `http://${nodes[0]?.listen['http']}/v1/topics/orders/events?ticket=${late}`,
    )
    t.is(blind.status, 503)
    t.is((await ask('/v1/topics', 'GET')).status, 200)
  },
)
