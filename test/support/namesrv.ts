// A namesrv's parts without a network, and what a handler is told of a call.

import { Directory } from '../../src/access/directory.ts'
import { failures, MqError } from '../../src/base/errors.ts'
import { type Log, silentLog } from '../../src/base/log.ts'
import { namesrvConfig } from '../../src/namesrv/config.ts'
import type { NamesrvPorts } from '../../src/namesrv/handler.ts'
import { handlers } from '../../src/namesrv/handlers.ts'
import { KvConfig, orderTopicConfig } from '../../src/namesrv/kv.ts'
import { Routes } from '../../src/namesrv/routes.ts'
import { Settings } from '../../src/namesrv/settings.ts'
import { Turns } from '../../src/namesrv/turns.ts'
import type { Call, Peer } from '../../src/remoting/call.ts'
import type { Reply } from '../../src/remoting/dispatch.ts'
import { FakeClock } from './fake-clock.ts'

export type NamesrvParts = NamesrvPorts & { readonly clock: FakeClock }

export function namesrvParts(given: { config?: object; log?: Log } = {}): NamesrvParts {
  const settings = new Settings(namesrvConfig.parse(given.config ?? {}))
  const kv = new KvConfig({ load: () => undefined, save: () => Promise.resolve() }, 100)
  const routes = new Routes(settings.current, (topic) => kv.get(orderTopicConfig, topic))
  const clock = new FakeClock()
  const directory = new Directory({ load: () => undefined, save: () => Promise.resolve() })
  const turns = new Turns(clock)
  return { settings, directory, kv, routes, clock, turns, log: given.log ?? silentLog, watch() {} }
}

/** A peer that only has an identity: handlers of the namesrv never call back. */
export function anyPeer(id = 1): Peer {
  const unused = () => {
    throw new Error('the namesrv called its peer')
  }
  const address = { host: '127.0.0.1', port: 1 }
  return {
    id,
    remote: address,
    local: address,
    closed: false,
    notify: unused,
    call: unused,
    onClose() {},
  }
}

const anyCall = (given: Partial<Call> = {}): Call => ({
  peer: anyPeer(),
  body: new Uint8Array(0),
  language: 'JAVA',
  version: 513,
  oneway: false,
  arrivedMs: 0,
  ext: undefined,
  ...given,
})

export type Answer = {
  readonly code: number
  readonly remark: string | undefined
  readonly ext: Record<string, string>
  readonly body: Buffer
}

/** Runs the handler of a request as the dispatcher does, and prints what it gives. */
export async function ask(
  parts: NamesrvParts,
  code: number,
  ext: Record<string, string> = {},
  call: Partial<Call> = {},
): Promise<Answer> {
  const handler = handlers.find(({ spec }) => spec.code === code)
  if (!handler) throw new Error(`the namesrv does not serve ${code}`)
  try {
    const outcome = handler.run(handler.spec.parseHeader(ext), parts, anyCall(call))
    const reply = (await outcome) as Reply
    return {
      code: reply.code ?? 0,
      remark: reply.remark,
      ext: { ...handler.spec.printReply(reply.header ?? {}) },
      body: Buffer.concat([reply.body ?? []].flat()),
    }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    const { remoting } = failures[error.failure]
    return { code: remoting, remark: error.message, ext: {}, body: Buffer.alloc(0) }
  }
}
