// S29: who changed what.

import test from 'ava'
import { Audit } from '../../../../gateway/identity/audit.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { noMetrics } from '../../../../src/base/metrics.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { httpGateway, post } from '../../../support/http-gateway.ts'

const row = {
  subject: 'alice',
  namespace: '',
  source: '127.0.0.1',
  requestId: 'r-1',
  operation: 'deleteTopic',
  target: { topic: 'orders' },
  status: 204,
}

function made() {
  const lines: string[] = []
  const clock = new FakeClock()
  const sink = { append: (line: string) => void lines.push(line) }
  return { lines, clock, audit: new Audit({ clock, log: silentLog, metrics: noMetrics, sink }) }
}

test('S29: a row is one line of JSON whatever is in it', (t) => {
  const { audit, lines } = made()
  const nasty = 'a\r\n{"subject":"root"}\u2028\u001b[2J'
  audit.record({ ...row, requestId: nasty, target: { topic: nasty, long: 'x'.repeat(5000) } })
  t.is(lines.length, 1)
  t.is(lines[0]?.trimEnd().split(/[\r\n]/).length, 1)
  const kept = JSON.parse(lines[0] ?? '')
  t.like(kept, { sequence: 1, subject: 'alice', requestId: nasty })
  t.is(kept.target.long.length, 256)
})

test('S29: refusals beyond a few a second are counted, changes are all kept', async (t) => {
  const { audit, lines, clock } = made()
  for (let i = 0; i < 100; i++) audit.record({ ...row, status: 403 })
  t.is(lines.length, 20)
  for (let i = 0; i < 100; i++) audit.record(row)
  t.is(lines.length, 120)
  await clock.advance(1000)
  audit.record({ ...row, status: 403 })
  t.is(lines.length, 121)
})

test('S29: the newest 10,000 rows are here, by pages', (t) => {
  const { audit } = made()
  for (let i = 0; i < 10_010; i++) audit.record(row)
  const first = audit.rows(3)
  t.deepEqual(
    first.map(({ sequence }) => sequence),
    [10_010, 10_009, 10_008],
  )
  t.is(audit.rows(1, 10_008)[0]?.sequence, 10_007)
  t.is(audit.rows(20_000).length, 10_000)
})

test('S29: every change and every refusal of an administrators call leaves a row, before its answer', async (t) => {
  const lines: string[] = []
  const auditSink = { append: (line: string) => void lines.push(line) }
  const { url, apiKey } = await httpGateway(t, { auth: true, auditSink })
  const authorization = `Bearer ${apiKey}`
  const admin = { authorization }
  t.is((await post(`${url}/v1/topics`, { name: 'made' }, admin)).status, 201)
  t.is((await post(`${url}/v1/topics`, { name: 'a/b' }, admin)).status, 400)
  t.is((await post(`${url}/v1/topics`, { name: 'made' })).status, 401)
  t.is((await fetch(`${url}/v1/brokers`)).status, 401)
  t.is((await fetch(`${url}/v1/audit`, { headers: admin })).status, 200)
  t.is((await post(`${url}/v1/topics/orders/messages`, 'a', admin)).status, 201)
  t.is((await post(`${url}/v1/topics/orders/messages`, 'a')).status, 401)
  const rows = lines.map((line) => JSON.parse(line))
  t.deepEqual(
    rows.map(({ subject, operation, status, problem }) => [subject, operation, status, problem]),
    [
      ['admin', 'createTopic', 201, undefined],
      ['admin', 'createTopic', 400, 'illegal-topic'],
      ['anonymous', 'createTopic', 401, 'unauthenticated'],
      ['anonymous', 'listBrokers', 401, 'unauthenticated'],
    ],
  )
  const get = async (query: string) => {
    const answer = await fetch(`${url}/v1/audit${query}`, { headers: admin })
    return (await answer.json()) as { items: { sequence: number }[]; nextPageToken?: string }
  }
  const page = await get('?pageSize=3')
  t.deepEqual(
    page.items.map(({ sequence }) => sequence),
    [4, 3, 2],
  )
  const rest = await get(`?pageSize=3&pageToken=${page.nextPageToken}`)
  t.deepEqual(
    rest.items.map(({ sequence }) => sequence),
    [1],
  )
  t.is(rest.nextPageToken, undefined)
  const forged = await fetch(`${url}/v1/audit?pageToken=x`, { headers: admin })
  t.is(forged.status, 400)
})
