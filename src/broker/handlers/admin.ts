// The broker itself: its settings and figures.
//
// Serves UPDATE_BROKER_CONFIG, GET_BROKER_CONFIG, GET_BROKER_RUNTIME_INFO. Settings can be
// changed that are listed for it (config.ts), never a path, an address or a command; the change
// lasts until the broker stops. Apache writes its file instead.
//
// Source: AdminBrokerProcessor.

import { MqError } from '../../base/errors.ts'
import { parseProperties, printProperties } from '../../base/java-properties.ts'
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  updateBrokerConfig,
} from '../../protocol/requests/admin.ts'
import { handle } from '../handler.ts'
import { jsonReply } from '../json-body.ts'
import { runtimeInfo } from '../runtime-info.ts'

const onUpdateBrokerConfig = handle(updateBrokerConfig, (_, { settings, log }, call) => {
  const changes = parseProperties(Buffer.from(call.body).toString('utf8'))
  if (changes.size === 0) throw new MqError('invalid-argument', 'no setting is given')
  settings.update(changes)
  log.info('settings-changed', { keys: [...changes.keys()] })
  return {}
})

const onGetBrokerConfig = handle(getBrokerConfig, (_, { settings }) => {
  const values = Object.entries(settings.current).map(
    ([key, value]) => [key, String(value ?? '')] as const,
  )
  const version = JSON.stringify({ counter: 0, stateVersion: 0, timestamp: 0 })
  return { header: { version }, body: Buffer.from(printProperties(values)) }
})

const onGetBrokerRuntimeInfo = handle(getBrokerRuntimeInfo, (_, ports) =>
  jsonReply({ table: runtimeInfo(ports, ports.positions) }),
)

export const adminHandlers = [onUpdateBrokerConfig, onGetBrokerConfig, onGetBrokerRuntimeInfo]
