// A real etcd of one node, with its data in a folder of the test. Debian: etcd-server.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'

export const hasEtcd = spawnSync('etcd', ['--version']).status === 0

/** One node, which keeps its data in `folder`. */
export const etcdArgs = (folder: string, url: string, peerUrl: string): readonly string[] => [
  ...['--data-dir', folder, '--name', 'e0'],
  ...['--listen-client-urls', url, '--advertise-client-urls', url],
  ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
  ...['--initial-cluster', `e0=${peerUrl}`],
]

/** Ends with the test. `etcd` is its process, to be stopped or killed. */
export async function startEtcd(t: ExecutionContext, home: string) {
  const [client, peer] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${client}`
  const peerUrl = `http://127.0.0.1:${peer}`
  const etcd = spawn('etcd', [...etcdArgs(`${home}/etcd`, url, peerUrl), '--log-level', 'error'], {
    stdio: 'ignore',
  })
  const ended = once(etcd, 'exit')
  t.teardown(async () => {
    etcd.kill('SIGKILL')
    await ended
  })
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    if (answer?.ok) return { url, etcd }
    await sleep(100)
  }
  throw new Error('etcd does not answer')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
