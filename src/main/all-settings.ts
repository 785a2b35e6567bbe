// The sections of a settings file, all of them: what `up` runs with and `config` checks.

import * as z from 'zod'
import { gatewaySettings } from '../../gateway/config.ts'
import { brokerConfig } from '../broker/config.ts'
import { controllerConfig } from '../controller/config.ts'
import { namesrvConfig } from '../namesrv/config.ts'

export const allSettings = z.strictObject({
  namesrv: namesrvConfig.prefault({}),
  broker: brokerConfig.prefault({}),
  controller: controllerConfig.prefault({}),
  gateway: gatewaySettings.prefault({}),
})
