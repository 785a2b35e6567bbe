// A gateway as its operator has it: settings that are read again, traces, documents.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { failures } from '../../src/base/errors.ts'
import { command, run, startRocketway } from '../support/processes.ts'

type OtlpSpan = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly links?: readonly { readonly spanId: string }[]
}

/** A collector that takes OTLP over HTTP as JSON. */
async function collector(t: ExecutionContext) {
  const spans: OtlpSpan[] = []
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString())
      for (const { scopeSpans } of resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans)
      }
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, spans }
}

async function until(t: ExecutionContext, what: string, isDone: () => boolean | Promise<boolean>) {
  for (let tries = 0; tries < 300; tries++) {
    if (await isDone()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  t.fail(`${what} did not happen`)
}

test('settings are read again on SIGHUP; traces go out; documents are served', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-operation-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const { endpoint, spans } = await collector(t)
  const file = join(home, 'rocketway.yaml')
  writeFileSync(file, 'gateway: { cors: { origins: [] } }\n')
  const args = ['up', '--data', join(home, 'data'), '--ports', '0', '-c', file, '--log', 'info']
  const up = await startRocketway(t, args, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } })
  const url = `http://${up.listen['http']}`
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const send = (headers: Record<string, string>) =>
    fetch(`${url}/v1/topics/orders/messages`, {
      method: 'POST',
      body: '{"id":7}',
      headers: { 'content-type': 'application/json', ...headers },
    })
  const app = 'https://app.example.com'
  t.is((await send({ Origin: app })).status, 403)

  writeFileSync(file, 'gateway: { cors: { originz: [] } }\n')
  up.process.kill('SIGHUP')
  await until(t, 'reload-failed', () => up.output().includes('reload-failed'))
  t.is((await send({ Origin: app })).status, 403)
  writeFileSync(file, `gateway: { cors: { origins: ["${app}"] } }\n`)
  up.process.kill('SIGHUP')
  await until(t, 'the reload', async () => (await send({ Origin: app })).status === 201)

  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  t.is((await send({ traceparent })).status, 201)
  const answer = await fetch(`${url}/v1/groups/g/topics/orders/messages:receive`, {
    method: 'POST',
    body: '{"max":32,"wait":"10s"}',
    headers: { 'content-type': 'application/json' },
  })
  const { messages } = (await answer.json()) as { messages: { traceparent: string }[] }
  t.true(messages.some((one) => one.traceparent.startsWith(`00-${traceId}-`)))
  await until(t, 'spans', () => spans.some(({ name }) => name === 'receive orders'))
  const sent = spans.find((one) => one.traceId === traceId)
  t.like(sent, { name: 'send orders', parentSpanId: 'b7ad6b7169203331' })
  const received = spans.find(({ name }) => name === 'receive orders')
  t.not(received?.traceId, traceId)

  const page = async (path: string) => {
    const found = await fetch(url + path)
    t.is(found.status, 200, path)
    return found.text()
  }
  const docs = await page('/docs')
  for (const operation of ['sendMessage', 'createTicket', 'listAudit', 'getDocs']) {
    t.true(docs.includes(`id="${operation}"`), operation)
  }
  t.notRegex(docs, /<script|style=/)
  t.like(JSON.parse(await page('/asyncapi.json')), { asyncapi: '3.0.0' })
  for (const name of Object.keys(failures)) t.regex(await page(`/problems/${name}`), /HTTP status/)
  const schema = JSON.parse(await page('/schemas/config-v1.json'))
  t.true('gateway' in schema.properties)
  t.is(await up.kill('SIGTERM'), 0)
})

test('config check, print and schema agree on what there is', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-config-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const file = join(home, 'rocketway.yaml')
  const config = (verb: string, ...more: string[]) =>
    run(process.execPath, [command, 'config', verb, ...more])
  writeFileSync(file, 'gateway:\n  limits: { perKey: { sendsPerSecond: 10 } }\n')
  t.is((await config('check', '-c', file)).stdout, 'fine\n')
  const printed = await config('print', '--effective', '-c', file)
  t.regex(printed.stdout, /^gateway\.limits\.perKey\.sendsPerSecond: 10 {2}# file$/m)
  t.regex(printed.stdout, /^gateway\.http\.listen: "127\.0\.0\.1:8080" {2}# default$/m)
  writeFileSync(file, 'gateway:\n  limits: { perKey: { sendPerSecond: 10 } }\n')
  const wrong = await config('check', '-c', file)
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /sendPerSecond/)
  const { stdout } = await config('schema')
  t.is(stdout, readFileSync('dist/config-v1.schema.json', 'utf8'))
  const { properties } = JSON.parse(stdout)
  t.true('sendsPerSecond' in properties.gateway.properties.limits.properties.perKey.properties)
})
