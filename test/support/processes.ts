// Real processes of the built program: started, waited for, killed, never left behind.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'

export type Running = {
  readonly process: ChildProcess
  /** What the `ready` line said: a name to `host:port`, for each listener. */
  readonly listen: Readonly<Record<string, string>>
  /** Everything it wrote so far. */
  output(): string
  /** Resolves to the exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  kill(signal: NodeJS.Signals): Promise<number | string>
}

export const command = new URL('../../bundle/main/rocketway.mjs', import.meta.url).pathname

/**
 * Starts `rocketway …args` and waits for its `ready {…}` line. It is killed when the test
 * ends; when the test fails its output is attached.
 */
export async function startRocketway(
  t: ExecutionContext,
  args: readonly string[],
  options: {
    env?: Record<string, string>
    cwd?: string
    readyMs?: number
    /** How many files it may have open. */
    descriptors?: number
  } = {},
): Promise<Running> {
  const limited = `ulimit -n ${options.descriptors} && exec "$0" "$@"`
  const shell = options.descriptors === undefined ? [] : ['sh', '-c', limited]
  const [file = '', ...line] = [...shell, process.execPath, command, ...args]
  const child = spawn(file, line, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  })
  const lines: string[] = []
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const running = { process: child, ended, output: () => lines.join('\n') }

  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    if (!t.passed) t.log(`${args.join(' ')}\n${lines.slice(-60).join('\n')}`)
  })

  const ready = new Promise<Record<string, string>>((resolve, reject) => {
    const read = (line: string) => {
      lines.push(line)
      if (lines.length > 2000) lines.shift()
      if (line.startsWith('ready ')) resolve(JSON.parse(line.slice('ready '.length)))
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    ended.then((code) =>
      reject(new Error(`ended with ${code} before it was ready\n${running.output()}`)),
    )
    setTimeout(
      () => reject(new Error(`not ready in time\n${running.output()}`)),
      options.readyMs ?? 90_000,
    ).unref()
  })

  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return { ...running, listen: await ready, kill }
}

/**
 * As Promise.all, but when one fails the other is waited for first: what it starts after the end
 * of its test would be left behind.
 */
export async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return [await a, await b]
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a program to its end. */
export async function run(
  file: string,
  args: readonly string[],
  options: {
    cwd?: string
    env?: Record<string, string>
    timeoutMs?: number
    /** Each line of its output, as it comes. */
    onLine?: (line: string) => void
  } = {},
): Promise<Ran> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000)
  let stdout = ''
  let stderr = ''
  if (options.onLine) createInterface({ input: child.stdout }).on('line', options.onLine)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code: code ?? -1, stdout, stderr }
}

/** Whether a program is installed here. */
export async function installed(file: string): Promise<boolean> {
  return (await run('sh', ['-c', `command -v ${file}`])).code === 0
}
