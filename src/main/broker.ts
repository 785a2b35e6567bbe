// `rocketway broker`.

import { resolve } from 'node:path'
import { z } from 'zod'
import { printAddress } from '../base/address.ts'
import type { Log } from '../base/log.ts'
import { noMetrics } from '../base/metrics.ts'
import { Broker } from '../broker/broker.ts'
import { brokerConfig } from '../broker/config.ts'
import { loadNative } from '../host/mmap.ts'
import { nodeFiles } from '../host/node-files.ts'
import { systemClock } from '../host/system-clock.ts'
import { systemRandom } from '../host/system-random.ts'
import { tcp } from '../host/tcp.ts'
import { storeConfig } from '../store/config.ts'
import { openStore } from '../store/store.ts'
import { listenFlags, logOf, type ProgramOptions, runProgram, settingsOf } from './program.ts'

/** One flat section, as in a broker.conf: the broker's own settings and its store's. */
export const brokerSettings = brokerConfig.extend(storeConfig.shape)

export type BrokerSettings = z.output<typeof brokerSettings>

const schema = z.strictObject({
  broker: brokerSettings.prefault({}),
  namesrv: z.looseObject({}).optional(),
  gateway: z.looseObject({}).optional(),
})

export async function broker(options: ProgramOptions): Promise<void> {
  const log = logOf(options)
  const settings = settingsOf(
    schema,
    options,
    {
      base: { broker: { storePathRootDir: resolve(options.data) } },
      flags: { ...listenFlags('broker', options.listen), 'broker.namesrvAddr': options.namesrv },
    },
    log,
  )
  const service = await makeBroker(settings.broker, log)
  await runProgram(service, log, () => ({ listen: { broker: printAddress(service.address) } }))
}

/** A broker over this machine's files and network. */
export async function makeBroker(settings: BrokerSettings, log: Log): Promise<Broker> {
  const native = await loadNative()
  if (!native) log.warn('no-mappings', { effect: 'plain file I/O, at up to twice the CPU' })
  const files = nodeFiles(native)
  const clock = systemClock
  const store = openStore(
    { files, clock, log },
    { ...settings, processId: process.pid },
  )
  return new Broker({
    config: settings,
    store,
    directory: settings.storePathRootDir,
    files,
    network: tcp,
    clock,
    random: systemRandom,
    log,
    metrics: noMetrics,
    processId: process.pid,
  })
}
