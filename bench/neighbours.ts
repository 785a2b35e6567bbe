// What a tenant feels of another that sends a hundred times its rate: the time of a send, alone and
// beside two floods, in turns. One waits for the answer on each of its connections, so that the
// gateway can slow it down; the other writes whatever comes of it. Nearly all of both is refused.

import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMicros, median, round } from './process-cost.ts'
import { type Program, portOf, startCluster, startProgram } from './programs.ts'

const sendsPerSecond = 20
const timesOver = 100
const floodEveryMs = 10
const floodSockets = 50
const sendsPerRound = 150
/** Less than its rate: none of its sends is refused. */
const sendEveryMs = 60
const body = 'x'.repeat(1024)
const path = '/v1/topics/orders/messages'

const tenants = { quiet: '0000000a', loud: '0000000b' } as const
type Tenant = keyof typeof tenants
const keyOf = (tenant: Tenant): string => `rwk_${tenants[tenant]}_${'k'.repeat(43)}`

export async function benchNeighbours(rounds: number): Promise<object> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-neighbours-'))
  const keysFile = join(home, 'keys.json')
  const entries = Object.entries(tenants).map(([subject, id]) => ({
    ...{ id, subject, namespace: subject },
    sha256: hash('sha256', keyOf(subject as Tenant), 'hex'),
  }))
  writeFileSync(keysFile, JSON.stringify({ keys: entries }))
  const cluster = await startCluster(['broker.autoCreateTopicEnable=true'])
  const set = [
    'gateway.auth.mode=required',
    `gateway.auth.keysFile=${keysFile}`,
    `gateway.limits.perTenant.sendsPerSecond=${sendsPerSecond}`,
  ].flatMap((one) => ['--set', one])
  const nameServer = cluster.namesrv.listen['namesrv'] ?? ''
  const args = ['gateway', '--namesrv', nameServer, '--ports', '0', ...set]
  const gateway = await startProgram(args)
  try {
    return await inTurns(gateway, rounds)
  } finally {
    await gateway.stop()
    await cluster.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function inTurns(gateway: Program, rounds: number): Promise<object> {
  const port = portOf(gateway.listen['http'])
  const quiet = await Caller.open(port, 'quiet')
  await quiet.times(sendsPerRound)
  const alone: number[] = []
  const beside = { patient: besideFlood(), impatient: besideFlood() }
  for (let turn = 0; turn < rounds; turn++) {
    alone.push(...(await quiet.times(sendsPerRound)))
    for (const [manner, figures] of Object.entries(beside)) {
      const flood = await Flood.start(port, manner === 'patient')
      const before = cpuMicros(gateway.pid)
      const startedAt = performance.now()
      figures.times.push(...(await quiet.times(sendsPerRound)))
      const ms = performance.now() - startedAt
      figures.cpuPercents.push((cpuMicros(gateway.pid) - before) / ms / 10)
      const { sent, answered } = flood.stop()
      figures.sent.push((sent * 1000) / ms)
      figures.answered.push((answered * 1000) / ms)
    }
  }
  quiet.close()
  const ofAlone = shown(alone)
  const ofFlood = ({ times, sent, answered, cpuPercents }: Beside) => ({
    ...shown(times),
    p99Ratio: round(shown(times).p99 / ofAlone.p99, 2),
    sentPerSecond: Math.round(median(sent)),
    answeredPerSecond: Math.round(median(answered)),
    cpuPercent: round(median(cpuPercents)),
  })
  return {
    alone: ofAlone,
    patient: ofFlood(beside.patient),
    impatient: ofFlood(beside.impatient),
  }
}

type Beside = Record<'times' | 'sent' | 'answered' | 'cpuPercents', number[]>
const besideFlood = (): Beside => ({ times: [], sent: [], answered: [], cpuPercents: [] })

function shown(ms: readonly number[]): { p50: number; p99: number } {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (part: number) =>
    round(sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN, 2)
  return { p50: at(0.5), p99: at(0.99) }
}

const requestOf = (port: number, tenant: Tenant): Buffer =>
  Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      `host: 127.0.0.1:${port}`,
      `authorization: Bearer ${keyOf(tenant)}`,
      'content-type: text/plain',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.on('error', reject)
  })

/** One connection with one send under way. */
class Caller {
  readonly #socket: Socket
  readonly #request: Buffer

  private constructor(socket: Socket, request: Buffer) {
    this.#socket = socket
    this.#request = request
  }

  static async open(port: number, tenant: Tenant): Promise<Caller> {
    return new Caller(await opened(port), requestOf(port, tenant))
  }

  /** How long each took, ms. */
  async times(count: number): Promise<number[]> {
    const times: number[] = []
    while (times.length < count) {
      await sleep(sendEveryMs)
      const since = performance.now()
      const status = await this.#send()
      if (status !== '201') throw new Error(`a send was answered ${status}`)
      times.push(performance.now() - since)
    }
    return times
  }

  #send(): Promise<string> {
    return new Promise((resolve) => {
      let text = ''
      const read = (chunk: Buffer): void => {
        text += chunk.toString('latin1')
        const end = text.indexOf('\r\n\r\n')
        const size = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
        if (end < 0 || text.length < end + 4 + size) return
        this.#socket.off('data', read)
        resolve(text.slice(9, 12))
      }
      this.#socket.on('data', read)
      this.#socket.write(this.#request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Sends at its pace; a patient one where the answer to what it sent before has come. */
class Flood {
  readonly #sockets: readonly Socket[]
  readonly #timer: NodeJS.Timeout
  #sent = 0
  #answered = 0

  private constructor(sockets: readonly Socket[], request: Buffer, isPatient: boolean) {
    this.#sockets = sockets
    const free = [...sockets]
    const perTick = (sendsPerSecond * timesOver * floodEveryMs) / 1000
    this.#timer = setInterval(() => {
      for (const socket of free.splice(0, perTick)) {
        // What the gateway does not take fills the buffers in between, and then it is enough.
        if (socket.writableLength < request.length) {
          socket.write(request)
          this.#sent++
        }
        if (!isPatient) free.push(socket)
      }
    }, floodEveryMs)
    for (const socket of sockets) {
      socket.on('data', (chunk: Buffer) => {
        this.#answered += chunk.toString('latin1').split('HTTP/1.1 ').length - 1
        if (isPatient) free.push(socket)
      })
    }
  }

  static async start(port: number, isPatient: boolean): Promise<Flood> {
    const sockets = await Promise.all(Array.from({ length: floodSockets }, () => opened(port)))
    return new Flood(sockets, requestOf(port, 'loud'), isPatient)
  }

  stop(): { readonly sent: number; readonly answered: number } {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.destroy()
    return { sent: this.#sent, answered: this.#answered }
  }
}
