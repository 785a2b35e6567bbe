// The settings of a controller: type, default, unit and meaning, once. Keys are Java's where Java
// has them, though nothing here is DLedger's.
//
// Source: ControllerConfig; defaults are those of 5.5.0 unless said.

import * as z from 'zod'
import { count, flag, text } from '../base/setting.ts'
import { listenerSettings } from '../guard/listener.ts'
import { accessSettings } from '../guard/settings.ts'

export const controllerConfig = z.strictObject({
  bindAddress: text('127.0.0.1', 'Address the port binds to. Java: 0.0.0.0.'),
  listenPort: count(9878, 'Port for brokers and tools; 0 takes a free one.'),

  ...listenerSettings,
  ...accessSettings,
  authConfigPath: text('data/controller', 'Folder of the file of users.'),

  controllerDLegerGroup: text('DefaultControllerGroup', 'Name of the group of controllers.'),
  controllerDLegerPeers: text('', 'All of them, `id-host:port`, separated by semicolons.'),
  controllerDLegerSelfId: text('n0', 'Which of them this one is.'),

  controllerStorePath: text('data/controller/state.json', 'State of a controller that is alone.'),
  etcdEndpoints: text(
    '',
    'URLs of etcd, separated by commas. Empty: the state is in a file. Ours.',
  ),
  etcdPrefix: text('/rocketway', 'Before every key. Ours.'),
  etcdUser: text('', 'Empty: without a password. Ours.'),
  etcdPassword: text('', 'Of that user. Ours.'),
  etcdCaFile: text('', 'PEM file with who signed the certificates of etcd. Ours.'),
  etcdLeaderTtlSec: count(3, 'A silent leader is replaced after this. Seconds. Ours.'),

  scanNotActiveBrokerInterval: count(
    200,
    'How often silent masters are looked for. Milliseconds. Java: 5000.',
  ),
  enableElectUncleanMaster: flag(false, 'Who was not in sync may be elected: messages are lost.'),
  notifyBrokerRoleChanged: flag(true, 'Brokers are told at once who was elected.'),
  masterLeaseMs: count(2000, 'How long a master may acknowledge after a heartbeat. Ours.'),
  masterLeaseMarginMs: count(100, 'What is waited longer, for clocks that differ. Ours.'),
  brokerSetsMax: count(10_000, 'Most broker sets. Ours: Java has no limit.'),
})

/** A controller's settings, complete. */
export type ControllerConfig = z.output<typeof controllerConfig>

/** Settings that a running controller takes from UPDATE_CONTROLLER_CONFIG. Never a path. */
export const reloadable: ReadonlySet<string> = new Set<keyof ControllerConfig>([
  'enableElectUncleanMaster',
  'notifyBrokerRoleChanged',
])
