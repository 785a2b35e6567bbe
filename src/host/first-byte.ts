// Listening by the first byte, over TCP.

import { createServer, type Server, type Socket } from 'node:net'
import type { ListenByFirstByte } from '../base/first-byte.ts'

const silentMsMax = 10_000

export const listenByFirstByte: ListenByFirstByte = (address, accept) =>
  new Promise((resolve, reject) => {
    const silent = new Set<Socket>()
    const server = createServer({ noDelay: true }, (socket) => {
      silent.add(socket)
      const timer = setTimeout(() => socket.destroy(), silentMsMax)
      const gone = (): void => {
        clearTimeout(timer)
        silent.delete(socket)
      }
      socket.on('error', () => socket.destroy())
      socket.once('close', gone)
      socket.once('readable', () => {
        gone()
        socket.off('close', gone)
        const first: Buffer | null = socket.read(1)
        if (first === null) {
          socket.destroy()
          return
        }
        socket.unshift(first)
        accept(socket, first[0] ?? 0)
      })
    })
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      // Later errors are failed accepts (no descriptors left): the peer tries again.
      server.on('error', () => {})
      resolve({ port: portOf(server), close: () => closed(server, silent) })
    })
  })

function portOf(server: Server): number {
  const bound = server.address()
  return typeof bound === 'object' && bound ? bound.port : 0
}

/** Resolves when nothing is accepted any more, not when the connections are closed. */
async function closed(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  server.close()
  for (const socket of silent) socket.destroy()
}
