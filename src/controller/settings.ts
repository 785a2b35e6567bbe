// The settings of a controller in force.

import { LiveSettings } from '../base/live-settings.ts'
import { type ControllerConfig, controllerConfig, reloadable } from './config.ts'

export class Settings extends LiveSettings<ControllerConfig> {
  constructor(config: ControllerConfig) {
    super(controllerConfig, reloadable, config)
  }
}
