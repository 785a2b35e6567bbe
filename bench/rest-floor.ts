// The floor under a REST send: what node's own HTTP server and a bare express handler cost for the
// same request, when they read the body, answer the same JSON and store nothing.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { httpLoad } from './http-load.ts'
import { cpuMicros, median } from './process-cost.ts'

const bodyBytes = 1024
const sendsPerRound = 20_000
const connections = 64

type Kind = 'node' | 'express'

function answer(): object {
  return {
    messageId: '01A2B3C4D5E6F708192A3B4C5D6E7F8091',
    topic: 'bench',
    broker: 'broker-a',
    queueId: 1,
    queueOffset: '1841',
    storedAt: new Date().toISOString(),
    durability: 'local',
  }
}

async function serve(kind: Kind): Promise<void> {
  const server = createServer(kind === 'express' ? expressHandler() : nodeHandler).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  const address = server.address()
  process.on('disconnect', () => process.exit())
  process.send?.(typeof address === 'object' ? address?.port : 0)
}

function nodeHandler(req: IncomingMessage, res: ServerResponse): void {
  req.on('data', () => {})
  req.on('end', () => {
    const text = JSON.stringify(answer())
    const length = String(Buffer.byteLength(text))
    res.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': length })
    res.end(text)
  })
}

function expressHandler() {
  const application = express()
  application.use(express.raw({ type: () => true, limit: '4mb' }))
  application.post('/v1/topics/:topic/messages', (_req, res) => {
    res.status(201).json(answer())
  })
  return application
}

export async function benchRestFloor(rounds: number): Promise<object> {
  return { node: await measure('node', rounds), express: await measure('express', rounds) }
}

async function measure(kind: Kind, rounds: number): Promise<object> {
  const server: ChildProcess = fork(fileURLToPath(import.meta.url), [kind])
  const port = await new Promise<number>((resolve) => server.once('message', resolve))
  const pid = server.pid ?? 0
  const run = () =>
    httpLoad({
      port,
      method: 'POST',
      path: '/v1/topics/bench/messages',
      headers: { 'content-type': 'text/plain', 'mq-tag': 'paid' },
      body: Buffer.alloc(bodyBytes, 'x'),
      connections,
      requests: sendsPerRound,
    })
  await run()
  const runs: { micros: number; perSecond: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const before = cpuMicros(pid)
    const { seconds } = await run()
    runs.push({
      micros: (cpuMicros(pid) - before) / sendsPerRound,
      perSecond: sendsPerRound / seconds,
    })
  }
  server.disconnect()
  return {
    cpuMicrosPerMessage: Number(median(runs.map(({ micros }) => micros)).toFixed(1)),
    perSecond: Math.round(median(runs.map(({ perSecond }) => perSecond))),
  }
}

// The process that the bench forks.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await serve(process.argv[2] === 'express' ? 'express' : 'node')
}
