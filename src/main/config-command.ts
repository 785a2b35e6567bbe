// `rocketway config check` and `config print`.

import { z } from 'zod'
import { gatewaySettings } from '../../gateway/config.ts'
import { brokerConfig } from '../broker/config.ts'
import { namesrvConfig } from '../namesrv/config.ts'
import { loadSettings, printSettings, SettingsError } from './settings.ts'

const schema = z.strictObject({
  namesrv: namesrvConfig.prefault({}),
  broker: brokerConfig.prefault({}),
  gateway: gatewaySettings.prefault({}),
})

export function configCommand(verb: 'check' | 'print', file: string | undefined): void {
  try {
    const settings = loadSettings(schema, { file, env: process.env })
    if (settings.ignored.length > 0) {
      process.stderr.write(`ignored: ${settings.ignored.join(', ')}\n`)
    }
    process.stdout.write(verb === 'print' ? `${printSettings(settings)}\n` : 'fine\n')
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}
