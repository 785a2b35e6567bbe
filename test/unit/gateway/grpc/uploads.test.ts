import { EventEmitter } from 'node:events'
import type { Http2Server, ServerHttp2Stream } from 'node:http2'
import test from 'ava'
import { Uploads } from '../../../../gateway/grpc/uploads.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

class FakeStream extends EventEmitter {
  readonly given: (Buffer | null)[] = []
  code: number | undefined

  push(chunk: Buffer | null): boolean {
    this.given.push(chunk)
    return true
  }

  close(code: number): void {
    this.code = code
    this.emit('close')
  }
}

class FakeSession extends EventEmitter {
  isDestroyed = false

  destroy(): void {
    this.isDestroyed = true
    this.emit('close')
  }
}

function watched(limits = { uploadBytesMax: 1000, uploadMsMax: 5000, connectionCountMax: 2 }) {
  const clock = new FakeClock()
  const server = new EventEmitter()
  const uploads = new Uploads(clock, limits)
  uploads.watch(server as unknown as Http2Server)
  const open = (): FakeStream => {
    const stream = new FakeStream()
    server.emit('stream', stream as unknown as ServerHttp2Stream)
    return stream
  }
  return { clock, server, uploads, open }
}

const message = (length: number): Buffer => {
  const bytes = Buffer.alloc(5 + length)
  bytes.writeUInt32BE(length, 1)
  return bytes
}

test('a message counts until it is whole, however it is cut', (t) => {
  const { uploads, open } = watched()
  const bytes = Buffer.concat([message(300), message(0), message(20)])
  for (const size of [1, 2, 7, 304, 305, 306, 1000]) {
    const stream = open()
    for (let at = 0; at < bytes.length; at += size) {
      const end = Math.min(at + size, bytes.length)
      stream.push(bytes.subarray(at, end))
      if (end < 305) t.is(uploads.bytes, end)
    }
    t.is(uploads.bytes, 0, `by ${size}`)
    t.is(Buffer.concat(stream.given as Buffer[]).length, bytes.length, 'and goes on as it came')
  }
})

test('a stream that ends in the middle of a message counts no more', (t) => {
  const { uploads, open } = watched()
  const ended = open()
  ended.push(message(300).subarray(0, 100))
  t.is(uploads.bytes, 100)
  ended.push(null)
  t.is(uploads.bytes, 0)
  const closed = open()
  closed.push(message(300).subarray(0, 100))
  closed.emit('close')
  t.is(uploads.bytes, 0)
})

test('beyond the bytes of all, who brings more is told to calm down', (t) => {
  const { uploads, open } = watched()
  const [first, second, third] = [open(), open(), open()]
  first.push(message(5000).subarray(0, 600))
  second.push(message(5000).subarray(0, 600))
  t.is(second.code, 11)
  t.is(first.code, undefined)
  t.is(uploads.bytes, 600)
  third.push(message(10))
  t.is(third.code, undefined, 'whole messages go on')
})

test('who does not end a message in time is told to calm down', async (t) => {
  const { clock, uploads, open } = watched()
  const [silent, slow, done] = [open(), open(), open()]
  slow.push(message(100).subarray(0, 10))
  done.push(message(100))
  await clock.advance(7000)
  t.is(silent.code, 11)
  t.is(slow.code, 11)
  t.is(done.code, undefined)
  done.push(message(100).subarray(0, 10))
  await clock.advance(3000)
  t.is(done.code, undefined, 'the time is that of each message')
  await clock.advance(4000)
  t.is(done.code, 11)
  t.is(uploads.bytes, 0)
})

test('no more connections are open than allowed', (t) => {
  const { server, uploads } = watched()
  const sessions = [new FakeSession(), new FakeSession(), new FakeSession()]
  for (const session of sessions) server.emit('session', session)
  t.deepEqual(
    sessions.map(({ isDestroyed }) => isDestroyed),
    [false, false, true],
  )
  sessions[0]?.destroy()
  t.is(uploads.connections, 1)
})
