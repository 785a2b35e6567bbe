// What only a master does: pops, transactions, delayed and timed delivery; see
// replication/master-services.ts for when.

import type { JsonFile } from '../base/json-file.ts'
import { openTimerFiles, type TimerFiles } from '../store/timer-files.ts'
import type { BrokerConfig } from './config.ts'
import type { BrokerPorts } from './handler.ts'
import type { BrokerHost, StorePart } from './host.ts'
import type { OffsetTable } from './offsets.ts'
import { Pop } from './pop/pop.ts'
import type { Arrival } from './ports.ts'
import type { MasterParts } from './replication/master-services.ts'
import type { DelayOffsets } from './schedule/delay-offsets.ts'
import { Schedule } from './schedule/schedule.ts'
import { Timer } from './timer/timer.ts'
import { Transactions } from './transaction/transactions.ts'

export type OnMaster = {
  readonly pop: Pop
  readonly transactions: Transactions
  readonly schedule: Schedule
  readonly timer: Timer | undefined
  arrived(arrival: Arrival): void
}

export type MasterMakings = {
  readonly config: BrokerConfig
  readonly host: BrokerHost
  readonly store: StorePart
  readonly ports: Omit<BrokerPorts, 'pop' | 'transactions' | 'offsets'>
  readonly offsets: OffsetTable
  readonly delayOffsets: DelayOffsets
  readonly orderFile: JsonFile
}

export function makeMasterParts(makings: MasterMakings): MasterParts<OnMaster> {
  const { config, host, store, ports, offsets, delayOffsets, orderFile } = makings
  const pop = new Pop({
    ...ports,
    offsets,
    reviveQueueNum: config.reviveQueueNum,
    orderFile,
  })
  const transactions = new Transactions({ ...ports, offsets, settings: config })
  const schedule = new Schedule({ ...ports, offsets: delayOffsets, levels: ports.delayLevels })
  let timerFiles: TimerFiles | undefined
  const timer = config.timerWheelEnable
    ? new Timer(
        {
          ...ports,
          // Not before the timer starts: as long as this broker is a slave they change.
          get files() {
            timerFiles ??= openTimerFiles(host.files, config, store.maxPosition)
            return timerFiles
          },
          maxDelayMs: config.timerMaxDelaySec * 1000,
          isWanted: (message) => pop.needsDue(message),
        },
        config.timerFlushIntervalMs,
      )
    : undefined
  return {
    parts: {
      pop,
      transactions,
      schedule,
      timer,
      arrived(arrival) {
        schedule.onArrival(arrival)
        pop.arrived(arrival)
        timer?.onArrival(arrival)
      },
    },
    services: [pop, transactions, schedule, ...(timer ? [timer] : [])],
    close: () => timer?.close(),
  }
}
