// Replication of one broker, put together.

import type { Files } from '../../base/files.ts'
import type { RemotingClient } from '../../remoting/client.ts'
import { Epochs } from '../../store/replication/epochs.ts'
import type { TimerCheckpoint } from '../../store/timer-checkpoint.ts'
import { readTimerCheckpoint, writeTimerCheckpoint } from '../../store/timer-checkpoint.ts'
import type { BrokerConfig } from '../config.ts'
import type { BrokerHost, StorePart } from '../host.ts'
import type { Identity } from '../identity.ts'
import { MasterFinder } from './master-finder.ts'
import { Replication } from './replication.ts'

export function makeReplication(
  config: BrokerConfig,
  host: BrokerHost,
  given: { store: StorePart; identity: Identity; caller: RemotingClient },
): { readonly replication: Replication; readonly finder: MasterFinder } {
  const { store, identity, caller } = given
  const { files } = host
  files.makeDirectory(config.storePathRootDir)
  const epochs = new Epochs(
    files,
    config.storePathEpochFile ?? `${config.storePathRootDir}/epochFileCheckpoint`,
  )
  const finder = new MasterFinder({
    caller,
    reader: store,
    lastRecordPosition: () => store.replica.lastRecordPosition,
    fixedHaAddress: config.haMasterAddress,
    hasEpochs: config.enableControllerMode,
    zone: config.zoneName,
  })
  const replication = new Replication({
    ...host,
    config,
    store,
    epochs,
    finder,
    identity,
    address: { host: config.bindAddress, port: haPortOf(config) },
    announcedHost: config.brokerIP2 ?? config.brokerIP1,
  })
  return { replication, finder }
}

function haPortOf({ haListenPort, listenPort }: BrokerConfig): number {
  if (haListenPort > 0) return haListenPort
  return listenPort > 0 ? listenPort + 1 : 0
}

/** The timer's word of how far it has come, on a slave, where no timer runs. */
export class CopiedTimer {
  readonly #files: Files
  readonly #root: string
  readonly #maxPosition: () => number

  /** `maxPosition`: where the log of this slave ends. */
  constructor(files: Files, root: string, maxPosition: () => number) {
    this.#files = files
    this.#root = root
    this.#maxPosition = maxPosition
  }

  /**
   * Keeps the master's, unless what it calls delivered is not all in the log of this slave: as
   * master it would never deliver that. `endPosition`: see SavedProgress. Wheel and log are not copied: the end of a log that is not there makes the
   * timer fill both again from its queue when this broker becomes master.
   */
  async adopt(checkpoint: TimerCheckpoint, endPosition: number): Promise<void> {
    const { readMs, masterQueueOffset, counter } = checkpoint
    if (readMs === 0 || endPosition > this.#maxPosition()) return
    const path = `${this.#root}/config/timercheck`
    const known = readTimerCheckpoint(this.#files, path)
    if (known?.readMs === readMs && known.queueOffset === masterQueueOffset) return
    for (const name of ['timerwheel', 'timerlog']) this.#files.remove(`${this.#root}/${name}`)
    this.#files.makeDirectory(`${this.#root}/config`)
    await writeTimerCheckpoint(this.#files, path, {
      readMs,
      logEnd: 1,
      queueOffset: masterQueueOffset,
      masterQueueOffset,
      stateVersion: 0,
      versionMs: 0,
      counter: Math.max(counter, known?.counter ?? 0) + 1,
    })
  }
}
