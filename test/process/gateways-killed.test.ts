// Three gateways, asked in turn, Redis beside them; one is killed every few seconds under sends,
// group receives, a reader over SSE and one over WebSocket. Nothing acknowledged is lost, nothing
// is stuck. SECONDS=300 runs it longer.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { installed, type Running, startRocketway } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'

const seconds = Number(process.env['SECONDS'] ?? 30)
const killEveryMs = 5000
const run = (await installed('redis-server')) ? test : test.skip
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Gateways behind one address, as a balancer without stickiness would have them. */
class Gateways {
  readonly #t: ExecutionContext
  readonly #args: readonly string[]
  readonly #running: Running[] = []
  #turn = 0
  kills = 0

  constructor(t: ExecutionContext, args: readonly string[]) {
    this.#t = t
    this.#args = args
  }

  async start(): Promise<void> {
    this.#running.push(await startRocketway(this.#t, [...this.#args], { readyMs: 90_000 }))
  }

  get next(): string {
    this.#turn += 1
    return this.#running[this.#turn % this.#running.length]?.listen['http'] ?? ''
  }

  async killOne(): Promise<void> {
    const victim = this.#running.shift()
    await victim?.kill('SIGKILL')
    this.kills += 1
    await this.start()
  }
}

run('gateways that are killed under load lose nothing that was acknowledged', async (t) => {
  t.timeout((seconds + 120) * 1000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-killed-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const redis = await startRedis(t)
  const cluster = await startRocketway(t, ['up', '--data', home, '--ports', '0'], {
    readyMs: 90_000,
  })
  const keys = join(home, 'handles.json')
  writeFileSync(keys, KeyRing.generate(systemRandom))
  const gateways = new Gateways(t, [
    ...['gateway', '--ports', '0', '--namesrv', cluster.listen['namesrv'] ?? ''],
    ...['--set', `gateway.handles.keysFile=${keys}`, '--set', `gateway.state.redis=${redis.url}`],
  ])
  await Promise.all([gateways.start(), gateways.start(), gateways.start()])
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`http://${gateways.next}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    })
  t.is((await post('topics', { name: 'load', queues: 4 })).status, 201)

  const sent = new Set<string>()
  const received = new Map<string, number>()
  const streamed = new Set<string>()
  const pushed = new Set<string>()
  let isSending = true
  let isOver = false

  /** With an idempotency key a send whose answer was lost may be sent again. */
  const sender = async (name: string): Promise<void> => {
    for (let n = 0; isSending; n++) {
      const id = `${name}-${n}`
      for (let isStored = false; !isStored; ) {
        const answer = await post('topics/load/messages', { id }, { 'Idempotency-Key': id }).catch(
          () => undefined,
        )
        isStored = answer?.ok ?? false
        await answer?.text().catch(() => '')
        if (!isStored) await sleep(50)
      }
      sent.add(id)
      await sleep(5)
    }
  }
  const worker = async (): Promise<void> => {
    while (!isOver) {
      try {
        const asked = { max: 16, wait: '2s', invisible: '10s' }
        const answer = await post('groups/g/topics/load/messages:receive', asked)
        const { messages = [] } = (await answer.json()) as {
          messages?: { handle: string; body: { json: { id: string } } }[]
        }
        if (messages.length === 0) continue
        // An acknowledgement may be stored and its answer lost: what came has come.
        for (const { body } of messages) {
          received.set(body.json.id, (received.get(body.json.id) ?? 0) + 1)
        }
        const acked = await post('groups/g/messages:ack', {
          handles: messages.map(({ handle }) => handle),
        })
        await acked.text()
      } catch {
        await sleep(50)
      }
    }
  }
  /** An EventSource that knows where it was. */
  const reader = async (): Promise<void> => {
    let last = ''
    while (!isOver) {
      try {
        const answer = await fetch(`http://${gateways.next}/v1/topics/load/events?from=earliest`, {
          headers: { accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) },
        })
        let rest = ''
        for await (const chunk of answer.body ?? []) {
          const events = (rest + Buffer.from(chunk).toString()).split('\n\n')
          rest = events.pop() ?? ''
          for (const event of events) {
            last = /^id: (.+)$/m.exec(event)?.[1] ?? last
            const data = /^data: (.+)$/m.exec(event)?.[1]
            const id =
              data && (JSON.parse(data) as { body?: { json: { id: string } } }).body?.json.id
            if (id) streamed.add(id)
          }
          if (isOver) break
        }
      } catch {
        await sleep(100)
      }
    }
  }
  const socketReader = async (): Promise<void> => {
    let cursor = ''
    while (!isOver) {
      const socket = new WebSocket(`ws://${gateways.next}/v1/ws`, 'rocketway.v1.json')
      socket.on('error', () => {})
      socket.on('open', () => {
        const from = cursor === '' ? { at: 'earliest' } : { cursor }
        socket.send('{"op":"hello"}')
        socket.send(JSON.stringify({ op: 'sub', sid: 's', topic: 'load', from, credit: 10_000 }))
      })
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as {
          op: string
          cursor: string
          body: { json: { id: string } }
        }
        if (frame.op !== 'msg') return
        cursor = frame.cursor
        pushed.add(frame.body.json.id)
      })
      while (socket.readyState < WebSocket.CLOSING && !isOver) await sleep(50)
      socket.terminate()
    }
  }

  const senders = ['a', 'b', 'c', 'd'].map(sender)
  const others = [worker(), worker(), reader(), socketReader()]
  const until = Date.now() + seconds * 1000
  while (Date.now() < until) {
    await sleep(killEveryMs)
    await gateways.killOne()
  }
  isSending = false
  await Promise.all(senders)
  const missing = (seen: { has(id: string): boolean }) => [...sent].filter((id) => !seen.has(id))
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if ([received, streamed, pushed].every((seen) => missing(seen).length === 0)) break
    await sleep(200)
  }
  isOver = true
  t.log(`${sent.size} messages, ${gateways.kills} kills`)
  t.true(sent.size > 0 && gateways.kills > 0)
  t.deepEqual(missing(received), [], 'the group got everything')
  t.deepEqual(missing(streamed), [], 'the SSE reader got everything')
  t.deepEqual(missing(pushed), [], 'the WebSocket reader got everything')
  await Promise.race([Promise.all(others), sleep(5000)])
})
