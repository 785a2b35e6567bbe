// The settings of a broker in force.

import { LiveSettings } from '../base/live-settings.ts'
import { type BrokerConfig, brokerConfig, reloadable } from './config.ts'

export class Settings extends LiveSettings<BrokerConfig> {
  constructor(config: BrokerConfig) {
    super(brokerConfig, reloadable, config)
  }
}
