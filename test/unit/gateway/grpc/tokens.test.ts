// Tokens of an identity provider as credentials of gRPC calls, over a socket.

import test, { type ExecutionContext } from 'ava'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { createAuthenticator } from '../../../../gateway/identity/authenticator.ts'
import { Issuers } from '../../../../gateway/identity/issuers.ts'
import { gatewayCore } from '../../../support/gateway-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'
import { startIssuer } from '../../../support/token-issuer.ts'
import { keysFileOf } from '../../../support/whole-gateway.ts'

const { Code } = v2
const roles = { writer: [{ resource: 'Topic:orders', actions: ['Pub'], decision: 'Allow' }] }
const allowed = { realm: { roles: ['writer'] } }

async function front(t: ExecutionContext) {
  const { core, clock, client: mq } = gatewayCore()
  mq.addTopic('bills')
  const issuer = await startIssuer(t, { nowMs: () => clock.now(), rolesClaim: 'realm.roles' })
  const keys = ApiKeys.parse(keysFileOf({}, { roles }))
  const issuers = new Issuers([issuer.config], keys, clock)
  const identity = createAuthenticator(keys, clock, { issuers })
  const { client } = await grpcFront(t, { core, clock, identity })
  const send = async (token: string, topic = 'orders') => {
    const systemProperties = { messageId: '01A' }
    const message = { topic: { name: topic }, body: Buffer.from('x'), systemProperties }
    const headers = { authorization: `Bearer ${token}` }
    const answer = await client.unary(rpc.SendMessage, { messages: [message] }, { headers })
    return answer.status?.code
  }
  return { issuer, clock, client, mq, send }
}

test('S07: a token opens over gRPC what its roles say and nothing else', async (t) => {
  const { issuer, mq, send } = await front(t)
  const token = await issuer.sign(allowed)
  t.is(await send(token), Code.OK)
  t.is(mq.stored('orders').length, 1)
  t.is(await send(token, 'bills'), Code.FORBIDDEN)
  t.is(await send(await issuer.sign()), Code.FORBIDDEN)
  t.is(mq.stored('bills').length, 0)
})

test('S07: any other token opens nothing', async (t) => {
  const { issuer, clock, mq, send } = await front(t)
  const now = Math.floor(clock.now() / 1000)
  const [, body] = (await issuer.sign(allowed)).split('.')
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url')
  const wrong = {
    'for somebody else': await issuer.sign({ ...allowed, aud: 'another' }),
    'of another issuer': await issuer.sign({ ...allowed, iss: 'https://evil.example.com/' }),
    'that is over': await issuer.sign({ ...allowed, exp: now - 60 }),
    'not signed': `${unsigned}.${body}.`,
    'signed by nobody': `${unsigned}.${body}.AAAA`,
    'no token': 'x',
  }
  for (const [what, token] of Object.entries(wrong)) {
    t.is(await send(token), Code.UNAUTHORIZED, what)
  }
  t.is(mq.stored('orders').length, 0)
})

test('S07: where the keys cannot be had, a token is refused for now', async (t) => {
  const { issuer, send } = await front(t)
  issuer.serve('failure')
  const token = await issuer.sign(allowed)
  t.is(await send(token), Code.INTERNAL_SERVER_ERROR)
  issuer.serve('keys')
  t.is(await send(token), Code.OK)
})

test('S07: a Telemetry stream ends with its token', async (t) => {
  const { issuer, clock, client } = await front(t)
  const headers = { authorization: `Bearer ${await issuer.sign(allowed)}` }
  const stream = client.telemetry({ headers })
  const first = stream.next()
  stream.say({
    clientType: v2.ClientType.PRODUCER,
    publishing: { topics: [{ name: 'orders' }] },
  })
  t.is((await first).status?.code, Code.OK)
  const { clockSkewMs } = issuer.config
  await clock.advance(600_000 + clockSkewMs - 1000)
  await clock.advance(2000)
  const frames = await stream.ended
  t.is(frames.at(-1)?.status?.code, Code.UNAUTHORIZED)
  t.is(clock.pending, 2, 'the sweeps of the front')
})
