// The official gRPC clients, each built from its registry into .cache/ and run as one program
// that goes through all rows its API has and prints a JSON line for each.

import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeIn } from './install.ts'
import { command, run } from './processes.ts'
import { pythonHome } from './python.ts'

type Row = { readonly row: string; readonly ok: boolean; readonly detail: string }

type OfficialClient = {
  readonly name: string
  readonly version: string
  /** Makes the program, once; answers how it is started, its endpoint to be added. */
  build(): Promise<readonly [file: string, ...args: string[]]>
}

const sources = (name: string) => join(process.cwd(), 'test/interop/grpc', name)
const cache = (name: string) => join(process.cwd(), '.cache/interop', name)

/** A copy, since the tools write their locks beside the sources. */
function copied(name: string, folder = `grpc-${name}`): string {
  mkdirSync(cache(folder), { recursive: true })
  cpSync(sources(name), cache(folder), { recursive: true })
  return cache(folder)
}

const java: OfficialClient = {
  name: 'java',
  version: '5.2.0',
  async build() {
    const home = copied('java')
    const target = join(home, 'target')
    const goals = ['compile', 'dependency:copy-dependencies', `-DoutputDirectory=${target}/lib`]
    await makeIn(home, ['mvn', '-q', '-B', `-DoutputFolder=${target}`, ...goals])
    const flags = ['-Xmx256m', '-XX:+UseSerialGC', `-Duser.home=${home}`]
    return ['java', ...flags, '-cp', `${target}/classes:${target}/lib/*`, 'rocketway.Rows']
  },
}

const go: OfficialClient = {
  name: 'go',
  version: '5.1.3',
  async build() {
    const home = copied('go')
    await makeIn(home, ['go', 'mod', 'tidy'])
    await makeIn(home, ['go', 'build', '-o', 'rows', '.'])
    return [join(home, 'rows')]
  },
}

const node: OfficialClient = {
  name: 'node',
  version: '1.0.8',
  build: async () => [process.execPath, join(command, '../../../test/support/node-rows.js')],
}

const python: OfficialClient = {
  name: 'python',
  version: '5.1.2',
  async build() {
    const bin = await pythonHome('python', `rocketmq-python-client==${this.version}`)
    return [join(bin, 'python'), join(sources('python'), 'rows.py')]
  },
}

const rust: OfficialClient = {
  name: 'rust',
  version: '5.0.0',
  async build() {
    const home = copied('rust', 'grpc-rust')
    await makeIn(home, ['cargo', 'build', '-q'], { CARGO_TARGET_DIR: cache('rust') })
    return [join(cache('rust'), 'debug/rocketway-interop')]
  },
}

export const officialClients = [java, go, node, python, rust]

/** How a program is told what to do, behind the file that it is and its own arguments. */
type Asked = {
  /** `host:port`, then the mode and what it takes. */
  readonly args: readonly string[]
  readonly home: string
  readonly timeoutMs?: number
  /** Each line that it printed, as it comes. */
  readonly onLine?: (line: string) => void
}

/** Every row that the program printed. */
export async function rowsOf(
  start: readonly [string, ...string[]],
  { args, home, timeoutMs = 420_000, onLine = () => {} }: Asked,
): Promise<readonly Row[]> {
  const [file, ...own] = start
  mkdirSync(home, { recursive: true })
  const env = { HOME: home, ROCKETMQ_LOG_ROOT: home }
  const ended = await run(file, [...own, ...args], { timeoutMs, cwd: home, env, onLine })
  const rows = ended.stdout
    .split('\n')
    .filter((line) => line.startsWith('{"') && line.includes('"row"'))
    .map((line) => JSON.parse(line) as Row)
  if (ended.code === 0) return rows
  const detail = `${ended.stdout.slice(-1000)}\n${ended.stderr.slice(-2000)}`
  return [...rows, { row: 'end', ok: false, detail }]
}
