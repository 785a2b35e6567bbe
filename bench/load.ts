// A load generator that costs little: a closed loop of prepared frames on one connection.

import { dial, Template } from './wire.ts'

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
  /** How many different headers there are, made beforehand; request n has the n-th of them. */
  readonly distinct?: number
}

/** Keeps `inFlight` requests under way on one connection until `requests` were answered. */
export async function load(spec: Load): Promise<LoadResult> {
  const templates = Array.from(
    { length: Math.min(spec.distinct ?? 1, spec.requests) },
    (_, n) => new Template(spec.code, spec.ext(n), spec.body),
  )
  const sentAt = new Float64Array(spec.requests)
  const latencies = new Float64Array(spec.requests)
  const refused: Record<string, number> = {}
  let sent = 0
  let answered = 0
  let bodyBytes = 0
  let settle: { resolve(): void; reject(error: Error): void } | undefined
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })

  const wire = await dial(spec.port, {
    answer({ code, n, body }) {
      if (code !== '0') refused[code] = (refused[code] ?? 0) + 1
      latencies[answered++] = performance.now() - (sentAt[n] ?? 0)
      bodyBytes += body.length
    },
    read() {
      if (answered === spec.requests) settle?.resolve()
      else fill()
    },
    broken: (error) => settle?.reject(error),
  })
  const fill = (): void => {
    const frames: Buffer[] = []
    for (; sent < spec.requests && sent - answered < spec.inFlight; sent++) {
      const template = templates[sent % templates.length]
      if (!template) return
      sentAt[sent] = performance.now()
      frames.push(template.numbered(sent))
    }
    if (frames.length > 0) wire.send(frames)
  }

  const started = performance.now()
  fill()
  await done
  const seconds = (performance.now() - started) / 1000
  wire.close()
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
