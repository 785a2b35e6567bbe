// The public client over real TCP, stopped when the test ends.

import type { ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import { connectClient as connect } from '../../src/main/client.ts'

export function connectClient(t: ExecutionContext, namesrv: string): MqClient {
  const client = connect({ nameServers: [namesrv] })
  t.teardown(() => client.stop())
  return client
}
