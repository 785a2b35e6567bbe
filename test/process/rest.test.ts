// The REST operations of `rocketway up`, as a client meets them.

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startRocketway } from '../support/processes.ts'
import { RestCaller, tourOfConversations, tourOfGroups, tourOfSends } from '../support/rest-tour.ts'

async function up(t: ExecutionContext) {
  const home = await mkdtemp(join(tmpdir(), 'rocketway-rest-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const { listen } = await startRocketway(t, ['up', '--data', home, '--ports', '0'], {
    readyMs: 90_000,
  })
  return new RestCaller({ url: `http://${listen['http']}` })
}

test('sends in every form, and looking at messages', async (t) => {
  await tourOfSends(t, await up(t))
})

test('a group from its first receive to a seek', async (t) => {
  await tourOfGroups(t, await up(t))
})

test('questions and replies, transactions, dead letters', async (t) => {
  await tourOfConversations(t, await up(t))
})

test('brokers and their settings, which change only for who has seen them', async (t) => {
  const rest = await up(t)
  const { items } = (await rest.json('GET', '/v1/brokers')) as { items: { name: string }[] }
  t.is(items.length, 1)
  const path = `/v1/brokers/${items[0]?.name}/config`
  const before = await rest.ask('GET', path)
  const etag = before.headers.get('etag') ?? ''
  const change = (body: object, match: string) =>
    rest.ask('PATCH', path, JSON.stringify(body), {
      'content-type': 'application/json',
      'If-Match': match,
    })
  t.is((await change({ storePathRootDir: '/tmp/x' }, etag)).status, 403)
  t.is((await change({ slaveReadEnable: '$(id)' }, etag)).status, 400)
  const changed = await change({ slaveReadEnable: true }, etag)
  t.is(changed.status, 200, changed.text)
  t.regex(changed.text, /"slaveReadEnable":"true"/)
  t.is((await change({ slaveReadEnable: false }, etag)).status, 412)
})

test('an idempotent send makes its topic, and a repeat finds the first', async (t) => {
  const rest = await up(t)
  const path = '/v1/topics/new-topic/messages'
  const send = (key: string, body = 'a') => rest.ask('POST', path, body, { 'Idempotency-Key': key })
  const answers = await Promise.all([send('k1'), send('k2'), send('k3')])
  t.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201],
  )
  const again = await send('k1')
  t.is(again.status, 200, again.text)
  t.like(JSON.parse(again.text), { ...JSON.parse(answers[0]?.text ?? ''), replayed: true })
  t.is((await send('k1', 'b')).status, 422)
  const missing = await rest.ask('POST', '/v1/topics/other/messages', 'a', {
    'Idempotency-Key': 'k1',
    'Mq-Ordering-Key': 'o',
  })
  t.is(missing.status, 404, missing.text)
})
