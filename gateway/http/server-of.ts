// The server of the front: in plain text, or by TLS with a certificate that may be renewed while
// connections are open.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { CertificateSource } from '../../src/base/certificate.ts'

export type ServerTls = {
  readonly certificate: CertificateSource
  /** PEM: whose client certificates are believed. */
  readonly clientCa?: string | undefined
  readonly clients: 'none' | 'request' | 'require'
}

type Serve = (req: IncomingMessage, res: ServerResponse) => void

// How often node looks for requests that are late.
const connectionsCheckingInterval = 1000
const handshakeTimeout = 10_000
const minVersion = 'TLSv1.2' as const

export function serverOf(tls: ServerTls | undefined, serve: Serve): Server {
  if (!tls) return createServer({ connectionsCheckingInterval }, serve)
  const { certificate, clientCa, clients } = tls
  const context = ({ cert, key }: CertificateSource['current']) => ({
    cert,
    key,
    minVersion,
    ...(clientCa !== undefined && { ca: clientCa }),
  })
  const server = createSecureServer(
    {
      ...context(certificate.current),
      connectionsCheckingInterval,
      handshakeTimeout,
      requestCert: clients !== 'none',
      rejectUnauthorized: clients === 'require',
    },
    serve,
  )
  // Connections that are open keep what they have.
  const end = certificate.onChange((next) => server.setSecureContext(context(next)))
  server.once('close', end)
  return server
}
