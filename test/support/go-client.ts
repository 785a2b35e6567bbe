// The official Go client: built once into .cache/, then run.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeIn } from './install.ts'
import type { Event } from './java-client.ts'

const source = join(process.cwd(), 'test/interop/go-v2')
const target = join(process.cwd(), '.cache/interop/go-v2')
const runMs = 500_000

/** Fetches what the program needs and compiles it; answers the executable. */
export async function buildGoClient(): Promise<string> {
  mkdirSync(target, { recursive: true })
  cpSync(source, target, { recursive: true })
  await makeIn(target, ['go', 'mod', 'tidy'])
  await makeIn(target, ['go', 'build', '-o', 'interop', '.'])
  return join(target, 'interop')
}

/** Runs it to its end; `onReady` is called when the program waits for something to be done. */
export async function runGoClient(
  executable: string,
  args: readonly string[],
  home: string,
  onReady: (scenario: string) => Promise<void> = async () => {},
): Promise<Event[]> {
  // Offsets of broadcasting are kept under the home folder.
  const env = { ...process.env, HOME: home }
  const child = spawn(executable, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-3000)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), runMs)
  const events: Event[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    const event = JSON.parse(line) as Event
    events.push(event)
    if (event.event === 'ready') await onReady(event.scenario)
  }
  await ended
  clearTimeout(timer)
  if (events.at(-1)?.event !== 'done') throw new Error(`the client did not finish\n${errors}`)
  return events
}
