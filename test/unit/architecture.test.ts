// The layers of ARCHITECTURE.md as data: a folder may import itself and what is listed.
// Change it in a commit of its own that says why.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'

const layers: Record<string, readonly string[]> = {
  'src/base': [],
  'src/host': ['src/base'],
  'src/message': ['src/base'],
  'src/filter': ['src/base', 'src/message'],
  'src/access': ['src/base'],
  'src/protocol': ['src/base'],
  'src/store': ['src/base', 'src/message'],
  'src/remoting': ['src/base', 'src/protocol'],
  'src/guard': ['src/base', 'src/access', 'src/protocol', 'src/remoting'],
  'src/client': ['src/base', 'src/access', 'src/message', 'src/protocol', 'src/remoting'],
  'src/namesrv': ['src/base', 'src/access', 'src/protocol', 'src/remoting', 'src/guard'],
  'src/controller': ['src/base', 'src/access', 'src/protocol', 'src/remoting', 'src/guard'],
  'src/broker': [
    'src/base',
    'src/access',
    'src/message',
    'src/filter',
    'src/protocol',
    'src/store',
    'src/remoting',
    'src/guard',
    'src/client',
  ],
  'src/main': ['src', 'gateway'],
  'gateway/core': ['src/base', 'src/message', 'src/client'],
  'gateway/identity': ['src/base', 'src/access'],
  'gateway/http': ['src/base', 'gateway/core', 'gateway/identity', 'openapi'],
  'gateway/grpc': ['src/base', 'gateway/core', 'gateway/identity'],
  'gateway/websocket': ['src/base', 'gateway/core', 'gateway/identity'],
  'gateway/console': [],
  gateway: ['src/base', 'src/access', 'src/client', 'gateway'],
}

/** Host modules have one door each. */
const doors: Record<string, readonly string[]> = {
  'node:fs': ['src/host', 'src/main'],
  'node:fs/promises': ['src/host', 'src/main'],
  'node:net': ['src/host'],
  'node:tls': ['src/host'],
  'node:timers': ['src/host'],
  'node:timers/promises': ['src/host'],
  'node:os': ['src/host', 'src/main'],
  'node:v8': ['src/host'],
  'node:child_process': [],
  'node:cluster': ['src/main'],
  'node:vm': [],
  'node:worker_threads': [],
  'node:http': ['gateway/http', 'gateway/websocket', 'gateway', 'src/main'],
  'node:http2': ['gateway/grpc'],
  'node:https': ['gateway/http'],
  jose: ['gateway/identity'],
  fzstd: ['gateway/http'],
  express: ['gateway/http', 'gateway'],
  ws: ['gateway/websocket'],
  '@grpc/grpc-js': ['gateway/grpc'],
  protobufjs: ['gateway/grpc'],
  'protobufjs/minimal.js': ['gateway/grpc'],
  koffi: ['src/host'],
  etcd3: ['src/host'],
  ioredis: ['src/host'],
  pino: ['src/host', 'src/main'],
  'cli-table3': ['src/main'],
  'node:readline': ['src/main'],
  commander: ['src/main'],
  yaml: ['src/main'],
  '@opentelemetry/api': ['src/host'],
  '@opentelemetry/sdk-metrics': ['src/host'],
  '@opentelemetry/sdk-trace-base': ['src/host'],
  '@opentelemetry/exporter-trace-otlp-http': ['src/host'],
  '@opentelemetry/exporter-prometheus': ['src/host'],
}

/** Free for every layer: they touch no host. */
const pureModules = [
  'node:crypto',
  'node:zlib',
  'node:buffer',
  'node:util',
  'node:stream',
  'node:path',
  'node:url',
  'zod',
]

/** Globals with a port of their own, and who may touch them. */
const globals: readonly { pattern: RegExp; allowed: readonly string[] }[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, allowed: ['src/host'] },
  { pattern: /\bMath\.random\(/, allowed: ['src/host'] },
  { pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\(/, allowed: ['src/host'] },
  { pattern: /(?<![.\w'])process\./, allowed: ['src/host', 'src/main'] },
  { pattern: /\beval\(|new Function\(/, allowed: [] },
]

const linesMax = 400
const longFilesAllowed = ['src/protocol/requests', 'gateway/grpc/gen']

const root = process.cwd()
const files = ['src', 'gateway'].flatMap(listTypeScript)

function listTypeScript(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (path === 'gateway/console' || path === 'gateway/grpc/gen') return []
    if (entry.isDirectory()) return listTypeScript(path)
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : []
  })
}

function layerOf(path: string): string {
  const parts = path.split('/')
  if (parts[0] === 'openapi') return 'openapi'
  return parts.length > 2 ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '')
}

function importsOf(source: string): string[] {
  const found = source.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|require\(\s*)'([^']+)'/g)
  return [...found].map((match) => match[1] ?? '')
}

const within = (layer: string, allowed: readonly string[]): boolean =>
  allowed.some(
    (one) =>
      layer === one ||
      (one === 'src' || one === 'gateway' ? layer.startsWith(`${one}/`) || layer === one : false),
  )

for (const file of files) {
  test(`${file} keeps to its layer`, (t) => {
    const source = readFileSync(join(root, file), 'utf8')
    const own = layerOf(file)
    const allowed = layers[own]
    if (!allowed) return t.fail(`${own} is not a declared layer`)

    const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    for (const target of importsOf(code)) {
      if (target.startsWith('.')) {
        const layer = layerOf(normalize(join(dirname(file), target)))
        t.true(layer === own || within(layer, allowed), `imports ${layer}`)
      } else if (target in doors) {
        t.true(doors[target]?.includes(own), `imports ${target}`)
      } else {
        t.true(pureModules.includes(target), `imports ${target}, which has no door in this test`)
      }
    }

    for (const { pattern, allowed: owners } of globals) {
      t.true(owners.includes(own) || !pattern.test(code), `uses ${pattern.source}`)
    }

    // By its name `z` all of it comes along, sixty languages included.
    t.notRegex(code, /import \{[^}]*\} from 'zod'/, 'imports zod other than `* as z`')

    const lines = source.split('\n').length
    const long = longFilesAllowed.some((folder) => file.startsWith(folder))
    t.true(long || lines <= linesMax, `has ${lines} lines, more than ${linesMax}`)
  })
}
