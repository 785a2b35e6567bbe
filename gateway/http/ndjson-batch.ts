// Many messages as a stream of lines, NDJSON in and out. Each line is an envelope, with an
// optional `ref`, and gets a line in the answer, in the same order; the last line is the
// summary, so that a connection that was cut can be told from the end. What has arrived is sent
// on, up to a window at a time, and no more is read meanwhile.

import { MqError } from '../../src/base/errors.ts'
import type { SendInput, SendResult } from '../core/core.ts'
import { jsonObject } from './body.ts'
import { batchItemMembers, batchItemOf, parseBatchItem } from './convert.ts'
import type { Exchange } from './exchange.ts'
import type { HttpPorts } from './ports.ts'

export const ndjson = 'application/x-ndjson'
const windowCount = 256
const lineFeed = 0x0a
// An envelope says the same body in more bytes.
const lineFactor = 2

type Line = { readonly ref: string | undefined; readonly input: SendInput | MqError }

export async function sendLines(exchange: Exchange, ports: HttpPorts): Promise<void> {
  const { req, res, params } = exchange
  const encoding = req.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw new MqError('unsupported-media-type', 'lines are not unpacked: send them as they are')
  }
  const topic = params['topic'] ?? ''
  const bytesMax = ports.bodyBytesMax * lineFactor
  const splitter = new LineSplitter(bytesMax)
  const tally = { stored: 0, failed: 0 }
  if (req.headers.expect !== undefined) res.writeContinue()
  exchange.head(200, { 'Content-Type': ndjson })
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      const lines = splitter.push(chunk)
      await sendAll(lines, { topic, exchange, ports, tally })
      if (res.destroyed) return
    }
    await sendAll(splitter.end(), { topic, exchange, ports, tally })
    res.end(`${JSON.stringify({ summary: tally })}\n`)
  } catch (error) {
    // The head is written: who reads misses the summary.
    if (!(error instanceof MqError) && !req.destroyed) throw error
    const failed = error instanceof MqError ? error : new MqError('request-timeout')
    const item = batchItemOf(failed, undefined)
    res.end(`${JSON.stringify(item)}\n`)
  }
}

type Sending = {
  readonly topic: string
  readonly exchange: Exchange
  readonly ports: HttpPorts
  readonly tally: { stored: number; failed: number }
}

async function sendAll(lines: readonly Buffer[], sending: Sending): Promise<void> {
  for (let from = 0; from < lines.length; from += windowCount) {
    await sendWindow(lines.slice(from, from + windowCount), sending)
  }
}

async function sendWindow(texts: readonly Buffer[], sending: Sending): Promise<void> {
  const { topic, exchange, ports, tally } = sending
  const now = ports.clock.now()
  const lines = texts.map((text) => lineOf(text, topic, now))
  const inputs = lines.flatMap(({ input }) => (input instanceof MqError ? [] : [input]))
  const sent = inputs.length === 0 ? [] : await ports.core.sendBatch(inputs, exchange.call())
  let next = 0
  const answers = lines.map(({ ref, input }): string => {
    const result: SendResult =
      input instanceof MqError ? input : (sent[next++] ?? new MqError('internal'))
    if (result instanceof Error) tally.failed += 1
    else tally.stored += 1
    return JSON.stringify(batchItemOf(result, ref))
  })
  exchange.res.write(`${answers.join('\n')}\n`)
}

function lineOf(text: Buffer, topic: string, now: number): Line {
  let ref: string | undefined
  try {
    const item = jsonObject(text, batchItemMembers)
    if (typeof item['ref'] === 'string') ref = item['ref']
    return { ref, input: parseBatchItem(item, topic, now, '').input }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    const detail = { ...error.detail, outcome: 'not-stored' }
    return { ref, input: new MqError(error.failure, error.message, detail) }
  }
}

/** Bytes in, lines out; empty lines are skipped. Throws `message-too-large`. */
class LineSplitter {
  readonly #bytesMax: number
  #rest: Buffer[] = []
  #restBytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let from = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      this.#keep(chunk.subarray(from, at))
      lines.push(...this.end())
      from = at + 1
    }
    this.#keep(chunk.subarray(from))
    return lines
  }

  /** What is left without a line feed behind it. */
  end(): Buffer[] {
    const line = this.#rest.length === 1 ? this.#rest[0] : Buffer.concat(this.#rest)
    this.#rest = []
    this.#restBytes = 0
    return line && !isBlank(line) ? [line] : []
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return
    this.#rest.push(part)
    this.#restBytes += part.length
    if (this.#restBytes > this.#bytesMax) {
      throw new MqError('message-too-large', 'a line is too long', {
        bytesMax: this.#bytesMax,
        outcome: 'not-stored',
      })
    }
  }
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x0d)
