// What the wire costs: CPU-µs per request for the codec alone, and for a server that answers
// sends without storing them. The rest of a broker's cost per message is not in here.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { silentLog } from '../src/base/log.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { tcp } from '../src/host/tcp.ts'
import { type CommandHeader, ownVersion, responseFlag } from '../src/protocol/command.ts'
import { FrameDecoder } from '../src/protocol/frame.ts'
import { encodeFrame, FrameWriter } from '../src/protocol/frame-writer.ts'
import { sendMessageV2 } from '../src/protocol/requests/send.ts'
import { handlerFor } from '../src/remoting/dispatch.ts'
import { Dispatcher } from '../src/remoting/dispatcher.ts'
import { RemotingServer } from '../src/remoting/server.ts'
import { load } from './load.ts'
import { cpuMicros, median } from './process-cost.ts'
import { sendHeader } from './wire.ts'

type Figure = {
  readonly name: string
  /** Median of the rounds. */
  readonly cpuMicrosPerRequest: number
  readonly lowest: number
  readonly highest: number
}

const rounds = 5
const framesInChunk = 48

/** All figures; about 15 s. */
export async function codec(): Promise<readonly Figure[]> {
  const figures = [
    figure('decode a V2 send of 1 KiB, JSON', rounds, () => decode('json')),
    figure('decode a V2 send of 1 KiB, binary', rounds, () => decode('binary')),
    figure('encode the answer to a send', rounds, encode),
  ]
  for (const inFlight of [1, 16, 64]) {
    for (const bodyBytes of [1024, 128]) figures.push(await echo(inFlight, bodyBytes))
  }
  return figures
}

function figure(name: string, count: number, run: () => number): Figure {
  run()
  return summary(
    name,
    Array.from({ length: count }, () => {
      const before = process.cpuUsage()
      const requests = run()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / requests
    }),
  )
}

const summary = (name: string, micros: readonly number[]): Figure => ({
  name,
  cpuMicrosPerRequest: round(median(micros)),
  lowest: round(Math.min(...micros)),
  highest: round(Math.max(...micros)),
})

const round = (value: number): number => Math.round(value * 100) / 100

function decode(serialization: 'json' | 'binary'): number {
  const frame = encodeFrame({
    code: sendMessageV2.code,
    language: 'JAVA',
    version: ownVersion,
    opaque: 23,
    flag: 0,
    remark: undefined,
    ext: sendHeader('topic', 0),
    body: Buffer.alloc(1024, 'x'),
    serialization,
  })
  const chunk = Buffer.concat(Array.from({ length: framesInChunk }, () => frame))
  const decoder = new FrameDecoder()
  const chunks = 2000
  let sizes = 0
  for (let i = 0; i < chunks; i++) {
    decoder.push(chunk)
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      sizes += sendMessageV2.parseHeader(next.ext).topic.length
    }
  }
  if (sizes !== chunks * framesInChunk * 5) throw new Error('the frames were not decoded')
  return chunks * framesInChunk
}

const sendReply = {
  msgId: '7F00000100002AB300000000000000F4',
  queueId: 0,
  queueOffset: 12_345,
  transactionId: 'FD000000000000000000000000000000000000000000000000000001',
  region: 'DefaultRegion',
  traceOn: true,
}

function encode(): number {
  const writer = new FrameWriter()
  const chunks = 2000
  let bytes = 0
  for (let i = 0; i < chunks; i++) {
    for (let opaque = 0; opaque < framesInChunk; opaque++) {
      const header: CommandHeader = {
        code: 0,
        language: 'OTHER',
        version: ownVersion,
        opaque,
        flag: responseFlag,
        remark: undefined,
        ext: sendMessageV2.printReply(sendReply),
        serialization: 'json',
      }
      writer.add(header)
    }
    for (const chunk of writer.take()) bytes += chunk.length
  }
  if (bytes < chunks * framesInChunk * 200) throw new Error('the frames were not encoded')
  return chunks * framesInChunk
}

/** One connection against a server of its own process, whose CPU is counted. */
async function echo(inFlight: number, bodyBytes: number): Promise<Figure> {
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const port = Number((await lineOf(server)).trim())
    const requests = inFlight === 1 ? 10_000 : 60_000
    const run = () =>
      load({
        port,
        code: sendMessageV2.code,
        ext: () => sendHeader('topic', 0),
        body: Buffer.alloc(bodyBytes, 'x'),
        inFlight,
        requests,
      })
    await run()
    const micros: number[] = []
    for (let i = 0; i < rounds; i++) {
      const before = cpuMicros(server.pid ?? 0)
      await run()
      micros.push((cpuMicros(server.pid ?? 0) - before) / requests)
    }
    return summary(`answer a V2 send of ${bodyBytes} B, ${inFlight} in flight`, micros)
  } finally {
    server.kill()
  }
}

async function lineOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the server has no output')
  const [line] = await once(server.stdout, 'data')
  return String(line)
}

/** What {@link echo} measures: the whole of remoting, and a handler that only answers. */
async function serve(): Promise<void> {
  const onSend = handlerFor<undefined>()(sendMessageV2, () => ({ header: sendReply }))
  const server = new RemotingServer({
    network: tcp,
    clock: systemClock,
    log: silentLog,
    address: { host: '127.0.0.1', port: 0 },
    dispatcher: new Dispatcher([onSend], undefined, { log: silentLog }),
  })
  await server.start()
  console.log(server.address.port)
}

if (process.argv[2] === 'serve') await serve()
