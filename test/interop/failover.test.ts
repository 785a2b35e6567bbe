// Official Java and Go clients and users of a gateway, while masters are killed: all that was
// acknowledged to any of them is consumed by its group. How long each was without an
// acknowledgement is reported: Java asks for routes every second here, Go every 30 s.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import type { FaultCluster } from '../faults/cluster.ts'
import { patienceMs, rounds, scene } from '../faults/scene.ts'
import { buildGoClient, runGoClient } from '../support/go-client.ts'
import { buildJavaClient, type Event, runJavaClient } from '../support/java-client.ts'
import { startRocketway } from '../support/processes.ts'

const secondsARound = 25
const kills = rounds(2)
const seconds = (kills + 1) * secondsARound
const topics = { java5: 'ride-java5', java4: 'ride-java4', go: 'ride-go', rest: 'ride-rest' }

test('clients ride through failovers', async (t) => {
  t.timeout(900_000 + seconds * 2000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-ride-'))
  const [java5, java4, go] = await Promise.all([
    buildJavaClient('5.5.0'),
    buildJavaClient('4.9.8'),
    buildGoClient(),
  ])
  const { cluster, history } = await scene(t)
  for (const name of Object.values(topics)) {
    const settings = { name, readQueues: 4, writeQueues: 4, perm: 6, order: false }
    await history.client.createTopic({ ...settings, attributes: new Map() })
  }
  // A slave copies the tables of its master every 3 s.
  await sleep(4000)
  const [namesrv = ''] = cluster.nameServers
  const java = (classPath: string, topic: string) =>
    runJavaClient(
      classPath,
      [namesrv, topic, String(seconds)],
      mkdtempSync(join(home, 'java-')),
      'rocketway.Failover',
    )
  const riding = {
    java5: java(java5, topics.java5),
    java4: java(java4, topics.java4),
    go: runGoClient(go, ['failover', namesrv, topics.go, String(seconds)], home),
    rest: rideByRest(t, namesrv),
  }
  const killing = killMasters(cluster, history.client)
  for (const [client, events] of Object.entries(riding)) account(t, client, await events)
  await killing
  t.deepEqual((await history.end()).slice(0, 5), [])
})

async function killMasters(cluster: FaultCluster, client: MqClient): Promise<void> {
  for (const topic of Object.values(topics)) {
    const queue = { topic, broker: cluster.brokerName, queueId: 0 }
    while ((await client.maxOffset(queue).catch(() => 0)) < 10) await sleep(100)
  }
  for (let round = 0; round < kills; round++) {
    const endsAt = performance.now() + secondsARound * 1000
    await sleep(1000)
    const master = await cluster.master()
    await master.kill()
    await sleep(5000)
    await master.start()
    await cluster.inSync(patienceMs)
    await sleep(Math.max(0, endsAt - performance.now()))
  }
}

function account(t: ExecutionContext, client: string, events: readonly Event[]): void {
  const sent = events.filter(({ event }) => event === 'sent')
  const received = new Set(
    events.filter(({ event }) => event === 'received').map(({ body }) => body),
  )
  const lost = sent.filter(({ body }) => !received.has(body)).map(({ body }) => body)
  t.deepEqual(lost.slice(0, 5), [], `${client}: ${lost.length} of ${sent.length} were not consumed`)
  t.true(sent.length > 30, `${client} sent`)
  const times = sent.map(({ offset }) => offset)
  const longest = Math.max(...times.slice(1).map((at, n) => at - (times[n] ?? at)))
  t.log(`${client}: ${sent.length} acknowledged, longest time without: ${longest} ms`)
}

/** As Java and Go do, by REST through a gateway. */
async function rideByRest(t: ExecutionContext, namesrv: string): Promise<Event[]> {
  const gateway = await startRocketway(t, ['gateway', '--ports', '0', '--namesrv', namesrv])
  const base = `http://${gateway.listen['http']}/v1`
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${base}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    const told: unknown = await answer.json().catch(() => undefined)
    return { status: answer.status, told: told as { messages?: Received[] } | undefined }
  }
  const events: Event[] = []
  const tell = (event: 'sent' | 'received', body: string, offset: number) =>
    events.push({ event, scenario: 'rest', body, queueId: 0, offset, detail: '' })
  const open = new Set<string>()
  const seen = new Set<string>()
  let isSending = true
  const sending = (async () => {
    const until = Date.now() + seconds * 1000
    for (let n = 0; Date.now() < until; n++) {
      const body = `rest-${n}`
      const { status } = await post(`topics/${topics.rest}/messages`, { n: body }).catch(refused)
      if (status < 300) {
        tell('sent', body, Date.now())
        if (!seen.has(body)) open.add(body)
      }
      await sleep(20)
    }
    isSending = false
  })()
  const deadline = Date.now() + seconds * 1000 + 120_000
  while ((isSending || open.size > 0) && Date.now() < deadline) {
    const asked = { max: 32, wait: '1s', invisible: '10s' }
    const path = `groups/ride-rest-group/topics/${topics.rest}/messages:receive`
    const { told } = await post(path, asked).catch(refused)
    const messages = told?.messages ?? []
    if (messages.length === 0) await sleep(100)
    for (const { body } of messages) {
      tell('received', body.json.n, 0)
      seen.add(body.json.n)
      open.delete(body.json.n)
    }
    const handles = messages.map(({ handle }) => handle)
    if (handles.length > 0) {
      await post('groups/ride-rest-group/messages:ack', { handles }).catch(refused)
    }
  }
  await sending
  return events
}

type Received = {
  readonly body: { readonly json: { readonly n: string } }
  readonly handle: string
}

const refused = () => ({ status: 599, told: undefined })
