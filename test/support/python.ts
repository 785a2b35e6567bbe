// Python programs from the registry, each with what it needs in a folder of its own under .cache/.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './processes.ts'

const installMs = 900_000

/** Installs `requirements` once; answers the folder of its programs. */
export async function pythonHome(name: string, ...requirements: readonly string[]) {
  const home = join(process.cwd(), '.cache/interop', name)
  const made = join(home, 'made')
  const bin = join(home, 'bin')
  if (existsSync(made)) return bin
  mkdirSync(home, { recursive: true })
  for (const [file, ...args] of [
    ['python3', '-m', 'venv', home],
    [join(bin, 'pip'), 'install', '-q', ...requirements],
  ] as const) {
    const { code, stderr } = await run(file, args, { cwd: home, timeoutMs: installMs })
    if (code !== 0) throw new Error(`${file} ${args.join(' ')}\n${stderr}`)
  }
  writeFileSync(made, '')
  return bin
}
