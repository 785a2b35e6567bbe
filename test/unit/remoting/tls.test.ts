// Remoting over TLS on real sockets: one port for both, certificates renewed while it runs.

import { once } from 'node:events'
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import * as z from 'zod'
import { printAddress } from '../../../src/base/address.ts'
import { silentLog } from '../../../src/base/log.ts'
import type { TlsClient } from '../../../src/base/network.ts'
import { listenerSettings, openingOf } from '../../../src/guard/listener.ts'
import { nodeFiles } from '../../../src/host/node-files.ts'
import { systemClock } from '../../../src/host/system-clock.ts'
import { tcp } from '../../../src/host/tcp.ts'
import { getMaxOffset } from '../../../src/protocol/requests/offsets.ts'
import { RemotingClient } from '../../../src/remoting/client.ts'
import { handlerFor } from '../../../src/remoting/dispatch.ts'
import { Dispatcher } from '../../../src/remoting/dispatcher.ts'
import { RemotingServer } from '../../../src/remoting/server.ts'
import { authority } from '../../support/certificates.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const handle = handlerFor<undefined>()
const ask = { topic: 't', queueId: 3, committed: true }
const body = Buffer.alloc(300_000, 'x')
const onGetMaxOffset = handle(getMaxOffset, ({ queueId }, _, call) => ({
  header: { offset: queueId },
  body: call.body,
}))

const ca = authority()

async function listening(t: ExecutionContext, given: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rocketway-tls-'))
  const pathOf = (name: string) => join(folder, name)
  const put = (name: string) => {
    const { cert, key } = ca.issue(name)
    writeFileSync(pathOf('cert.pem'), cert)
    writeFileSync(pathOf('key.pem'), key)
  }
  put('first')
  writeFileSync(pathOf('ca.pem'), ca.cert)
  const settings = z.object(listenerSettings).parse({
    tlsServerCertPath: pathOf('cert.pem'),
    tlsServerKeyPath: pathOf('key.pem'),
    tlsServerTrustCertPath: pathOf('ca.pem'),
    ...given,
  })
  // Only what looks at the files is on this clock.
  const clock = new FakeClock()
  const server = new RemotingServer({
    network: tcp,
    clock: systemClock,
    log: silentLog,
    address: { host: '127.0.0.1', port: 0 },
    dispatcher: new Dispatcher([onGetMaxOffset], undefined, { log: silentLog }),
    opening: openingOf(settings, { files: nodeFiles(), clock, log: silentLog }),
  })
  await server.start()
  t.teardown(() => server.stop())
  const call = async (tls: TlsClient | undefined) => {
    const client = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog, tls })
    t.teardown(() => client.close())
    const address = printAddress(server.address)
    return client.call(address, getMaxOffset, ask, { timeoutMs: 20_000, body })
  }
  return { server, call, clock, put, pathOf }
}

const verify = { verify: true, ca: ca.cert }

test('one port speaks TLS and plaintext', async (t) => {
  const { call, server } = await listening(t)
  for (const tls of [undefined, verify, { verify: false }]) {
    const answer = await call(tls)
    t.is(answer.header.offset, 3)
    t.true(body.equals(answer.body))
  }
  t.is(server.connectionCount, 3)
})

test('a caller that verifies refuses a certificate it has no reason to believe', async (t) => {
  const { call } = await listening(t)
  await t.throwsAsync(call({ verify: true, ca: authority('others').cert }), {
    message: 'no connection',
  })
  await t.throwsAsync(call({ verify: true }), { message: 'no connection' })
})

test('where TLS is enforced plaintext gets no answer', async (t) => {
  const { call } = await listening(t, { tlsServerMode: 'enforcing' })
  t.is((await call(verify)).header.offset, 3)
  await t.throwsAsync(call(undefined), { message: 'the connection is closed' })
})

test('where TLS is disabled a handshake gets no answer', async (t) => {
  const { call } = await listening(t, { tlsServerMode: 'disabled' })
  await t.throwsAsync(call(verify), { message: 'no connection' })
})

test('a certificate of the client is asked for, and one of others is not believed', async (t) => {
  const { call, server } = await listening(t, { tlsServerNeedClientAuth: 'require' })
  t.is((await call({ ...verify, ...ca.issue('client') })).header.offset, 3)
  const others = authority('others').issue('client')
  // With TLS 1.3 a client learns of the refusal only after its own part of the handshake.
  await t.throwsAsync(call({ ...verify, ...others }))
  await t.throwsAsync(call(verify))
  t.is(server.connectionCount, 1)
})

async function presented(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const peer: PeerCertificate = socket.getPeerCertificate()
  socket.destroy()
  return `${peer.subject.CN}`
}

test('a renewed certificate is shown to the next caller, without a connection lost', async (t) => {
  const { call, clock, put, pathOf, server } = await listening(t)
  const { port } = server.address
  t.is(await presented(port), 'first')
  const open = await call(verify)
  put('second')
  utimesSync(pathOf('cert.pem'), 2_000_000_000, 2_000_000_000)
  t.is(await presented(port), 'first', 'it is not looked at for every handshake')
  await clock.advance(1001)
  t.is(await presented(port), 'second')
  t.is(open.header.offset, 3)

  writeFileSync(pathOf('key.pem'), 'no key')
  utimesSync(pathOf('key.pem'), 2_000_000_100, 2_000_000_100)
  await clock.advance(1001)
  t.is(await presented(port), 'second', 'what does not fit is not used')
})

test('what is no handshake, or half of one, holds nothing', async (t) => {
  const { server } = await listening(t)
  const { port } = server.address
  for (const bytes of [Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]), Buffer.from([0x16])]) {
    const socket = connectPlain(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end(bytes)
    socket.resume()
    await once(socket, 'close')
  }
  while (server.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  t.pass()
})

test('settings that cannot be are refused at the start', (t) => {
  const host = { files: nodeFiles(), clock: systemClock, log: silentLog }
  const opening = (given: Record<string, string>) => () =>
    openingOf(z.object(listenerSettings).parse(given), host)
  t.throws(opening({ tlsServerMode: 'enforcing' }), { message: /no tlsServerCertPath/ })
  t.throws(opening({ tlsServerCertPath: '/none', tlsServerKeyPath: '/none' }))
  t.throws(opening({ proxyProtocolPeers: '10.0.0.0/8, example.com' }), { message: /not an IP/ })
})
