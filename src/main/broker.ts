// `rocketway broker`.

import { resolve } from 'node:path'
import * as z from 'zod'
import { printAddress } from '../base/address.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { type Broker, openBroker } from '../broker/broker.ts'
import { type BrokerConfig, brokerConfig } from '../broker/config.ts'
import { loadNative } from '../host/mmap.ts'
import { nodeFiles } from '../host/node-files.ts'
import { systemClock } from '../host/system-clock.ts'
import { systemRandom } from '../host/system-random.ts'
import { tcp } from '../host/tcp.ts'
import { managementPort, managementSettings } from './management.ts'
import { listenFlags, logOf, type ProgramOptions, runProgram, settingsOf } from './program.ts'

const schema = z.strictObject({
  broker: brokerConfig.prefault({}),
  namesrv: z.looseObject({}).optional(),
  controller: z.looseObject({}).optional(),
  gateway: z.looseObject({}).optional(),
  management: managementSettings.prefault({}),
})

export async function broker(options: ProgramOptions): Promise<void> {
  const log = logOf(options)
  const settings = await settingsOf(
    schema,
    options,
    {
      base: { broker: { storePathRootDir: resolve(options.data) } },
      flags: { ...listenFlags('broker', options.listen), 'broker.namesrvAddr': options.namesrv },
    },
    log,
  )
  const management = await managementPort(settings.management)
  const made = await makeBroker(settings.broker, log, management.metrics)
  const service = management.around(made, () => made.refusal === undefined)
  await runProgram(service, log, () => ({
    listen: { broker: printAddress(made.address), ...management.listen() },
  }))
}

/** A broker over this machine's files and network. */
export async function makeBroker(
  settings: BrokerConfig,
  log: Log,
  metrics: Metrics,
): Promise<Broker> {
  const native = await loadNative()
  if (!native) log.warn('no-mappings', { effect: 'plain file I/O, at up to twice the CPU' })
  return openBroker(settings, {
    files: nodeFiles(native),
    network: tcp,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    processId: process.pid,
  })
}
