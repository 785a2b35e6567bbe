// A remoting server and a client of it, on a memory network with a fake clock.

import type { ExecutionContext } from 'ava'
import { printAddress } from '../../src/base/address.ts'
import type { Log, LogFields } from '../../src/base/log.ts'
import {
  type ClientLimits,
  type ClientOptions,
  clientLimits,
  RemotingClient,
} from '../../src/remoting/client.ts'
import type { Handler } from '../../src/remoting/dispatch.ts'
import { Dispatcher, type Hook } from '../../src/remoting/dispatcher.ts'
import {
  RemotingServer,
  type ServerLimits,
  type ServerOptions,
  serverLimits,
} from '../../src/remoting/server.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryNetwork } from './memory-network.ts'

export type Line = { readonly level: string; readonly event: string; readonly fields: LogFields }

/** Keeps what is logged. */
export function recordingLog(lines: Line[] = []): Log & { readonly lines: Line[] } {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, fields })
    }
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => recordingLog(lines),
  }
}

type Options = {
  readonly hooks?: readonly Hook[]
  readonly waitingBytesMax?: number
  readonly limits?: Partial<ServerLimits>
  readonly clientLimits?: Partial<ClientLimits>
  readonly clientHandlers?: readonly Handler<undefined>[]
  readonly beforeWrite?: () => void
  readonly onShort?: ServerOptions['onShort']
  readonly sign?: ClientOptions['sign']
  readonly opening?: ServerOptions['opening']
}

export async function remotingPair(
  t: ExecutionContext,
  handlers: readonly Handler<undefined>[],
  options: Options = {},
) {
  const clock = new FakeClock()
  const network = new MemoryNetwork(clock)
  const log = recordingLog()
  const hooks = options.hooks ?? []
  const server = new RemotingServer({
    network,
    clock,
    log,
    address: { host: '127.0.0.1', port: 0 },
    dispatcher: new Dispatcher(handlers, undefined, {
      log,
      hooks,
      ...(options.waitingBytesMax && { waitingBytesMax: options.waitingBytesMax }),
    }),
    limits: { ...serverLimits, ...options.limits },
    ...(options.opening && { opening: options.opening }),
    ...(options.onShort && { onShort: options.onShort }),
    ...(options.beforeWrite === undefined ? {} : { beforeWrite: options.beforeWrite }),
  })
  await server.start()
  const client = new RemotingClient({
    network,
    clock,
    log,
    dispatcher: new Dispatcher(options.clientHandlers ?? [], undefined, { log }),
    limits: { ...clientLimits, ...options.clientLimits },
    ...(options.sign && { sign: options.sign }),
  })
  t.teardown(async () => {
    await Promise.all([client.close(), server.stop(), clock.advance(2000)])
    if (network.sockets > 0) throw new Error('a connection was left open')
    if (clock.pending > 0) throw new Error('a timer was left armed')
  })
  return { clock, network, log, server, client, address: printAddress(server.address) }
}
