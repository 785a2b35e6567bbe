// What a handler of the controller is: a function of a typed header, these ports and the call.

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { SharedState } from '../base/shared-state.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { Elections } from './elections.ts'
import type { Members } from './members.ts'
import type { BrokerSets } from './sets.ts'
import type { Settings } from './settings.ts'

export type ControllerPorts = {
  readonly sets: BrokerSets
  readonly members: Members
  readonly elections: Elections
  readonly settings: Pick<Settings, 'current' | 'update'>
  readonly state: Pick<SharedState, 'leadsUntil'>
  /** Who leads, as far as this controller knows. */
  readonly leader: () => { readonly id: string; readonly address: string } | undefined
  /** This controller as the others see it. */
  readonly self: () => { readonly id: string; readonly address: string }
  readonly clock: Clock
  readonly log: Log
}

export const handle = handlerFor<ControllerPorts>()
