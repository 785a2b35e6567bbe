// The replicas of a set: each is asked at its own address what it is and how far its log goes, and
// the master how far behind each slave is. A slave names its end of the connection, by which its
// master knows it; Apache's does not, so its gap is that of the two ends and whether it is in sync
// is not known.
// Source: GetBrokerHAStatus of mqadmin.

import { MqError } from '../base/errors.ts'
import type { haStatus } from '../protocol/bodies/replication.ts'
import type { BrokerRoute } from './topic-route.ts'
import type { Replica } from './views.ts'

export type HaStatus = ReturnType<typeof haStatus.parse>

/** `ask` rejects with an MqError when the replica does not answer. */
export async function replicasOf(
  { addresses }: BrokerRoute,
  ask: (address: string) => Promise<HaStatus>,
): Promise<readonly Replica[]> {
  const asked = [...addresses].map(async ([brokerId, address]) => {
    const status = await ask(address).catch((error: unknown) => {
      if (error instanceof MqError) return undefined
      throw error
    })
    return { brokerId, address, status }
  })
  const told = await Promise.all(asked)
  const master = told.find(({ status }) => status?.master)?.status
  return told
    .toSorted((a, b) => a.brokerId - b.brokerId)
    .map(({ brokerId, address, status }) => ({
      brokerId,
      address,
      ...(status ? viewOf(status, master) : unreachable),
    }))
}

type View = Omit<Replica, 'brokerId' | 'address'>

const unreachable: View = {
  role: undefined,
  maxPosition: undefined,
  gapBytes: undefined,
  isFollowing: false,
  isInSync: undefined,
}

function viewOf(status: HaStatus, master: HaStatus | undefined): View {
  if (status.master) {
    const maxPosition = status.masterCommitLogMaxOffset
    return { role: 'master', maxPosition, gapBytes: 0, isFollowing: false, isInSync: true }
  }
  const { activated = false, maxOffset = 0, rwLocalAddr } = status.haClientRuntimeInfo ?? {}
  const link = master?.haConnectionInfo.find(({ addr }) => addr === rwLocalAddr)
  const gap = master && Math.max(0, master.masterCommitLogMaxOffset - maxOffset)
  return {
    role: 'slave',
    maxPosition: maxOffset,
    gapBytes: link?.diff ?? gap,
    isFollowing: activated,
    isInSync: link?.inSync ?? (activated ? undefined : false),
  }
}
