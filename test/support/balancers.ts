// Two balancers without stickiness, as people put before gateways: one gives each connection to
// the next gateway, the other each gRPC call.

import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

/** `host:port` of what may be asked now; read anew for each connection or call. */
type Backends = () => readonly string[]

/** Goes round, and past those that refuse the connection. Answers its own address. */
export async function balanceConnections(t: ExecutionContext, backends: Backends): Promise<string> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    const join = (triesLeft: number): void => {
      const all = backends()
      const [host, port] = (all[turn++ % all.length] ?? '').split(':')
      if (triesLeft === 0 || socket.destroyed) return void socket.destroy()
      const backend = connect({ host, port: Number(port) })
      backend.once('error', () => join(triesLeft - 1))
      backend.once('connect', () => {
        backend.removeAllListeners('error')
        backend.on('error', () => socket.destroy())
        backend.on('close', () => socket.destroy())
        socket.on('close', () => backend.destroy())
        socket.pipe(backend).pipe(socket)
      })
    }
    join(5)
  })
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return listening(server)
}

/** Reads HTTP/2 in plain text; what its gateway cannot answer is UNAVAILABLE. */
export async function balanceCalls(t: ExecutionContext, backends: Backends): Promise<string> {
  const sessions = new Map<string, ClientHttp2Session>()
  const sessionOf = (backend: string): ClientHttp2Session => {
    const known = sessions.get(backend)
    if (known && !known.closed && !known.destroyed) return known
    const session = connectHttp2(`http://${backend}`)
    sessions.set(backend, session)
    session.on('error', () => {})
    // A gateway that stops takes no new calls; those that run may end.
    session.on('goaway', () => sessions.delete(backend))
    return session
  }
  let turn = 0
  const open = new Set<Socket>()
  const server = createHttp2Server()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.on('sessionError', () => {})
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const all = backends()
    const backend = all[turn++ % all.length] ?? ''
    pass(stream, () => sessionOf(backend).request(headers as OutgoingHttpHeaders))
  })
  t.teardown(() => {
    for (const session of sessions.values()) session.destroy()
    for (const socket of open) socket.destroy()
    server.close()
  })
  return listening(server)
}

const unavailable = { 'grpc-status': '14', 'grpc-message': 'the gateway has gone' }

function pass(stream: ServerHttp2Stream, ask: () => ClientHttp2Stream): void {
  let trailers: OutgoingHttpHeaders = unavailable
  const fail = (): void => {
    if (stream.destroyed || stream.closed) return
    if (stream.headersSent) return void stream.end()
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', ...unavailable },
      { endStream: true },
    )
  }
  stream.on('error', () => {})
  let asked: ClientHttp2Stream
  try {
    asked = ask()
  } catch {
    fail()
    return
  }
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.on('close', () => asked.close(constants.NGHTTP2_CANCEL))
  asked.on('response', (headers, flags) => {
    if (stream.destroyed) return
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    stream.respond(headers as OutgoingHttpHeaders, { endStream, waitForTrailers: !endStream })
  })
  asked.on('trailers', (headers) => {
    trailers = headers as OutgoingHttpHeaders
  })
  asked.on('error', () => {})
  asked.on('close', fail)
  asked.pipe(stream)
  stream.pipe(asked)
}

async function listening(
  server: Pick<Server, 'listen' | 'once' | 'address' | 'on'>,
): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
