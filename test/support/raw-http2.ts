// HTTP/2 frames by hand, for peers that do what no library would. Source: RFC 9113, RFC 7541.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

const types = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  goAway: 7,
  continuation: 9,
} as const
export const flags = { endStream: 1, endHeaders: 4 } as const
const stuckMs = 500
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

export function frame(
  type: keyof typeof types,
  streamId: number,
  payload: Uint8Array,
  flag = 0,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(types[type], 3)
  head.writeUInt8(flag, 4)
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

/** A text of HPACK: its length in 7 bits, then more. */
function text(value: string): Buffer {
  return Buffer.concat([integer(value.length, 7, 0), Buffer.from(value)])
}

function integer(value: number, bits: number, first: number): Buffer {
  const most = 2 ** bits - 1
  if (value < most) return Buffer.from([first | value])
  const bytes = [first | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0]), text(name), text(value)])

/** Puts the field into the peer's table, where it is number 62. */
export const remembered = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0x40]), text(name), text(value)])
export const newest = Buffer.from([0x80 | 62])

/** The head of a gRPC call. */
export const callTo = (path: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x83, 0x86, 0x04]),
    text(path),
    Buffer.from([0x01]),
    text('127.0.0.1'),
    literal('content-type', 'application/grpc'),
    literal('te', 'trailers'),
    literal('x-mq-client-id', 'raw@1@0@x'),
  ])

export class RawHttp2 {
  readonly socket: Socket
  #isEnded = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      this.#isEnded = true
    })
  }

  static async to(t: ExecutionContext, port: number): Promise<RawHttp2> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    t.teardown(() => socket.destroy())
    const raw = new RawHttp2(socket)
    socket.write(preface)
    socket.write(frame('settings', 0, Buffer.alloc(0)))
    return raw
  }

  /** The peer has closed the connection. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** False: the connection has ended, or the peer reads no more. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#isEnded) return false
    if (this.socket.write(bytes)) return true
    const signal = AbortSignal.timeout(stuckMs)
    await once(this.socket, 'drain', { signal }).catch(() => {
      this.#isEnded = true
      this.socket.destroy()
    })
    return !this.#isEnded
  }
}
