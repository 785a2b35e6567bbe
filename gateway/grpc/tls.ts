// TLS and plain text on one port: a connection whose first byte begins a TLS handshake goes to
// the one server of grpc-js, any other to the other. Official clients of Java, Go, C++ and C#
// come with TLS unless told otherwise, those of Node, Python and Rust without.
// Source: ProxyAndTlsProtocolNegotiator. Not served: the PROXY protocol.

import { experimental, type Server, ServerCredentials } from '@grpc/grpc-js'
import type { CertificateSource } from '../../src/base/certificate.ts'
import {
  type FirstByteListener,
  type ListenByFirstByte,
  tlsHandshake,
} from '../../src/base/first-byte.ts'

type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0]
type Update = Parameters<Provider['addIdentityCertificateListener']>[0]

export type TlsParts = {
  readonly certificate: CertificateSource
  readonly listen: ListenByFirstByte
  /** Else only TLS is spoken with. */
  readonly takesPlain: boolean
}

/** Listens for both. `server` takes the connections; who stops it closes them. */
export function listenForBoth(
  server: Server,
  address: { readonly host: string; readonly port: number },
  { certificate, listen, takesPlain }: TlsParts,
): Promise<FirstByteListener> {
  const plain = server.createConnectionInjector(ServerCredentials.createInsecure())
  const secure = server.createConnectionInjector(credentialsOf(certificate))
  return listen(address, (socket, firstByte) => {
    if (firstByte === tlsHandshake) secure.injectConnection(socket)
    else if (takesPlain) plain.injectConnection(socket)
    else socket.destroy()
  })
}

/** New connections get the certificate of their time. */
function credentialsOf(certificate: CertificateSource): ServerCredentials {
  const ends = new Map<Update, () => void>()
  const tell = (listener: Update, { cert, key }: CertificateSource['current']): void =>
    listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) })
  const provider: Provider = {
    addIdentityCertificateListener(listener) {
      ends.set(
        listener,
        certificate.onChange((next) => tell(listener, next)),
      )
      // Whoever asks is not ready to hear it yet.
      void Promise.resolve().then(() => tell(listener, certificate.current))
    },
    removeIdentityCertificateListener(listener) {
      ends.get(listener)?.()
      ends.delete(listener)
    },
    // Clients are not asked for certificates.
    addCaCertificateListener() {},
    removeCaCertificateListener() {},
  }
  // grpc-js 1.14 names its first argument the provider of clients' roots and takes it for the
  // server's own certificate; the test of this file shows which it is.
  return experimental.createCertificateProviderServerCredentials(provider, null, false)
}
