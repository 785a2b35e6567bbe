// The settings of a namesrv in force.

import { LiveSettings } from '../base/live-settings.ts'
import { type NamesrvConfig, namesrvConfig, reloadable } from './config.ts'

export class Settings extends LiveSettings<NamesrvConfig> {
  constructor(config: NamesrvConfig) {
    super(namesrvConfig, reloadable, config)
  }
}
