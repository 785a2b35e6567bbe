// The link of one broker to its controllers, put together.

import { signWith } from '../../access/signature.ts'
import { Lifecycle, type Service } from '../../base/lifecycle.ts'
import { callingTls } from '../../guard/listener.ts'
import { innerCredentials } from '../../guard/settings.ts'
import { RemotingClient } from '../../remoting/client.ts'
import { Dispatcher } from '../../remoting/dispatcher.ts'
import type { BrokerConfig } from '../config.ts'
import { onNotifyBrokerRoleChanged, type RoleHints } from '../handlers/controller.ts'
import type { BrokerHost } from '../host.ts'
import type { Self } from '../ports.ts'
import { Controllers } from './controllers.ts'
import { IdentityFile } from './identity-file.ts'
import { ControllerLink, type RoleSwitch } from './link.ts'

/** What the rest of a broker sees of it: a service, and where hints go. */
export type LinkPart = { readonly service: Service; readonly hint: RoleHints['roleHint'] }

const none: LinkPart = { service: { name: 'controller-link', start() {}, stop() {} }, hint() {} }

/** Nothing without `enableControllerMode`. */
export function makeControllerLink(
  config: BrokerConfig,
  host: BrokerHost,
  { self, roles }: { readonly self: Self; readonly roles: RoleSwitch },
): LinkPart {
  if (!config.enableControllerMode) return none
  const { clock, files, log, network, random } = host
  const addresses = config.controllerAddr.split(';').filter((address) => address !== '')
  if (addresses.length === 0) {
    log.warn('no-controllers', { effect: 'this broker never gets a role' })
    return none
  }
  // Controllers say over this broker's own connections that roles changed.
  const hints: RoleHints = { roleHint: (epoch) => link.hint(epoch) }
  const dispatcher = new Dispatcher([onNotifyBrokerRoleChanged], hints, { log })
  const credentials = innerCredentials(config)
  const client = new RemotingClient({
    ...{ network, clock, log, dispatcher },
    tls: callingTls(config, files),
    ...(credentials && { sign: signWith(credentials) }),
  })
  const path = config.storePathBrokerIdentity ?? `${config.storePathRootDir}/brokerIdentity`
  const link = new ControllerLink({
    controllers: new Controllers(client, addresses, self, log),
    identity: new IdentityFile(files, path, self),
    roles,
    self,
    clock,
    random,
    log,
    heartbeatMs: config.brokerHeartbeatInterval,
    timeoutMs: config.controllerHeartBeatTimeoutMills,
    pollMs: config.syncBrokerMetadataPeriod,
    priority: config.brokerElectionPriority,
  })
  const caller: Service = { name: 'controller-client', start() {}, stop: () => client.close() }
  const both = new Lifecycle([caller, link])
  const { name } = link
  return {
    service: { name, start: () => both.start(), stop: () => both.stop() },
    hint: hints.roleHint,
  }
}
