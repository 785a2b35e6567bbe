// Frames of one call that go into the socket together. grpc-js writes the frames of a stream one by one,
// each when the one before has gone out: a delivery of 32 messages is 34 writes. What gathers while a
// stream is corked is handed to `_writev`, which its streams do not have; this gives them one. `call`
// is where grpc-js 1.14 keeps its own end of the call.

import type { Writable } from 'node:stream'

type Callback = (error?: Error | null) => void
type Inner = { sendMessage(frame: unknown, callback: Callback): void }

export function writeTogether(stream: Writable): void {
  const { call } = stream as unknown as { call: Inner }
  stream._writev = (chunks, callback: Callback) => {
    let left = chunks.length
    let failed: Error | null = null
    const onWritten: Callback = (error) => {
      failed ??= error ?? null
      left -= 1
      if (left === 0) callback(failed)
    }
    for (const { chunk } of chunks) call.sendMessage(chunk, onWritten)
  }
}
