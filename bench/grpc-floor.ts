// The floor under the gateway's gRPC front: node:http2 as it is, which answers sends, receives and
// acknowledgements with frames that were made before, and asks nobody. What is above it is all that
// the gateway does.

import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Frames, frameOf } from '../gateway/grpc/framing.ts'
import { v2 } from '../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../gateway/grpc/service-definition.ts'
import { type Program, startServer } from './programs.ts'

/** In a process of its own. */
export async function startGrpcFloor(): Promise<Program> {
  const { pid, port, ...server } = await startServer(fileURLToPath(import.meta.url))
  const stop = async (): Promise<void> => server.stop()
  return { pid, listen: { grpc: `127.0.0.1:${port}` }, stop, kill: stop }
}

/** As the gateway's. */
const trailersFollow = { waitForTrailers: true, sendDate: false }

const status: v2.Status.Fields = { code: v2.Code.OK, message: 'OK' }

const message: v2.Message.Fields = {
  topic: { name: 'floor' },
  userProperties: { shop: 'north' },
  body: Buffer.alloc(1024, 'x'),
  systemProperties: {
    messageId: '0102FC0000000104820B160D7A00000000',
    receiptHandle: `mqh1.k1.${'h'.repeat(120)}`,
    bodyDigest: { type: v2.DigestType.MD5, checksum: '9DD4E461268C8034F5C8564E155C67A6' },
    deliveryAttempt: 1,
  },
}

function received(count: number): Buffer {
  const { writeResponse } = rpc.ReceiveMessage
  const frames = new Frames()
  frames.add((writer) => writeResponse({ status }, writer))
  for (let n = 0; n < count; n++) frames.add((writer) => writeResponse({ message }, writer))
  frames.add((writer) => writeResponse({ deliveryTimestamp: { seconds: 1 } }, writer))
  return frames.take()
}

const one = received(1)
const many = received(32)
const { messageId } = message.systemProperties ?? {}
const entries = [{ status, messageId: messageId ?? '', offset: 41 }]
const sent = frameOf((writer) => rpc.SendMessage.writeResponse({ status, entries }, writer))
const said = frameOf((writer) => rpc.Telemetry.writeResponse({ status, settings: {} }, writer))
const acknowledged = frameOf((writer) => rpc.AckMessage.writeResponse({ status }, writer))

function answerOf(path: string | undefined, request: Buffer): Buffer {
  if (path === rpc.SendMessage.path) return sent
  if (path !== rpc.ReceiveMessage.path) return acknowledged
  return rpc.ReceiveMessage.requestDeserialize(request.subarray(5)).batchSize === 1 ? one : many
}

function serve(): void {
  const server = createServer()
  server.on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, trailersFollow)
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }))
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      // A stream of settings stays open.
      if (path === rpc.Telemetry.path) stream.write(said)
    })
    stream.once('end', () => {
      stream.end(answerOf(path, Buffer.concat(chunks)))
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('disconnect', () => process.exit())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve()
