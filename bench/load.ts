// A load generator that costs little: frames are prepared once, only the opaque is patched.
// It speaks the remoting protocol by hand, so that it measures the server and not our client.

import { connect, type Socket } from 'node:net'

const opaqueDigits = 10
const firstOpaque = 1_000_000_000

/** One request frame whose opaque can be changed in place. */
class Template {
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

export type LoadResult = {
  readonly requests: number
  readonly seconds: number
  /** Response codes other than 0 and how often. */
  readonly refused: Readonly<Record<string, number>>
  /** Sum of the answers' bodies. */
  readonly bodyBytes: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

type Load = {
  readonly port: number
  readonly code: number
  ext(n: number): Record<string, string>
  readonly body: Uint8Array
  readonly inFlight: number
  readonly requests: number
  /** True: every request has its own header (offsets move), at more cost here. */
  readonly varies?: boolean
}

/** Keeps `inFlight` requests under way on one connection until `requests` were answered. */
export async function load(spec: Load): Promise<LoadResult> {
  const socket = await dial(spec.port)
  const template = new Template(spec.code, spec.ext(0), spec.body)
  const sentAt = new Float64Array(spec.requests)
  const latencies = new Float64Array(spec.requests)
  const refused: Record<string, number> = {}
  let sent = 0
  let answered = 0
  let bodyBytes = 0
  let pending: Buffer = Buffer.alloc(0)

  const frame = (n: number): Buffer =>
    spec.varies ? new Template(spec.code, spec.ext(n), spec.body).numbered(n) : template.numbered(n)
  const fill = (): void => {
    const frames: Buffer[] = []
    for (; sent < spec.requests && sent - answered < spec.inFlight; sent++) {
      sentAt[sent] = performance.now()
      frames.push(frame(sent))
    }
    if (frames.length > 0) socket.write(Buffer.concat(frames))
  }

  const started = performance.now()
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      let at = 0
      while (pending.length - at >= 8 && pending.length - at >= 4 + pending.readUInt32BE(at)) {
        const size = pending.readUInt32BE(at)
        const headerSize = pending.readUInt32BE(at + 4) & 0xffffff
        const header = pending.toString('latin1', at + 8, at + 8 + headerSize)
        const code = /"code":(-?\d+)/.exec(header)?.[1] ?? '?'
        if (code !== '0') refused[code] = (refused[code] ?? 0) + 1
        const n = Number(/"opaque":(\d+)/.exec(header)?.[1]) - firstOpaque
        latencies[answered] = performance.now() - (sentAt[n] ?? 0)
        bodyBytes += size - 4 - headerSize
        answered++
        at += 4 + size
      }
      pending = pending.subarray(at)
      if (answered === spec.requests) resolve()
      else fill()
    })
    fill()
  })
  const seconds = (performance.now() - started) / 1000
  socket.removeAllListeners('close')
  socket.destroy()
  latencies.sort()
  const at = (share: number) =>
    latencies[Math.min(spec.requests - 1, Math.floor(share * spec.requests))] ?? 0
  return {
    requests: spec.requests,
    seconds,
    refused,
    bodyBytes,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
  }
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

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
