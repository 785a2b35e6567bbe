// The main job against the real processes: curl in; WebSocket in a browser, gRPC with the
// official client and REST out, each of them everything, unaltered.

import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Browser, chromium } from 'playwright-core'
import { installed, run, startRocketway } from '../support/processes.ts'

const count = 1000
const topic = 'main-job'
const bodyOf = (n: number) => `{"n":${n},"text":"消息 ${n}"}`
const everything = [...Array(count).keys()].map(bodyOf).sort()

test.serial('what curl posts is received by a browser, a gRPC client and REST', async (t) => {
  if (!(await installed('curl'))) return t.fail('curl is not installed')
  const home = mkdtempSync(join(tmpdir(), 'rocketway-main-job-'))
  const up = await startRocketway(t, ['up', '--data', join(home, 'data'), '--ports', '0'])
  const api = `http://${up.listen['http']}/v1`

  await createTopic(api)
  const grpc = await startGrpcConsumer(t, up.listen['grpc'] ?? '')
  await postWithCurl(t, api, home)

  const [browser, official, rest] = await Promise.all([
    receiveInBrowser(t, up.listen['http'] ?? ''),
    grpc.receiveAll(),
    drainOverRest(api),
  ])
  if (browser) {
    t.deepEqual(browser.map((one) => one.body).sort(), everything, 'the browser')
    checkOrder(t, browser)
  }
  t.deepEqual(official.sort(), everything, 'the official gRPC client')
  t.deepEqual(rest.sort(), everything, 'REST')
  t.is(await up.kill('SIGTERM'), 0, 'it stops in order')
})

async function createTopic(api: string): Promise<void> {
  const response = await fetch(`${api}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: topic }),
  })
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
}

/** One curl, a thousand requests, sixteen at a time. */
async function postWithCurl(t: ExecutionContext, api: string, home: string): Promise<void> {
  const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  const requests = [...Array(count).keys()].map((n) =>
    [
      `url = ${quoted(`${api}/topics/${topic}/messages`)}`,
      `data-raw = ${quoted(bodyOf(n))}`,
      'header = "content-type: application/json"',
      'output = "/dev/null"',
      'write-out = "%{http_code}\\n"',
      'silent',
    ].join('\n'),
  )
  const config = join(home, 'curl.conf')
  writeFileSync(config, requests.join('\nnext\n'))
  const curl = await run('curl', ['--parallel', '--parallel-max', '16', '-K', config])
  const statuses = curl.stdout.trim().split('\n')
  t.is(statuses.length, count)
  t.deepEqual([...new Set(statuses)], ['201'], curl.stderr)
}

type OfficialMessage = { body: Buffer }
type OfficialConsumer = {
  startup(): Promise<void>
  shutdown(): Promise<void>
  receive(max: number, invisibleMs: number): Promise<OfficialMessage[]>
  ack(message: OfficialMessage): Promise<unknown>
}

/** A second group, joined before the messages come: a new gRPC group starts at the end. */
async function startGrpcConsumer(t: ExecutionContext, endpoints: string) {
  const { SimpleConsumer, FilterExpression } = createRequire(import.meta.url)(
    'rocketmq-client-nodejs',
  ) as {
    SimpleConsumer: new (options: object) => OfficialConsumer
    FilterExpression: new (text: string) => object
  }
  const consumer = new SimpleConsumer({
    endpoints,
    namespace: '',
    consumerGroup: 'official',
    subscriptions: new Map([[topic, new FilterExpression('*')]]),
    awaitDuration: 3000,
    logger: { info() {}, warn() {}, error() {}, debug() {} },
  })
  await consumer.startup()
  let running = true
  t.teardown(async () => {
    if (running) await consumer.shutdown()
  })
  const receiveAll = async () => {
    const bodies: string[] = []
    while (bodies.length < count) {
      const messages = await consumer.receive(32, 30_000)
      for (const message of messages) {
        bodies.push(message.body.toString())
        await consumer.ack(message)
      }
    }
    t.deepEqual(await consumer.receive(32, 30_000), [], 'nothing is left after the last ack')
    running = false
    await consumer.shutdown()
    return bodies
  }
  return { receiveAll }
}

async function drainOverRest(api: string): Promise<string[]> {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${api}/groups/rest/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as Record<string, unknown>
  }
  const bodies: string[] = []
  for (;;) {
    const wait = bodies.length < count ? '10s' : '1s'
    const page = await post(`topics/${topic}/messages:receive`, { max: 32, wait, invisible: '30s' })
    const messages = page['messages'] as { handle: string; body: { json: object } }[]
    if (messages.length === 0) return bodies
    bodies.push(...messages.map((one) => JSON.stringify(one.body.json)))
    const acked = await post('messages:ack', { handles: messages.map((one) => one.handle) })
    if (acked['acked'] !== messages.length) throw new Error(`acked ${JSON.stringify(acked)}`)
  }
}

type Seen = { body: string; queueId: number; queueOffset: string; broker: string }

async function receiveInBrowser(t: ExecutionContext, http: string): Promise<Seen[] | undefined> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    t.log('no Chromium here: the browser part is skipped')
    return undefined
  }
  const browser = await launch(executablePath)
  try {
    const page = await browser.newPage()
    await page.goto(`http://${http}/`)
    const wanted = JSON.stringify({ topic, count, base: `http://${http}/` })
    return await page.evaluate<Seen[]>(`${collectInPage}(${wanted})`)
  } finally {
    await browser.close()
  }
}

function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Runs in the page, so it is a text: everything there is of the topic, over one WebSocket. */
const collectInPage = `(async ({ topic, count, base }) => {
  const { connect } = await import(base + 'rocketway.js')
  return new Promise((resolve, reject) => {
    const seen = []
    setTimeout(() => reject(new Error('only ' + seen.length + ' came')), 45000)
    const connection = connect({ url: base.replace(/^http/, 'ws') + 'v1/ws' })
    connection.subscribe({
      topic,
      from: { at: 'earliest' },
      credit: 200,
      onMessage({ body, queueId, queueOffset, broker }) {
        seen.push({ body: JSON.stringify(body.json), queueId, queueOffset, broker })
        if (seen.length < count) return
        connection.close()
        resolve(seen)
      },
    })
  })
})`

function checkOrder(t: ExecutionContext, seen: readonly Seen[]): void {
  const last = new Map<string, number>()
  for (const one of seen) {
    const queue = `${one.broker}/${one.queueId}`
    t.is(Number(one.queueOffset), (last.get(queue) ?? -1) + 1, `order in ${queue}`)
    last.set(queue, Number(one.queueOffset))
  }
}
