// A WebSocket session without a socket: frames go in as objects, come out as objects.

import type { Identity } from '../../gateway/core/core.ts'
import { type WebSocketConfig, webSocketDefaults } from '../../gateway/websocket/config.ts'
import { type Format, formats, type Frame as RawFrame } from '../../gateway/websocket/format.ts'
import { type Authenticator, Session } from '../../gateway/websocket/session.ts'
import { SocketCounts } from '../../gateway/websocket/socket-counts.ts'
import { type Log, silentLog } from '../../src/base/log.ts'
import { packFrame } from './binary-frames.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { FakeCore } from './fake-core.ts'
import { wrongAs } from './websocket-schema.ts'

export type Frame = Readonly<Record<string, unknown>>

export const anonymous: Identity = { subject: 'anonymous', namespace: '', isAdmin: false }

export type TestSession = {
  readonly clock: FakeClock
  readonly core: FakeCore
  readonly session: Session
  readonly socket: {
    bufferedBytes: number
    pings: number
    closed: { code: number; reason: string } | undefined
  }
  /** Aborting it is the front's stop. */
  readonly stop: AbortController
  readonly errors: unknown[]
  /** Sends frames, lets everything settle, answers what came back since the last time. */
  say(...frames: readonly (Frame | string)[]): Promise<Frame[]>
  /** What the session sent that nobody took with {@link say}, as it is. */
  taken(): Promise<RawFrame[]>
}

export type Given = {
  readonly config?: Partial<WebSocketConfig>
  readonly authenticator?: Authenticator
  readonly identity?: Identity
  /** The form without that, `rocketway.v1.json`. */
  readonly subprotocol?: string
}

/** A session that has not said hello. */
export function newSession(given: Given = {}): TestSession {
  const clock = new FakeClock()
  const core = new FakeCore(clock)
  const stop = new AbortController()
  const sent: RawFrame[] = []
  const format = formatOf(given.subprotocol ?? 'rocketway.v1.json')
  const errors: unknown[] = []
  const socket: TestSession['socket'] = { bufferedBytes: 0, pings: 0, closed: undefined }
  const log: Log = { ...silentLog, error: (event, fields) => void errors.push([event, fields]) }
  const session = new Session(
    {
      core,
      clock,
      log,
      authenticator: given.authenticator ?? { authenticate: async () => anonymous },
      metrics: { frame() {}, delivered() {}, closed() {} },
      config: { ...webSocketDefaults, ...given.config },
      sockets: new SocketCounts(),
      signal: stop.signal,
    },
    {
      get bufferedBytes() {
        return socket.bufferedBytes
      },
      send: (frame) => void sent.push(frame),
      together: (run) => run(),
      ping: () => void socket.pings++,
      close: (code, reason) => {
        socket.closed = { code, reason }
      },
    },
    { id: 's', remote: '127.0.0.1:1', format, identity: given.identity },
  )
  const say = async (...frames: readonly (Frame | string)[]): Promise<Frame[]> => {
    for (const frame of frames) {
      const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
      session.frame(Buffer.from(text), false)
    }
    return (await taken()).map((text) => conforming(JSON.parse(String(text))))
  }
  const taken = async (): Promise<RawFrame[]> => {
    await settle()
    return sent.splice(0)
  }
  return { clock, core, session, socket, stop, errors, say, taken }
}

export function formatOf(subprotocol: string): Format {
  const format = formats.find((one) => one.subprotocol === subprotocol)
  if (!format) throw new Error(`there is no ${subprotocol}`)
  return format
}

/** Whatever the session says in any test has to be what the schema says. */
export function conforming(frame: Frame): Frame {
  const wrong = wrongAs('serverFrame', frame)
  if (wrong !== undefined) throw new Error(wrong)
  return frame
}

/** A session that may go on with anything. */
export async function openSession(given: Given = {}): Promise<TestSession> {
  const test = newSession(given)
  const isBinary = given.subprotocol === 'rocketway.v1.bin'
  const hello = { op: 'hello' }
  test.session.frame(isBinary ? packFrame(hello) : Buffer.from(JSON.stringify(hello)), isBinary)
  await test.taken()
  return test
}
