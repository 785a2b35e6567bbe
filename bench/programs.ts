// The real programs, each in a process of its own, pinned to the first core where taskset
// exists: the load comes from the second.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const command = new URL('../bundle/main/rocketway.mjs', import.meta.url).pathname
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0

export type Program = {
  readonly pid: number
  readonly listen: Readonly<Record<string, string>>
  stop(): Promise<void>
  /** As a crash of the process. */
  kill(): Promise<void>
}

/** The line that runs `line` on the first core or another, where that can be said. */
export function pinned(line: readonly string[], core = 0): [file: string, ...args: string[]] {
  const [file = '', ...args] = canPin ? ['taskset', '-c', String(core), ...line] : line
  return [file, ...args]
}

export async function startProgram(args: readonly string[], core = 0): Promise<Program> {
  const [file, ...rest] = pinned([process.execPath, command, ...args], core)
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'] })
  const listen = await readyLine(child)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    pid: child.pid ?? 0,
    listen,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/** A file of this directory that sends its parent its port, on the core of the programs. */
export async function startServer(
  file: string,
): Promise<{ pid: number; port: number; stop(): void }> {
  const [first, ...args] = pinned([process.execPath, file])
  const child = spawn(first, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return { pid: child.pid ?? 0, port, stop: () => child.disconnect() }
}

async function readyLine(child: ChildProcess): Promise<Record<string, string>> {
  if (!child.stdout) throw new Error('no output to read')
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) {
      child.stdout.resume()
      return JSON.parse(line.slice('ready '.length)) as Record<string, string>
    }
  }
  throw new Error(`${child.spawnargs.join(' ')} ended before it was ready`)
}

export const portOf = (address: string | undefined): number => Number(address?.split(':').at(-1))

export type Cluster = {
  readonly namesrv: Program
  readonly broker: Program
  stop(): Promise<void>
}

/** A namesrv and a broker on free ports of loopback, with a store that goes when they do. */
export async function startCluster(settings: readonly string[] = []): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  const namesrv = await startProgram([
    'namesrv',
    '--data',
    join(home, 'namesrv'),
    '--listen',
    '127.0.0.1:0',
  ])
  const broker = await startProgram([
    'broker',
    '--data',
    join(home, 'broker'),
    '--listen',
    '127.0.0.1:0',
    '--namesrv',
    namesrv.listen['namesrv'] ?? '',
    ...settings.flatMap((one) => ['--set', one]),
  ])
  return {
    namesrv,
    broker,
    stop: async () => {
      await broker.stop()
      await namesrv.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
