// `rocketway namesrv`.

import { join } from 'node:path'
import * as z from 'zod'
import { printAddress } from '../base/address.ts'
import { nodeFiles } from '../host/node-files.ts'
import { systemClock } from '../host/system-clock.ts'
import { tcp } from '../host/tcp.ts'
import { namesrvConfig } from '../namesrv/config.ts'
import { Namesrv } from '../namesrv/namesrv.ts'
import { managementPort, managementSettings } from './management.ts'
import { listenFlags, logOf, type ProgramOptions, runProgram, settingsOf } from './program.ts'

const schema = z.strictObject({
  namesrv: namesrvConfig.prefault({}),
  broker: z.looseObject({}).optional(),
  controller: z.looseObject({}).optional(),
  gateway: z.looseObject({}).optional(),
  management: managementSettings.prefault({}),
})

export async function namesrv(options: ProgramOptions): Promise<void> {
  const log = logOf(options)
  const settings = await settingsOf(
    schema,
    options,
    {
      base: {
        namesrv: {
          kvConfigPath: join(options.data, 'kvConfig.json'),
          authConfigPath: options.data,
        },
      },
      flags: listenFlags('namesrv', options.listen),
    },
    log,
  )
  const made = new Namesrv(settings.namesrv, {
    network: tcp,
    clock: systemClock,
    files: nodeFiles(),
    log,
  })
  const management = await managementPort(settings.management)
  const service = management.around(made, () => true)
  await runProgram(service, log, () => ({
    listen: { namesrv: printAddress(made.address), ...management.listen() },
  }))
}
