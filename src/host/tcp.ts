// The network port over TCP. Nagle's algorithm is off: what is written is one whole answer.

import { connect, createServer, type Socket as NodeSocket } from 'node:net'
import { MqError } from '../base/errors.ts'
import type {
  Address,
  Listener,
  Network,
  Socket,
  SocketEvents,
  TlsServer,
} from '../base/network.ts'
import { connectSecurely, secureServerSide } from './tls.ts'

/** Connections that the kernel may hold for us before they are accepted. As Apache. */
const backlog = 1024

export const tcp: Network = {
  listen(address, accept) {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => {
        // A peer that is gone already has no address, and nothing to say.
        if (socket.remoteAddress === undefined) socket.destroy()
        else attach(socket, accept)
      })
      server.once('error', reject)
      server.listen({ host: address.host, port: address.port, backlog }, () => {
        server.off('error', reject)
        // Later errors are failed accepts (no descriptors left): the peer tries again.
        server.on('error', () => {})
        resolve(listener(server, address))
      })
    })
  },

  connect(address, { timeoutMs, tls }, owner) {
    return new Promise((resolve, reject) => {
      const socket = tls
        ? connectSecurely(address, tls).setNoDelay(true)
        : connect({ host: address.host, port: address.port, noDelay: true })
      const fail = (cause: Error): void => {
        clearTimeout(timer)
        socket.destroy()
        reject(cause)
      }
      const timer = setTimeout(
        () => fail(new MqError('broker-timeout', 'no connection in time')),
        timeoutMs,
      )
      socket.once('error', fail)
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer)
        socket.off('error', fail)
        resolve(attach(socket, owner))
      })
    })
  },
}

function listener(server: ReturnType<typeof createServer>, asked: Address): Listener {
  const bound = server.address()
  return {
    address:
      typeof bound === 'object' && bound !== null
        ? { host: bound.address, port: bound.port }
        : asked,
    // The callback of close() would wait for every connection to end.
    close: async () => {
      server.close()
    },
  }
}

type Accept = (socket: Socket) => SocketEvents

function attach(socket: NodeSocket, owner: Accept): Socket {
  const own = new TcpSocket(socket, (tls, received, accept) => {
    socket.off('data', onData)
    socket.pause()
    if (received.length > 0) socket.unshift(received)
    secureServerSide(tls, socket, (secured) => {
      socket.off('close', onClose)
      attach(secured, accept)
    })
  })
  const events = owner(own)
  let cause: Error | undefined
  const onData = (bytes: Buffer): void => events.data(bytes)
  const onClose = (): void => events.close(cause)
  socket.on('data', onData)
  socket.on('drain', () => events.drain?.())
  socket.on('error', (error) => {
    cause = error
  })
  socket.once('close', onClose)
  return own
}

class TcpSocket implements Socket {
  readonly remote: Address
  readonly local: Address
  readonly #socket: NodeSocket
  readonly secure: (tls: TlsServer, received: Uint8Array, accept: Accept) => void

  constructor(socket: NodeSocket, secure: TcpSocket['secure']) {
    this.#socket = socket
    this.secure = secure
    this.remote = addressOf(socket.remoteAddress, socket.remotePort)
    this.local = addressOf(socket.localAddress, socket.localPort)
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (!socket.writable) return false
    if (chunks.length === 1 && chunks[0] !== undefined) return socket.write(chunks[0])
    socket.cork()
    for (const chunk of chunks) socket.write(chunk)
    socket.uncork()
    return !socket.writableNeedDrain
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error)
  }
}

/** IPv4 that came in through an IPv6 socket is shown as IPv4. */
const addressOf = (host: string | undefined, port: number | undefined): Address => ({
  host: (host ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
  port: port ?? 0,
})
