// The floor under the gateway's HTTP fronts: a bare express handler, and a bare ws server, that are
// asked the same, answer the same JSON, and store nothing. What is above it is what the gateway
// does: names, limits, identities, traces, and a broker that stores.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { WebSocketServer } from 'ws'
import { startServer } from './programs.ts'

export type Floor = Awaited<ReturnType<typeof startFloor>>

/** In a process of its own. */
export const startFloor = () => startServer(fileURLToPath(import.meta.url))

const text = 'x'.repeat(1024)
const messagesPerReceive = 32

let stored = 0
const sent = (topic: string) => ({
  messageId: `01A2B3C4D5E6F708192A3B4C5D6E7F${(stored++ % 10_000).toString().padStart(4, '0')}`,
  topic,
  broker: 'broker-a',
  queueId: 1,
  queueOffset: String(stored),
  storedAt: new Date().toISOString(),
  durability: 'local',
})

const message = (topic: string) => ({
  messageId: `01A2B3C4D5E6F708192A3B4C5D6E7F${(stored++ % 10_000).toString().padStart(4, '0')}`,
  topic,
  keys: [],
  properties: {},
  contentType: 'text/plain',
  body: { text },
  bornAt: new Date().toISOString(),
  storedAt: new Date().toISOString(),
  broker: 'broker-a',
  queueId: 1,
  queueOffset: String(stored),
})

const held = (topic: string) => ({
  handle: `mqh1.k1.${'h'.repeat(110)}.${stored}`,
  attempt: 1,
  invisibleUntil: new Date().toISOString(),
  ...message(topic),
})

function application() {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const json = express.json({ limit: '4mb' })
  app.post('/v1/topics/:topic/messages\\:batch', json, ({ params, body }, res) => {
    const { messages } = body as { messages: unknown[] }
    const results = messages.map(() => ({ status: 201, ...sent(String(params['topic'])) }))
    res.json({ stored: results.length, failed: 0, results })
  })
  app.post('/v1/groups/:group/topics/:topic/messages\\:receive', json, ({ params }, res) => {
    const topic = String(params['topic'])
    const messages = Array.from({ length: messagesPerReceive }, () => held(topic))
    res.json({ messages, waitedMs: 0 })
  })
  app.post('/v1/groups/:group/messages\\:ack', json, ({ body }, res) => {
    res.json({ acked: (body as { handles: unknown[] }).handles.length })
  })
  const raw = express.raw({ type: () => true, limit: '4mb' })
  app.post('/v1/topics/:topic/messages', raw, ({ params }, res) => {
    res.status(201).json(sent(String(params['topic'])))
  })
  return app
}

type Frame = { op: string; sid?: string; topic?: string; credit?: number; n?: number }

/** Hands out as many messages as it has credit for, in turns of the loop that others share. */
function serveSockets(sockets: WebSocketServer): void {
  sockets.on('connection', (socket) => {
    let credit = 0
    let topic = ''
    const pump = (): void => {
      for (let i = 0; i < messagesPerReceive && credit > 0; i++) {
        credit--
        socket.send(JSON.stringify({ op: 'msg', sid: 's', left: credit, ...message(topic) }))
      }
      if (credit > 0 && socket.readyState === socket.OPEN) setImmediate(pump)
    }
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.op === 'hello') socket.send('{"op":"welcome"}')
      const more = frame.credit ?? frame.n ?? 0
      topic = frame.topic ?? topic
      const isIdle = credit === 0
      credit += more
      if (isIdle && more > 0) pump()
    })
  })
}

async function serve(): Promise<void> {
  const server = createServer(application())
  serveSockets(new WebSocketServer({ server, path: '/v1/ws', perMessageDeflate: false }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  process.on('disconnect', () => process.exit())
  process.send?.(typeof address === 'object' ? address?.port : 0)
}

// The process that the bench starts.
if (process.argv[1] === fileURLToPath(import.meta.url)) await serve()
