// The settings file as a JSON Schema, for editors: `# yaml-language-server: $schema=…`.

import * as z from 'zod'
import { allSettings } from './all-settings.ts'

export function settingsSchema(): object {
  return {
    ...z.toJSONSchema(allSettings, { io: 'input', unrepresentable: 'any' }),
    title: 'rocketway.yaml',
    description: 'Settings of rocketway; see `rocketway config print` for those in force.',
  }
}
