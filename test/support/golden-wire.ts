// The frames that Apache's programs exchanged; where they come from: test/golden/README.md.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { RemotingCommand } from '../../src/protocol/command.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'

export type GoldenFrame = {
  readonly capture: Capture
  /** c2s: by the side that opened the connection. */
  readonly dir: 'c2s' | 's2c'
  /** 9878 is the namesrv, 10931 the broker. */
  readonly port: number
  /** Of a request its code, of a response its result. */
  readonly code: number
  /** Of the request. */
  readonly name: string
  readonly kind: 'request' | 'response' | 'oneway'
  /** A request and its response have the same number. */
  readonly exchange: number
  /** Milliseconds since the capture began. */
  readonly atMs: number
  readonly bytes: Buffer
}

export type Capture = 'json' | 'binary' | 'proxy'

export const captures: readonly Capture[] = ['json', 'binary', 'proxy']

export function goldenFrames(capture: Capture): GoldenFrame[] {
  const path = `test/golden/data/wire-${capture}.jsonl.gz`
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { hex, ...frame } = JSON.parse(line)
    // A binary header cuts the code of POP_MESSAGE to 16 bits, so the capture has no name for it.
    const name = frame.name === '?' ? 'POP_MESSAGE' : frame.name
    return { ...frame, name, capture, bytes: Buffer.from(hex, 'hex') }
  })
}

export function commandOf(frame: GoldenFrame): RemotingCommand {
  const decoder = new FrameDecoder()
  decoder.push(frame.bytes)
  const command = decoder.next()
  if (!command) throw new Error('half a frame')
  return command
}
