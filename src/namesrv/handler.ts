// What a handler of the namesrv is: a function of a typed header, these ports and the call.

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { AuthPorts } from '../guard/handlers/auth.ts'
import type { Peer } from '../remoting/call.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { KvConfig } from './kv.ts'
import type { Routes } from './routes.ts'
import type { Settings } from './settings.ts'
import type { Turns } from './turns.ts'

export type NamesrvPorts = {
  readonly routes: Routes
  readonly kv: KvConfig
  readonly settings: Settings
  readonly directory: AuthPorts['directory']
  readonly clock: Clock
  readonly log: Log
  readonly turns: Pick<Turns, 'run'>
  /** Forgets the brokers of this connection when it closes. */
  readonly watch: (peer: Peer) => void
}

export const handle = handlerFor<NamesrvPorts>()

/** A JSON body. */
export const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
