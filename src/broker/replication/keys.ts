// The settings of replication, under Java's names where Java has them.
//
// Source: MessageStoreConfig, BrokerConfig (5.5.0).

import * as z from 'zod'
import { count, flag, text } from '../../base/setting.ts'

const millis = (fallback: number, meaning: string) => count(fallback, `${meaning} Milliseconds.`)

export const replicationSettings = {
  brokerRole: z
    .enum(['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'])
    .default('ASYNC_MASTER')
    .describe(
      'SYNC_MASTER: a send is answered when slaves have it. A brokerId above 0 is a slave.',
    ),
  inSyncReplicas: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("Copies of what is acknowledged, the master's included; 2 for SYNC_MASTER. Java: 1."),
  minInSyncReplicas: count(1, 'Sends are refused when fewer are in sync.'),
  totalReplicas: count(1, 'Members of the set; for tools.'),
  enableAutoInSyncReplicas: flag(false, 'As many copies as are in sync, at least the minimum.'),
  allAckInSyncStateSet: flag(
    true,
    'With a controller: the whole in-sync set acknowledges. Java: false.',
  ),
  slaveTimeout: millis(3000, 'How long a send waits for slaves.'),
  haMasterAddress: text('', 'Where a slave connects, host:port; else the name servers say it.'),
  haSendHeartbeatInterval: millis(5000, 'A sign of life where nothing else is sent.'),
  haHousekeepingInterval: millis(20_000, 'A peer that is silent for so long is gone.'),
  haTransferBatchSize: count(32_768, 'Bytes of the log in one frame to a slave.'),
  haMaxGapNotInSync: count(268_435_456, 'Bytes behind from which a slave is not waited for.'),
  haMaxTimeSlaveNotCatchup: millis(
    3000,
    'Behind for so long, a slave leaves the in-sync set. Java: 15000.',
  ),
  checkSyncStateSetPeriod: millis(500, 'How often the in-sync set is looked at. Java: 5000.'),
  syncFromLastFile: flag(false, "An empty slave starts with the log's last file."),
  asyncLearner: flag(false, 'It copies, is never in sync and never master.'),
  enableControllerMode: flag(false, 'A controller says who is master.'),
  storePathEpochFile: z.string().optional().describe('<root>/epochFileCheckpoint.'),
  haPeerAuthentication: flag(
    false,
    'Only slaves that show a token from the remoting port connect; always with credentials. Ours.',
  ),
  haSlaveAddresses: text(
    '',
    "Addresses that connect without; semicolons. For Apache's slaves. Ours.",
  ),
  vipPortEnable: flag(
    false,
    "Also listens two below listenPort, where Apache's slaves ask. Java: true.",
  ),
  zoneName: text('', 'Where this broker stands.'),
  acknowledgeFromOtherZone: flag(false, 'One of the copies must be in another zone. Ours.'),
}
