// What a server finds out of a connection before its first frame, over a memory network.

import test, { type ExecutionContext } from 'ava'
import type { Socket } from '../../../src/base/network.ts'
import { getMaxOffset } from '../../../src/protocol/requests/offsets.ts'
import { handlerFor } from '../../../src/remoting/dispatch.ts'
import type { OpeningTls } from '../../../src/remoting/opening.ts'
import { remotingPair } from '../../support/remoting.ts'

const ask =
  '{"code":30,"extFields":{"topic":"t","queueId":"3"},"flag":0,"language":"JAVA","opaque":7}'

function frame(json = ask): Buffer {
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(4 + json.length)
  lengths.writeUInt32BE(json.length, 4)
  return Buffer.concat([lengths, Buffer.from(json)])
}

const handle = handlerFor<undefined>()
/** Answers with the port that the caller seems to come from. */
const onGetMaxOffset = handle(getMaxOffset, (_, __, { peer }) => ({
  header: { offset: peer.remote.port },
  remark: peer.remote.host,
}))

async function dialed(
  t: ExecutionContext,
  options: { isProxy?: (host: string) => boolean; tls?: OpeningTls; openingMs?: number } = {},
) {
  const { openingMs, ...opening } = options
  const pair = await remotingPair(t, [onGetMaxOffset], {
    opening,
    ...(openingMs !== undefined && { limits: { openingMsMax: openingMs } }),
  })
  const received: Buffer[] = []
  let isClosed = false
  const [host = '', port] = pair.address.split(':')
  const dial = pair.network.connect({ host, port: Number(port) }, { timeoutMs: 1000 }, () => ({
    data: (bytes) => received.push(Buffer.from(bytes)),
    close() {
      isClosed = true
    },
  }))
  await pair.clock.advance(1)
  const socket: Socket = await dial
  t.teardown(() => socket.destroy())
  return {
    ...pair,
    socket,
    said: async (...chunks: Buffer[]) => {
      for (const chunk of chunks) {
        socket.write([chunk])
        await pair.clock.advance(1)
      }
      return Buffer.concat(received).toString('latin1')
    },
    get isClosed() {
      return isClosed
    },
  }
}

const line = Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 4711 10911\r\n')

test('the address that a listed peer tells is the one handlers see', async (t) => {
  const { said } = await dialed(t, { isProxy: (host) => host === '127.0.0.1' })
  const answer = await said(Buffer.concat([line, frame()]))
  t.regex(answer, /"offset":"4711"/)
  t.regex(answer, /203\.0\.113\.9/)
})

test('wherever the header is cut', async (t) => {
  for (const at of [1, 5, 6, 20, line.length - 1, line.length]) {
    const { said } = await dialed(t, { isProxy: () => true })
    const bytes = Buffer.concat([line, frame()])
    const answer = await said(bytes.subarray(0, at), bytes.subarray(at))
    t.regex(answer, /"offset":"4711"/, `cut at ${at}`)
  }
})

test('a listed peer that says nothing of a client speaks for itself', async (t) => {
  const { said } = await dialed(t, { isProxy: () => true })
  t.regex(await said(frame()), /127\.0\.0\.1/)
})

test('the word of anybody else is an unreadable frame', async (t) => {
  const given = await dialed(t, { isProxy: (host) => host === '10.0.0.1' })
  t.is(await given.said(Buffer.concat([line, frame()])), '')
  await given.clock.advance(2000)
  t.true(given.isClosed)
})

test('a header that is wrong closes the connection', async (t) => {
  const given = await dialed(t, { isProxy: () => true })
  t.is(await given.said(Buffer.from('PROXY TCP4 x y 1 2\r\n')), '')
  t.true(given.isClosed)
})

test('who says nothing, or never ends the header, is closed', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('PROXY TCP4')]) {
    const given = await dialed(t, { isProxy: () => true, openingMs: 500 })
    await given.said(bytes)
    t.false(given.isClosed)
    await given.clock.advance(600)
    t.true(given.isClosed)
  }
})

test('TLS is refused where it is not served, plaintext where it is enforced', async (t) => {
  const handshake = Buffer.from([0x16, 3, 1, 0, 5])
  const plain = await dialed(t)
  t.is(await plain.said(handshake), '')
  t.true(plain.isClosed)

  const tls: OpeningTls = {
    allowsPlaintext: false,
    current: () => ({ cert: '', key: '', clients: 'none' }),
  }
  const enforced = await dialed(t, { tls })
  t.is(await enforced.said(frame()), '')
  t.true(enforced.isClosed)
  const permissive = await dialed(t, { tls: { ...tls, allowsPlaintext: true } })
  t.regex(await permissive.said(frame()), /"offset"/)
})
