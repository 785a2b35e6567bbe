// What tests fetch and build into folders of .cache/. Several test files want the same at the same
// time, and a tool keeps what it fetches in one place for all: so each runs once at a time.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from './processes.ts'

const stepMs = 900_000

type Line = readonly [tool: string, ...args: string[]]

/** Runs a tool that makes something in `folder`. Rejects with what it printed. */
export const makeIn = (
  folder: string,
  line: Line,
  env: Record<string, string> = {},
): Promise<void> => alone(folder, line[0], () => step(folder, line, env))

/** Unless it has been done before: runs a tool, and then what is to follow. */
export const makeOnceIn = (folder: string, ...lines: readonly [Line, ...Line[]]): Promise<void> =>
  alone(folder, lines[0][0], async () => {
    const made = join(folder, 'made')
    if (existsSync(made)) return
    for (const line of lines) await step(folder, line)
    writeFileSync(made, '')
  })

/** Of all processes one at a time, for one tool. A process that ends lets go. */
async function alone(folder: string, tool: string, make: () => Promise<void>): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const lock = join(folder, '..', `${basename(tool)}.lock`)
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(holder, 'exit')
  await Promise.race([once(holder.stdout, 'data'), ended])
  try {
    await make()
  } finally {
    holder.stdin.end()
    await ended
  }
}

async function step(folder: string, [file, ...args]: Line, env = {}): Promise<void> {
  const { code, stdout, stderr } = await run(file, args, { cwd: folder, env, timeoutMs: stepMs })
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}\n${stdout}\n${stderr}`)
}
