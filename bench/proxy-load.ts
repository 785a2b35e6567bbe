// The load of bench/proxy.ts, in a process of its own: told what to do and how often, it says when
// that is done. A refused send or acknowledgement fails the run.

import { type CallOptions, Client, credentials, Metadata } from '@grpc/grpc-js'
import { v2 } from '../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../gateway/grpc/service-definition.ts'
import { sendRequest } from './grpc-request.ts'

export type ProxyLoad = {
  /** `open`: says the settings of a consumer, as its heartbeats do from then on, and has its group begin. */
  readonly kind: 'open' | 'send' | 'receive'
  readonly port: number
  readonly topic: string
  readonly group: string
  readonly messages: number
  readonly connections: number
  /** Per connection. */
  readonly inFlight: number
  /** Messages of one receive, acknowledged together. */
  readonly batch: number
  readonly bodyBytes: number
}

/** By port; without a pool of its own each client would share one connection. */
const clients = new Map<number, Client[]>()

function clientsOf({ port, connections }: ProxyLoad): Client[] {
  const known = clients.get(port) ?? []
  clients.set(port, known)
  while (known.length < connections) {
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1 }
    known.push(new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options))
  }
  return known
}

const metadata = new Metadata()
for (const [name, value] of Object.entries({
  'x-mq-client-id': 'bench@1@0@x',
  'x-mq-client-version': '5.2.1',
  'x-mq-language': 'JAVA',
  'x-mq-protocol': 'v2',
})) {
  metadata.set(name, value)
}
// As the official clients: Apache's proxy forgets a client, and its settings, that says nothing.
const heartbeatMs = 10_000
// Apache's proxy wants a deadline of every receive.
const inTime = (): CallOptions => ({ deadline: Date.now() + 60_000 })

process.on('message', async (load: ProxyLoad) => {
  const runs = { open, send, receive }
  await runs[load.kind](load)
  process.send?.('done')
})
process.on('disconnect', () => process.exit())

async function send(load: ProxyLoad): Promise<void> {
  const { topic, bodyBytes } = load
  const request = sendRequest(topic, bodyBytes)
  let left = load.messages
  await everywhere(load, async (client) => {
    while (left-- > 0) {
      const answer = await unary(client, rpc.SendMessage, request)
      check(answer.status, 'a send')
    }
  })
}

/** Whole batches until all are received and acknowledged. */
async function receive(load: ProxyLoad): Promise<void> {
  let left = load.messages
  await everywhere(load, async (client) => {
    while (left > 0) {
      const wanted = Math.min(load.batch, left)
      left -= wanted
      const messages = await received(client, load, wanted)
      left += wanted - messages.length
      if (messages.length === 0) continue
      const request = rpc.AckMessage.requestSerialize({
        group: { name: load.group },
        topic: { name: load.topic },
        entries: messages.map(({ systemProperties }) => ({
          messageId: systemProperties?.messageId ?? '',
          receiptHandle: systemProperties?.receiptHandle ?? '',
        })),
      })
      check((await unary(client, rpc.AckMessage, request)).status, 'an acknowledgement')
    }
  })
}

async function open(load: ProxyLoad): Promise<void> {
  const [client] = clientsOf(load)
  if (!client) return
  const { path, requestSerialize, responseDeserialize } = rpc.Telemetry
  const stream = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    (bytes: Buffer) => responseDeserialize(bytes),
    metadata,
  )
  const said = new Promise((resolve, reject) => {
    stream.once('data', resolve)
    stream.once('error', reject)
  })
  stream.write({
    settings: {
      clientType: v2.ClientType.SIMPLE_CONSUMER,
      requestTimeout: { seconds: 3 },
      userAgent: { language: v2.Language.JAVA, version: '5.2.1' },
      subscription: {
        group: { name: load.group },
        subscriptions: [
          { topic: { name: load.topic }, expression: { type: v2.FilterType.TAG, expression: '*' } },
        ],
        longPollingTimeout: { seconds: 5 },
      },
    },
  })
  await said
  setInterval(() => void heartbeat(client, load), heartbeatMs)
  await received(client, load, 32)
}

async function heartbeat(client: Client, { group }: ProxyLoad): Promise<void> {
  const request = rpc.Heartbeat.requestSerialize({
    group: { name: group },
    clientType: v2.ClientType.SIMPLE_CONSUMER,
  })
  check((await unary(client, rpc.Heartbeat, request)).status, 'a heartbeat')
}

function everywhere(load: ProxyLoad, run: (client: Client) => Promise<void>): Promise<unknown> {
  return Promise.all(
    clientsOf(load).flatMap((client) => Array.from({ length: load.inFlight }, () => run(client))),
  )
}

function check(status: v2.Status.Fields | null | undefined, what: string): void {
  if (status?.code === v2.Code.OK) return
  console.error(`${what} was answered ${status?.code}: ${status?.message}`)
  process.exit(1)
}

type Unary<Response> = { readonly path: string; responseDeserialize(bytes: Uint8Array): Response }

function unary<Response>(
  client: Client,
  { path, responseDeserialize }: Unary<Response>,
  request: Buffer,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => responseDeserialize(bytes),
      request,
      metadata,
      inTime(),
      (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
    )
  })
}

function received(client: Client, load: ProxyLoad, batchSize: number): Promise<v2.Message[]> {
  const { path, requestSerialize, responseDeserialize } = rpc.ReceiveMessage
  const stream = client.makeServerStreamRequest(
    path,
    requestSerialize,
    (bytes: Buffer) => responseDeserialize(bytes),
    {
      group: { name: load.group },
      messageQueue: { topic: { name: load.topic }, id: -1, broker: { name: 'broker-a' } },
      filterExpression: { type: v2.FilterType.TAG, expression: '*' },
      batchSize,
      invisibleDuration: { seconds: 60 },
      longPollingTimeout: { seconds: 5 },
    },
    metadata,
    inTime(),
  )
  const messages: v2.Message[] = []
  return new Promise((resolve, reject) => {
    stream.on('data', (frame: v2.ReceiveMessageResponse) => {
      if (frame.message) messages.push(frame.message as v2.Message)
      const code = frame.status?.code
      if (code && code !== v2.Code.OK && code !== v2.Code.MESSAGE_NOT_FOUND) {
        check(frame.status, 'a receive')
      }
    })
    stream.on('error', reject)
    stream.on('end', () => resolve(messages))
  })
}
