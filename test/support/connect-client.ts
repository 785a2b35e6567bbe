// The typed client over real TCP, stopped when the test ends.

import type { ExecutionContext } from 'ava'
import { Client } from '../../src/client/client.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { tcp } from '../../src/host/tcp.ts'

export function connectClient(t: ExecutionContext, namesrv: string): Client {
  const client = new Client({
    nameServers: [namesrv],
    network: tcp,
    clock: systemClock,
    random: systemRandom,
  })
  t.teardown(() => client.stop())
  return client
}
