// A real redis-server on a free port of loopback, with nothing on disk.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ExecutionContext } from 'ava'

export type RedisServer = { readonly url: string; stop(): Promise<void> }

/** Ready when it resolves; killed at the end of the test. */
export async function startRedis(t: ExecutionContext): Promise<RedisServer> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp']
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(server, 'exit')
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    await ended
  }
  t.teardown(stop)
  for await (const text of server.stdout.setEncoding('utf8')) {
    if (/ready to accept connections/i.test(String(text))) break
  }
  return { url: `redis://127.0.0.1:${port}`, stop }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
