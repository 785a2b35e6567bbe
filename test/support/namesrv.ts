// A namesrv's parts without a network, and what a handler is told of a call.

import { type Log, silentLog } from '../../src/base/log.ts'
import { namesrvConfig } from '../../src/namesrv/config.ts'
import type { NamesrvPorts } from '../../src/namesrv/handler.ts'
import { KvConfig, orderTopicConfig } from '../../src/namesrv/kv.ts'
import { Routes } from '../../src/namesrv/routes.ts'
import { Settings } from '../../src/namesrv/settings.ts'
import type { Call, Peer } from '../../src/remoting/call.ts'
import { FakeClock } from './fake-clock.ts'

export type NamesrvParts = NamesrvPorts & { readonly clock: FakeClock }

export function namesrvParts(given: { config?: object; log?: Log } = {}): NamesrvParts {
  const settings = new Settings(namesrvConfig.parse(given.config ?? {}))
  const kv = new KvConfig({ load: () => undefined, save: () => Promise.resolve() }, 100)
  const routes = new Routes(settings.current, (topic) => kv.get(orderTopicConfig, topic))
  return { settings, kv, routes, clock: new FakeClock(), log: given.log ?? silentLog, watch() {} }
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

export const anyCall = (given: Partial<Call> = {}): Call => ({
  peer: anyPeer(),
  body: new Uint8Array(0),
  language: 'JAVA',
  version: 513,
  oneway: false,
  ext: undefined,
  ...given,
})
