// Python programs from the registry, each with what it needs in a folder of its own under .cache/.

import { join } from 'node:path'
import { makeOnceIn } from './install.ts'

/** Installs `requirements` once; answers the folder of its programs. */
export async function pythonHome(name: string, ...requirements: readonly string[]) {
  const home = join(process.cwd(), '.cache/interop', name)
  const bin = join(home, 'bin')
  const venv = ['python3', '-m', 'venv', home] as const
  await makeOnceIn(home, venv, [join(bin, 'pip'), 'install', '-q', ...requirements])
  return bin
}
