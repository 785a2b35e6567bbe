// The load of bench/grpc.ts, in a process of its own: told what to call and how often, it says
// when all are answered. Requests are encoded once; answers are not decoded.

import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { messagingService as rpc } from '../gateway/grpc/service-definition.ts'
import { sendRequest } from './grpc-request.ts'

export type GrpcLoad = {
  readonly kind: 'send' | 'receive'
  readonly port: number
  readonly calls: number
  readonly connections: number
  /** Per connection. */
  readonly inFlight: number
  readonly bodyBytes: number
  readonly messagesPerReceive: number
}

const topic = { name: 'orders' }

const requests = {
  send: ({ bodyBytes }: GrpcLoad): Buffer => sendRequest(topic.name, bodyBytes),
  receive: ({ messagesPerReceive }: GrpcLoad): Buffer =>
    rpc.ReceiveMessage.requestSerialize({
      group: { name: 'billing' },
      messageQueue: { topic },
      batchSize: messagesPerReceive,
      invisibleDuration: { seconds: 30 },
      longPollingTimeout: { seconds: 1 },
    }),
}

const clients: Client[] = []

process.on('message', async (load: GrpcLoad) => {
  while (clients.length < load.connections) {
    // Without a pool of its own each would share one connection.
    const options = { 'grpc.use_local_subchannel_pool': 1 }
    clients.push(new Client(`127.0.0.1:${load.port}`, credentials.createInsecure(), options))
  }
  const request = requests[load.kind](load)
  let left = load.calls
  const runner = async (client: Client): Promise<void> => {
    while (left-- > 0) await once(client, load.kind, request)
  }
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: load.inFlight }, () => runner(client))),
  )
  process.send?.('done')
})
process.on('disconnect', () => process.exit())

function once(client: Client, kind: GrpcLoad['kind'], request: Buffer): Promise<void> {
  const asIs = (bytes: Buffer): Buffer => bytes
  const metadata = new Metadata()
  metadata.set('x-mq-client-id', 'bench@1@0@x')
  metadata.set('x-mq-client-version', '5.2.1')
  metadata.set('x-mq-language', 'JAVA')
  metadata.set('x-mq-protocol', 'v2')
  const { path } = kind === 'send' ? rpc.SendMessage : rpc.ReceiveMessage
  return new Promise((resolve, reject) => {
    if (kind === 'send') {
      client.makeUnaryRequest(path, asIs, asIs, request, metadata, (error) =>
        error ? reject(error) : resolve(),
      )
      return
    }
    const stream = client.makeServerStreamRequest(path, asIs, asIs, request, metadata)
    stream.on('data', () => {})
    stream.on('error', reject)
    stream.on('end', () => resolve())
  })
}
