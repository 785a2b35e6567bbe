// `rocketway controller`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { printAddress } from '../base/address.ts'
import type { Log } from '../base/log.ts'
import type { SharedState } from '../base/shared-state.ts'
import { type ControllerConfig, controllerConfig } from '../controller/config.ts'
import { Controller } from '../controller/controller.ts'
import { FileState } from '../controller/file-state.ts'
import { EtcdState } from '../host/etcd-state.ts'
import { nodeFiles } from '../host/node-files.ts'
import { systemClock } from '../host/system-clock.ts'
import { tcp } from '../host/tcp.ts'
import { managementPort, managementSettings } from './management.ts'
import { listenFlags, logOf, type ProgramOptions, runProgram, settingsOf } from './program.ts'

const schema = z.strictObject({
  controller: controllerConfig.prefault({}),
  namesrv: z.looseObject({}).optional(),
  broker: z.looseObject({}).optional(),
  gateway: z.looseObject({}).optional(),
  management: managementSettings.prefault({}),
})

export async function controller(options: ProgramOptions): Promise<void> {
  const log = logOf(options)
  const settings = await settingsOf(
    schema,
    options,
    {
      base: {
        controller: {
          controllerStorePath: join(options.data, 'controller.json'),
          authConfigPath: options.data,
        },
      },
      flags: listenFlags('controller', options.listen),
    },
    log,
  )
  const management = await managementPort(settings.management)
  const made = new Controller(settings.controller, {
    network: tcp,
    clock: systemClock,
    files: nodeFiles(),
    log,
    metrics: management.metrics,
    state: stateOf(settings.controller, log),
  })
  const service = management.around(made, () => true)
  await runProgram(service, log, () => ({
    listen: { controller: printAddress(made.address), ...management.listen() },
  }))
}

function stateOf(config: ControllerConfig, log: Log): SharedState {
  const { etcdEndpoints, etcdPrefix, etcdUser, etcdPassword, etcdCaFile } = config
  if (etcdEndpoints === '') return new FileState(nodeFiles(), config.controllerStorePath, log)
  return new EtcdState(
    {
      hosts: etcdEndpoints.split(','),
      prefix: `${etcdPrefix}/${config.controllerDLegerGroup}`,
      name: config.controllerDLegerSelfId,
      ttlSec: config.etcdLeaderTtlSec,
      ...(etcdUser !== '' && { user: { username: etcdUser, password: etcdPassword } }),
      ...(etcdCaFile !== '' && { ca: readFileSync(etcdCaFile) }),
    },
    systemClock,
    log,
  )
}
