// The settings of a broker under a controller, under Java's names where Java has them.
//
// Source: BrokerConfig (5.5.0). Two defaults are shorter than Java's, so that a lost master is
// replaced within the times of docs/guarantees.md.

import * as z from 'zod'
import { count, text } from '../../base/setting.ts'

const millis = (fallback: number, meaning: string) => count(fallback, `${meaning} Milliseconds.`)

export const controllerLinkSettings = {
  controllerAddr: text('', 'Controllers, host:port, separated by semicolons.'),
  brokerHeartbeatInterval: millis(500, 'How often controllers are told. Java: 1000.'),
  controllerHeartBeatTimeoutMills: millis(
    3000,
    'Silent for so long, this broker is taken for dead. Java: 10000.',
  ),
  syncBrokerMetadataPeriod: millis(5000, "How often Apache's controllers are asked who is master."),
  brokerElectionPriority: count(2 ** 31 - 1, 'Between equals the smaller is elected.'),
  storePathBrokerIdentity: z.string().optional().describe('<root>/brokerIdentity.'),
}
