// `rocketway config check` and `config print`.

import { allSettings } from './all-settings.ts'
import { loadSettings, printSettings, SettingsError } from './settings.ts'

export async function configCommand(
  verb: 'check' | 'print',
  file: string | undefined,
): Promise<void> {
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
