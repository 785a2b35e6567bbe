import { Writable } from 'node:stream'
import test from 'ava'
import { writeTogether } from '../../../../gateway/grpc/write-together.ts'

type Callback = (error?: Error | null) => void

/** A stream as grpc-js has them; what it sends waits for `answer`. */
function stream() {
  const sent: string[] = []
  const waiting: Callback[] = []
  class Call extends Writable {
    readonly call = {
      sendMessage(frame: string, callback: Callback) {
        sent.push(frame)
        waiting.push(callback)
      },
    }

    override _write(frame: string, _: string, callback: Callback): void {
      this.call.sendMessage(frame, callback)
    }
  }
  const made = new Call({ objectMode: true })
  writeTogether(made)
  const answer = (error?: Error): void => {
    for (const one of waiting.splice(0)) one(error)
  }
  return { made, sent, answer }
}

test('frames that gathered are sent in order at once, and told when all have gone', async (t) => {
  const { made, sent, answer } = stream()
  const written: string[] = []
  made.cork()
  for (const frame of ['a', 'b', 'c']) made.write(frame, () => written.push(frame))
  t.deepEqual(sent, [])
  made.end()
  await new Promise(setImmediate)
  t.deepEqual(sent, ['a', 'b', 'c'])
  t.deepEqual(written, [])
  answer()
  await new Promise((resolve) => made.once('finish', resolve))
  t.deepEqual(written, ['a', 'b', 'c'])
})

test('one that cannot be sent fails the stream', async (t) => {
  const { made, answer } = stream()
  made.cork()
  made.write('a')
  made.write('b')
  made.uncork()
  const failed = new Promise((resolve) => made.once('error', resolve))
  answer(new Error('gone'))
  t.is(((await failed) as Error).message, 'gone')
})
