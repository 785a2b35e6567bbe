// TLS and plain text on the one port of the gRPC front, and a certificate that is renewed while
// connections are open. The certificates are made by openssl.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Client, credentials } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { v2 } from '../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../gateway/grpc/service-definition.ts'
import { silentLog } from '../../src/base/log.ts'
import { CertificateFiles } from '../../src/host/certificate-files.ts'
import { listenByFirstByte } from '../../src/host/first-byte.ts'
import { makeCertificate } from '../support/certificate.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { grpcFront, metadataOf } from '../support/grpc-front.ts'

async function secured(t: ExecutionContext, takesPlain = true) {
  const folder = mkdtempSync(join(tmpdir(), 'rocketway-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await makeCertificate(folder, 'first')
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const certificate = new CertificateFiles(files, new FakeClock(), silentLog)
  const { front } = await grpcFront(t, {
    tls: { certificate, listen: listenByFirstByte, takesPlain },
  })
  return { folder, files, certificate, port: front.port }
}

const trusting = () =>
  credentials.createSsl(null, null, null, { rejectUnauthorized: false } as object)

/** The code of a heartbeat's answer, over a connection of its own. */
function heartbeat(t: ExecutionContext, port: number, how: 'plain' | 'tls') {
  const options = { 'grpc.use_local_subchannel_pool': 1 }
  const secrecy = how === 'plain' ? credentials.createInsecure() : trusting()
  const client = new Client(`127.0.0.1:${port}`, secrecy, options)
  t.teardown(() => client.close())
  const { path, requestSerialize, responseDeserialize } = rpc.Heartbeat
  return () =>
    new Promise<v2.Code | null | undefined>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes: Buffer) => responseDeserialize(bytes),
        { clientType: v2.ClientType.PRODUCER },
        metadataOf({}),
        (error, answer) => (error ? reject(error) : resolve(answer?.status?.code)),
      )
    })
}

/** The name in the certificate that a new connection is shown. */
function shown(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] }
    const socket = connect(options, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('plain text and TLS are served on one port', async (t) => {
  const { port } = await secured(t)
  t.is(await heartbeat(t, port, 'plain')(), v2.Code.OK)
  t.is(await heartbeat(t, port, 'tls')(), v2.Code.OK)
})

test('S30: where plain text is not meant a connection without TLS is cut, and no answer leaves', async (t) => {
  const { port } = await secured(t, false)
  await t.throwsAsync(heartbeat(t, port, 'plain')(), { message: /UNAVAILABLE/ })
  t.is(await heartbeat(t, port, 'tls')(), v2.Code.OK)
})

test('a renewed certificate is shown to new connections, and old ones go on', async (t) => {
  const { port, folder, files, certificate } = await secured(t)
  const beat = heartbeat(t, port, 'tls')
  t.is(await beat(), v2.Code.OK)
  t.is(await shown(port), 'first')

  await makeCertificate(folder, 'second')
  certificate.look()
  t.is(await shown(port), 'second')
  t.is(await beat(), v2.Code.OK)

  writeFileSync(files.certFile, 'half of a')
  certificate.look()
  t.is(await shown(port), 'second')
})

test('a connection that ends before it says anything is nobody', async (t) => {
  const { port } = await secured(t)
  await new Promise<void>((resolve) => {
    const socket = connectPlain(port, '127.0.0.1', () => socket.end())
    socket.on('close', () => resolve())
  })
  t.is(await heartbeat(t, port, 'plain')(), v2.Code.OK)
})

test('files that are no certificate stop the start', (t) => {
  const files = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }
  const error = t.throws(() => new CertificateFiles(files, new FakeClock(), silentLog))
  t.like(error, { failure: 'invalid-argument' })
})
