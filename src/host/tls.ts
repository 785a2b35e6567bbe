// TLS on sockets that exist already, as a server, and on new ones, as a client.

import { isIP, type Socket as NodeSocket } from 'node:net'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import type { Address, TlsClient, TlsServer } from '../base/network.ts'

/** How long a handshake may take, ms. */
const handshakeMsMax = 10_000

type Done = (secured: TLSSocket) => void

/** One for each certificate; handshakes that go on, by where they come from. */
const servers = new WeakMap<TlsServer, { server: Server; waiting: Map<string, Done> }>()

/**
 * Starts TLS on what has come in on `socket`. `done` is called when the peer has proved what it
 * has to; else the socket is closed.
 */
export function secureServerSide(tls: TlsServer, socket: NodeSocket, done: Done): void {
  const { server, waiting } = serverOf(tls)
  const key = keyOf(socket)
  waiting.set(key, done)
  socket.once('close', () => waiting.delete(key))
  server.emit('connection', socket)
}

function serverOf(tls: TlsServer): { server: Server; waiting: Map<string, Done> } {
  const known = servers.get(tls)
  if (known) return known
  const { cert, key, passphrase, clientCa, clients } = tls
  const server = createServer({
    cert,
    key,
    passphrase,
    ca: clientCa,
    requestCert: clients !== 'none',
    rejectUnauthorized: clients === 'require',
    handshakeTimeout: handshakeMsMax,
    minVersion: 'TLSv1.2',
  })
  const waiting = new Map<string, Done>()
  server.on('secureConnection', (secured) => {
    const from = keyOf(secured)
    const done = waiting.get(from)
    waiting.delete(from)
    if (done) done(secured)
    else secured.destroy()
  })
  // What the peer did wrong is told by the close of its socket.
  server.on('tlsClientError', (_, secured) => secured.destroy())
  const made = { server, waiting }
  servers.set(tls, made)
  return made
}

const keyOf = ({ remoteAddress, remotePort, localPort }: NodeSocket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`

/** Emits `secureConnect` when the server has proved what it has to. */
export function connectSecurely({ host, port }: Address, tls: TlsClient): TLSSocket {
  const { ca, cert, key, passphrase, verify } = tls
  return connect({
    host,
    port,
    ca,
    cert,
    key,
    passphrase,
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 && { servername: host }),
  })
}
