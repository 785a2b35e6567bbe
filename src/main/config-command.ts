// `rocketway config check`, `config print` and `config schema`.

import { allSettings } from './all-settings.ts'
import { loadSettings, printSettings, SettingsError } from './settings.ts'
import { settingsSchema } from './settings-schema.ts'

export type ConfigVerb = 'check' | 'print' | 'schema'

export async function configCommand(verb: ConfigVerb, file: string | undefined): Promise<void> {
  if (verb === 'schema') {
    process.stdout.write(`${JSON.stringify(settingsSchema(), null, 2)}\n`)
    return
  }
  try {
    const settings = await loadSettings(allSettings, { file, env: process.env })
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
