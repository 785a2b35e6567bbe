// The remoting protocol by hand, so that benches measure the server and not our client: request
// frames that are prepared once, and a connection that hands out whole answers.

import { connect, type Socket } from 'node:net'

const opaqueDigits = 10
const firstOpaque = 1_000_000_000

/** One request frame whose opaque can be changed in place. */
export class Template {
  readonly bytes: Buffer
  readonly #opaqueAt: number

  constructor(code: number, ext: Record<string, string>, body: Uint8Array) {
    const header = Buffer.from(
      JSON.stringify({
        code,
        extFields: ext,
        flag: 0,
        language: 'JAVA',
        opaque: firstOpaque,
        serializeTypeCurrentRPC: 'JSON',
        version: 513,
      }),
    )
    this.bytes = Buffer.alloc(8 + header.length + body.length)
    this.bytes.writeUInt32BE(4 + header.length + body.length, 0)
    this.bytes.writeUInt32BE(header.length, 4)
    header.copy(this.bytes, 8)
    this.bytes.set(body, 8 + header.length)
    this.#opaqueAt = this.bytes.indexOf(String(firstOpaque))
  }

  numbered(n: number): Buffer {
    const frame = Buffer.from(this.bytes)
    frame.write(String(firstOpaque + n).padStart(opaqueDigits, '0'), this.#opaqueAt, 'latin1')
    return frame
  }
}

export type Answer = {
  readonly code: string
  /** What the request was numbered with. */
  readonly n: number
  /** The whole header, JSON. */
  readonly header: string
  readonly body: Buffer
}

export type Wire = {
  readonly socket: Socket
  send(frames: readonly Buffer[]): void
  close(): void
}

/** Connects; `onAnswer` gets each answer, `onRead` is called behind all answers of a chunk. */
export function dial(
  port: number,
  on: { answer(answer: Answer): void; read?(): void; broken(error: Error): void },
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const close = (): void => {
      socket.removeAllListeners('close')
      socket.destroy()
    }
    const send = (frames: readonly Buffer[]): void => void socket.write(Buffer.concat(frames))
    let pending: Buffer = Buffer.alloc(0)
    socket.once('error', reject)
    socket.once('connect', () => resolve({ socket, send, close }))
    socket.on('error', on.broken)
    socket.on('close', () => on.broken(new Error('the server closed the connection')))
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      pending = pending.subarray(eachFrame(pending, on.answer))
      on.read?.()
    })
  })
}

/** Answers how many bytes were whole frames. */
function eachFrame(bytes: Buffer, visit: (answer: Answer) => void): number {
  let at = 0
  while (bytes.length - at >= 8 && bytes.length - at >= 4 + bytes.readUInt32BE(at)) {
    const end = at + 4 + bytes.readUInt32BE(at)
    const bodyAt = at + 8 + (bytes.readUInt32BE(at + 4) & 0xffffff)
    const header = bytes.toString('latin1', at + 8, bodyAt)
    visit({
      code: /"code":(-?\d+)/.exec(header)?.[1] ?? '?',
      n: Number(/"opaque":(\d+)/.exec(header)?.[1]) - firstOpaque,
      header,
      body: bytes.subarray(bodyAt, end),
    })
    at = end
  }
  return at
}

export const codes = {
  sendMessageV2: 310,
  pullMessage: 11,
  createTopic: 17,
  registerBroker: 103,
  route: 105,
  popMessage: 200050,
  ackMessage: 200051,
  batchAckMessage: 200151,
} as const

/** The header of a V2 send, as the Java client writes it. */
export function sendHeader(topic: string, queueId: number): Record<string, string> {
  return {
    a: 'bench',
    b: topic,
    c: 'TBW102',
    d: '4',
    e: String(queueId),
    f: '0',
    g: String(Date.now()),
    h: '0',
    i: 'KEYS\u0001key0\u0002UNIQ_KEY\u0001FD000000000000000000000000000000000000000000000000000001\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002',
    j: '0',
    k: 'false',
    m: 'false',
    n: 'broker-a',
  }
}

/** Of the request's sysFlag: it may wait, and it names its own filter. */
const mayWait = 2
const withSubscription = 4

export const pullHeader = (
  at: { topic: string; queueId: number; offset: number },
  waitMs = 0,
): Record<string, string> => ({
  consumerGroup: 'bench',
  topic: at.topic,
  queueId: String(at.queueId),
  queueOffset: String(at.offset),
  maxMsgNums: '32',
  sysFlag: String(withSubscription | (waitMs > 0 ? mayWait : 0)),
  commitOffset: '0',
  suspendTimeoutMillis: String(waitMs),
  subscription: '*',
  subVersion: '0',
  expressionType: 'TAG',
})
