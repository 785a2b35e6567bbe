// S26, S30: what holds for one front holds for the others.

import { Client, credentials, Metadata } from '@grpc/grpc-js'
import test from 'ava'
import { WebSocket } from 'ws'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService } from '../../../../gateway/grpc/service-definition.ts'
import { authority } from '../../../support/certificates.ts'
import { keysFileOf, wholeGateway } from '../../../support/whole-gateway.ts'

type Frame = Readonly<Record<string, unknown>>

/** Says hello and more; answers with the frames up to the one with id 1. */
function spoken(socket: WebSocket, ...frames: readonly Frame[]): Promise<readonly Frame[]> {
  return new Promise((resolve, reject) => {
    const heard: Frame[] = []
    socket.on('open', () => {
      for (const frame of [{ op: 'hello' }, ...frames]) socket.send(JSON.stringify(frame))
    })
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame
      heard.push(frame)
      if (frame['id'] === 1) resolve(heard)
    })
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)))
    socket.on('error', reject)
  })
}

test('S26: one rate holds over REST, WebSocket and gRPC together', async (t) => {
  const limits = { perKey: { sendsPerSecond: 1 } }
  const { ask, socket, grpc, client, clock } = await wholeGateway(t, { limits })
  const pub = { op: 'pub', id: 1, topic: 'orders', body: { text: 'a' } }
  t.is((await ask('POST', '/v1/topics/orders/messages', { body: 'a' })).status, 201)
  t.is((await ask('POST', '/v1/topics/orders/messages', { body: 'a' })).status, 429)
  const frames = await spoken(socket(['rocketway.v1.json']), pub)
  t.like(frames.at(-1), { op: 'err', problem: { type: '/problems/rate-limited' } })

  const caller = new Client(`127.0.0.1:${grpc}`, credentials.createInsecure())
  t.teardown(() => caller.close())
  const { path, requestSerialize, responseDeserialize } = messagingService.SendMessage
  const send = () =>
    new Promise<v2.SendMessageResponse>((resolve, reject) => {
      const metadata = new Metadata()
      metadata.set('x-mq-client-id', 'test')
      const request = {
        messages: [
          {
            topic: { name: 'orders' },
            body: Buffer.from('a'),
            systemProperties: { messageId: '01', bodyEncoding: v2.Encoding.IDENTITY },
          },
        ],
      }
      caller.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes: Buffer) => responseDeserialize(bytes),
        request,
        metadata,
        (error, answer) => (answer ? resolve(answer) : reject(error)),
      )
    })
  t.is((await send()).status?.code, v2.Code.TOO_MANY_REQUESTS)
  t.is(client.stored('orders').length, 1)
  await clock.advance(1000)
  t.is((await send()).status?.code, v2.Code.OK)
})

test('S30: a WebSocket over TLS is whose certificate it shows, and needs no token', async (t) => {
  const own = authority()
  const certificate = { current: own.issue('localhost'), onChange: () => () => {} }
  const apiKeys = keysFileOf(
    {},
    {
      certificates: [{ name: 'CN=billing', subject: 'billing', roles: ['writer'] }],
      roles: { writer: [{ resource: 'Topic:orders', actions: ['Pub'], decision: 'Allow' }] },
    },
  )
  const { url, client } = await wholeGateway(
    t,
    { auth: { mode: 'required' } },
    { apiKeys, httpTls: { certificate, clientCa: own.cert, clients: 'request' } },
  )
  client.addTopic('bills')
  const address = `${url.replace('http:', 'wss:')}/v1/ws`
  const open = (shown: object) => {
    const socket = new WebSocket(address, ['rocketway.v1.json'], { ca: own.cert, ...shown })
    t.teardown(() => socket.terminate())
    return socket
  }
  const pub = (topic: string) => ({ op: 'pub', id: 1, topic, body: { text: 'a' } })
  const sent = await spoken(open(own.issue('billing')), pub('orders'))
  t.like(sent.at(-1), { op: 'ok' })
  const refused = await spoken(open(own.issue('billing')), pub('bills'))
  t.like(refused.at(-1), { op: 'err', problem: { type: '/problems/permission-denied' } })
  await t.throwsAsync(spoken(open({}), pub('orders')), { message: /4401/ })
})
