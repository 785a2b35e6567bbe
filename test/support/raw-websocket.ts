// A WebSocket client that can say anything: frames are built bit by bit (RFC 6455 section 5.2).

import { connect, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

export type RawFrame = {
  readonly opcode: number
  readonly payload?: Uint8Array | string
  readonly fin?: boolean
  /** The three reserved bits, 4 is the first. */
  readonly rsv?: number
  readonly masked?: boolean
}

export type Answer = { readonly opcode: number; readonly rsv: number; readonly payload: Buffer }

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

const maskingKey = Buffer.of(0x12, 0x34, 0x56, 0x78)

export function frameBytes(frame: RawFrame): Buffer {
  const { opcode, fin = true, rsv = 0, masked = true } = frame
  const payload = Buffer.from(frame.payload ?? '')
  const length = payload.length
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2)
  else if (length >= 126) head.writeUInt16BE(length, 2)
  if (!masked) return Buffer.concat([head, payload])
  const hidden = payload.map((byte, at) => byte ^ (maskingKey[at % 4] ?? 0))
  return Buffer.concat([head, maskingKey, hidden])
}

export class RawClient {
  readonly #socket: Socket
  #buffered = Buffer.alloc(0)
  #isOver = false
  #wake = (): void => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk])
      this.#wake()
    })
    socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  /** Connected and upgraded; ended when the test is over. */
  static async open(t: ExecutionContext, port: number, extensions = ''): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const lines = [
      'GET /v1/ws HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      ...(extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const client = new RawClient(socket)
    await client.#upgraded()
    return client
  }

  write(...parts: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(parts))
  }

  say(...frames: readonly RawFrame[]): void {
    this.write(...frames.map(frameBytes))
  }

  /** The next frame of the server; undefined when it has ended the connection. */
  async next(): Promise<Answer | undefined> {
    for (;;) {
      const answer = this.#cut()
      if (answer || this.#isOver) return answer
      await this.#more()
    }
  }

  /** All of what comes until the server ends. */
  async rest(): Promise<Answer[]> {
    const answers: Answer[] = []
    for (let one = await this.next(); one; one = await this.next()) answers.push(one)
    return answers
  }

  async #upgraded(): Promise<void> {
    for (;;) {
      const end = this.#buffered.indexOf('\r\n\r\n')
      if (end >= 0) {
        this.#buffered = this.#buffered.subarray(end + 4)
        return
      }
      await this.#more()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #cut(): Answer | undefined {
    const bytes = this.#buffered
    if (bytes.length < 2) return undefined
    const [first = 0, second = 0] = bytes
    const short = second & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < head) return undefined
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < head + length) return undefined
    this.#buffered = bytes.subarray(head + length)
    return {
      opcode: first & 0xf,
      rsv: (first >> 4) & 7,
      payload: bytes.subarray(head, head + length),
    }
  }
}
