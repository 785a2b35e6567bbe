// What `import … from 'rocketway/client'` gives: the typed remoting client over this machine's
// network. It speaks to our cluster and to Apache's.

import type { Credentials } from '../access/signature.ts'
import { type Log, silentLog } from '../base/log.ts'
import type { TlsClient } from '../base/network.ts'
import type { Access } from '../client/access.ts'
import { Client } from '../client/client.ts'
import type { MqClient } from '../client/types.ts'
import { systemClock } from '../host/system-clock.ts'
import { systemRandom } from '../host/system-random.ts'
import { tcp } from '../host/tcp.ts'

export type * from '../client/access.ts'
export { replyAddressOf } from '../client/request-reply.ts'
export type * from '../client/types.ts'
export type * from '../client/views.ts'
export type { Message } from '../message/message.ts'

/** A client of the cluster behind these name servers; it connects on the first call. */
export function connectClient(options: {
  /** `host:port` of every name server; one that answers is enough. */
  readonly nameServers: readonly string[]
  /** Of calls that do not wait at the broker, ms. Default 3,000. */
  readonly timeoutMs?: number
  /** Signs every request: where the cluster asks for it. */
  readonly credentials?: Credentials | undefined
  readonly tls?: TlsClient | undefined
  /** Where this client is: slaves of that zone are read rather than others. */
  readonly zone?: string | undefined
  readonly log?: Log
}): MqClient & { readonly access: Access; stop(): Promise<void> } {
  return new Client({
    ...options,
    network: tcp,
    clock: systemClock,
    random: systemRandom,
    log: options.log ?? silentLog,
  })
}
