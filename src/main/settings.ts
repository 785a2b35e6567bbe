// Settings of a program: defaults < file < environment < arguments, each value with its origin.
//
// The file is YAML (`gateway: {http: {…}}`), or Apache's broker.conf (Java properties) whose
// keys are the broker's. The environment is ROCKETWAY_ and the path joined by __, each part in
// upper case with or without underscores: ROCKETWAY_BROKER__LISTEN_PORT. An unknown key in
// the YAML file, the environment or an argument is an error; in a broker.conf it is ignored
// and listed in one warning.

import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { parseProperties } from '../base/java-properties.ts'
import { shownSetting } from '../base/setting.ts'

export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

type Tree = { [key: string]: unknown }

export type Sources = {
  /** Path of a YAML file or a broker.conf. */
  readonly file?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path (`broker.listenPort`) to text, as the command line gave it. */
  readonly flags?: Readonly<Record<string, string | undefined>>
  /** What this program sets before anything else, e.g. smaller files for `up`. */
  readonly base?: Tree
}

export type Settings<T> = {
  readonly value: T
  /** Path to `default`, `file`, `environment` or `argument`. */
  readonly origins: ReadonlyMap<string, string>
  /** Keys of a broker.conf that mean nothing here. */
  readonly ignored: readonly string[]
}

/** Reads, merges and checks. Rejects with a {@link SettingsError} that says what to change. */
export async function loadSettings<S extends z.ZodObject>(
  schema: S,
  sources: Sources,
): Promise<Settings<z.output<S>>> {
  const shape = shapeOf(schema)
  const tree: Tree = {}
  const origins = new Map<string, string>()
  const ignored: string[] = []

  const put: Put = (path, value, origin) => {
    setAt(tree, path, value)
    for (const leaf of leavesOf(value, path)) origins.set(leaf, origin)
  }

  for (const [key, value] of Object.entries(sources.base ?? {})) put([key], value, 'default')
  if (sources.file !== undefined) await readFile(sources.file, shape, put, ignored)
  for (const [name, text] of Object.entries(sources.env)) {
    if (!name.startsWith('ROCKETWAY_') || text === undefined) continue
    const path = resolvePath(shape, name.slice('ROCKETWAY_'.length).split('__'))
    if (!path) throw new SettingsError(`${name}: no such setting${suggestion(shape, name)}`)
    put(path, scalar(text, shape, path), 'environment')
  }
  for (const [dotted, text] of Object.entries(sources.flags ?? {})) {
    if (text === undefined) continue
    const path = dotted.split('.')
    put(path, scalar(text, shape, path), 'argument')
  }

  const checked = schema.safeParse(tree)
  if (!checked.success) throw new SettingsError(explain(checked.error, shape))
  for (const leaf of leavesOf(checked.data, [])) {
    if (!origins.has(leaf)) origins.set(leaf, 'default')
  }
  return { value: checked.data, origins, ignored }
}

type Put = (path: readonly string[], value: unknown, origin: string) => void

/** Each setting on a line with its origin; values that are secret are masked. */
export function printSettings(settings: Settings<unknown>): string {
  const lines = [...settings.origins].map(([path, origin]) => {
    const value = at(settings.value, path.split('.'))
    return `${path}: ${JSON.stringify(shownSetting(path, value)) ?? 'unset'}  # ${origin}`
  })
  return lines.sort().join('\n')
}

async function readFile(file: string, shape: Shape, put: Put, ignored: string[]): Promise<void> {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SettingsError(`${file}: cannot be read`, { cause })
  }
  if (/\.(conf|properties)$/.test(file)) {
    for (const [key, text] of parseProperties(source)) {
      // Java's names of TLS settings have dots.
      const path = ['broker', key.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())]
      if (nodeAt(shape, path) === undefined) ignored.push(key)
      else put(path, scalar(text, shape, path), 'file')
    }
    return
  }
  // Loaded when there is a file to read: it takes as long to load as the whole store.
  const { parse } = await import('./yaml.ts')
  const parsed: unknown = parse(source) ?? {}
  if (!isTree(parsed)) throw new SettingsError(`${file}: is not a mapping of settings`)
  for (const [key, value] of Object.entries(parsed)) put([key], value, 'file')
}

// The names of a schema as a tree: what the environment and a properties file are checked against.
type Shape = { readonly [key: string]: Shape | 'value' | 'list' }

function shapeOf(schema: z.ZodObject): Shape {
  return Object.fromEntries(
    Object.entries(schema.shape).map(([key, child]) => [key, kindOf(child as z.ZodType)]),
  )
}

function kindOf(schema: z.ZodType): Shape | 'value' | 'list' {
  let inner = schema as z.ZodType & {
    readonly def: { type: string; innerType?: z.ZodType; in?: z.ZodType }
  }
  while (inner.def.innerType ?? inner.def.in) {
    inner = (inner.def.innerType ?? inner.def.in) as typeof inner
  }
  if (inner.def.type === 'object') return shapeOf(inner as unknown as z.ZodObject)
  return inner.def.type === 'array' ? 'list' : 'value'
}

function nodeAt(shape: Shape, path: readonly string[]): Shape | 'value' | 'list' | undefined {
  let node: Shape | 'value' | 'list' | undefined = shape
  for (const part of path) {
    if (typeof node !== 'object' || !Object.hasOwn(node, part)) return undefined
    node = node[part]
  }
  return node
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase()

function resolvePath(shape: Shape, parts: readonly string[]): string[] | undefined {
  const path: string[] = []
  let node: Shape | 'value' | 'list' | undefined = shape
  for (const part of parts) {
    if (typeof node !== 'object') return undefined
    const key: string | undefined = Object.keys(node).find((one) => plain(one) === plain(part))
    if (key === undefined) return undefined
    path.push(key)
    node = node[key]
  }
  return path
}

function scalar(text: string, shape: Shape, path: readonly string[]): unknown {
  if (nodeAt(shape, path) === 'list') {
    return text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
  }
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree
  for (const part of path.slice(0, -1)) {
    const next = node[part]
    const child: Tree = isTree(next) ? next : {}
    node[part] = child
    node = child
  }
  const last = path.at(-1) ?? ''
  const before = node[last]
  if (isTree(before) && isTree(value)) {
    for (const [key, child] of Object.entries(value)) setAt(before, [key], child)
  } else node[last] = isTree(value) ? structuredClone(value) : value
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, part) => (isTree(node) ? node[part] : undefined), tree)
}

function leavesOf(value: unknown, path: readonly string[]): string[] {
  if (!isTree(value)) return [path.join('.')]
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]))
}

function explain(error: z.ZodError, shape: Shape): string {
  return error.issues
    .map((issue) => {
      const where = issue.path.join('.')
      if (issue.code !== 'unrecognized_keys') return `${where}: ${issue.message}`
      const named = issue.keys.map((key) => [...issue.path, key].join('.'))
      return named.map((one) => `${one}: no such setting${suggestion(shape, one)}`).join('\n')
    })
    .join('\n')
}

function suggestion(shape: Shape, name: string): string {
  const wanted = plain(name.split(/__|\./).at(-1) ?? name)
  const close = namesOf(shape, []).find((path) => {
    const last = plain(path.split('.').at(-1) ?? '')
    return last.startsWith(wanted.slice(0, 5)) || wanted.startsWith(last)
  })
  return close ? `; did you mean ${close}?` : ''
}

function namesOf(shape: Shape, path: readonly string[]): string[] {
  return Object.entries(shape).flatMap(([key, child]) =>
    typeof child === 'object' ? namesOf(child, [...path, key]) : [[...path, key].join('.')],
  )
}
