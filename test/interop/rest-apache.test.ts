// The gateway in front of a real Apache cluster: the same REST as in front of ours.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { connectClient } from '../../src/main/client.ts'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { startRocketway } from '../support/processes.ts'
import { RestCaller, tourOfConversations, tourOfGroups, tourOfSends } from '../support/rest-tour.ts'

test('REST in front of Apache: sends in every form, browsing, a group, an idempotency key', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-rest-apache-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address)
  const { listen } = await startRocketway(t, [
    ...['gateway', '--namesrv', namesrv.address, '--ports', '0'],
  ])
  const rest = new RestCaller({ url: `http://${listen['http']}` })
  // Apache's broker listens before it registers.
  const until = Date.now() + 60_000
  const isThere = async () => (await rest.ask('GET', '/v1/cluster')).text.includes('broker-a')
  while (!(await isThere()) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  await tourOfSends(t, rest)
  await tourOfGroups(t, rest)
  await tourOfConversations(t, rest)

  await rest.json('POST', '/v1/topics', { name: 'once', queues: 1 }, 201)
  const send = () =>
    rest.ask('POST', '/v1/topics/once/messages', '{"id":7}', { 'Idempotency-Key': 'k1' })
  const [first, second] = [await send(), await send()]
  t.is(first.status, 201, first.text)
  t.is(second.status, 200, second.text)
  const queue = (await rest.json('GET', '/v1/topics/once/queues'))['items'] as object[]
  t.like(queue[0], { maxOffset: '1' })
  await sameHash(t, namesrv.address)
})

/** Apache's broker looks at the hash of a tag alone, which is the same for these. */
async function sameHash(t: ExecutionContext, namesrv: string): Promise<void> {
  const client = connectClient({ nameServers: [namesrv] })
  t.teardown(() => client.stop())
  const settings = { name: 'hashes', readQueues: 1, writeQueues: 1, perm: 6, order: false }
  await client.createTopic({ ...settings, attributes: new Map() })
  for (const tag of ['Aa', 'BB', 'Aa']) {
    const properties = new Map([['TAGS', tag]])
    await client.send({ topic: 'hashes', body: Buffer.from(tag), properties })
  }
  const [broker = ''] = (await client.masters()).keys()
  const pop = (expression: string) =>
    client.pop({
      ...{ topic: 'hashes', broker, queueId: -1, group: 'hash-group', max: 10 },
      ...{ invisibleMs: 6000, waitMs: 10_000, initMode: 'min' },
      filter: { type: 'TAG', expression },
    })
  const { messages } = await pop('BB')
  t.deepEqual(
    messages.map(({ message }) => Buffer.from(message.body).toString()),
    ['BB'],
  )
  await client.ackBatch(
    'hash-group',
    messages.map(({ receipt }) => receipt),
  )
  // Longer than they were hidden: those that were dropped are acknowledged.
  t.deepEqual((await pop('*')).messages, [])
}
