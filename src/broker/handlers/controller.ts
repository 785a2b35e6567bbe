// What a controller tells brokers: that roles changed. Whoever says so is not believed: the
// controller is asked.
//
// Source: AdminBrokerProcessor.notifyBrokerRoleChanged

import { notifyBrokerRoleChanged } from '../../protocol/requests/replication.ts'
import { handlerFor } from '../../remoting/dispatch.ts'

export type RoleHints = {
  /** The epoch that somebody claims there is now. */
  readonly roleHint: (masterEpoch: number | undefined) => void
}

export const onNotifyBrokerRoleChanged = handlerFor<RoleHints>()(
  notifyBrokerRoleChanged,
  ({ masterEpoch }, { roleHint }) => {
    roleHint(masterEpoch)
    return {}
  },
)
