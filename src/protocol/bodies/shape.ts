// How JSON bodies are declared: one shape reads what Java's fastjson and other clients write
// and prints what they read. Types are inferred from it.
//
// Reading is tolerant: unknown keys are passed over, null counts as absent, numbers may come as
// text, keys of maps may be bare integers or whole objects. Printing is strict JSON with sorted
// keys and no nulls; only maps by MessageQueue have the objects as keys that Java requires.
// Source: fastjson 1.2 as RemotingSerializable uses it

import { MqError } from '../../base/errors.ts'
import { parseLooseJson } from '../../base/loose-json.ts'

export type Shape<T> = {
  /** Throws `malformed-body`, naming the field. `undefined` and null are what is absent. */
  parse(value: unknown, field: string): T
  print(value: T): string
  /** Where absence is a value of its own. */
  readonly optional?: boolean
}

export type ValueOf<S> = S extends Shape<infer T> ? T : never

/** A whole body. */
export type BodySpec<T> = {
  /** Throws `malformed-body`. */
  parse(bytes: Uint8Array): T
  print(value: T): Uint8Array
}

export const body = <T>(shape: Shape<T>): BodySpec<T> => ({
  parse: (bytes) => shape.parse(parseLooseJson(utf8(bytes)), 'body'),
  print: (value) => Buffer.from(shape.print(value)),
})

export const text: Shape<string> = {
  parse(value, field) {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
    throw wrong(field)
  },
  print: JSON.stringify,
}

/** Longs included. What lies beyond 2^53, "no limit" in Java, is brought to that range. */
export const whole: Shape<number> = {
  parse(value, field) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number)) throw wrong(field)
    return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number))
  },
  print: String,
}

/** Java `double`: printed with a fraction, as Java does. */
export const double: Shape<number> = {
  parse(value, field) {
    const number = typeof value === 'string' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) throw wrong(field)
    return number
  },
  print: (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value)),
}

export const bool: Shape<boolean> = {
  parse(value, field) {
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw wrong(field)
  },
  print: String,
}

/**
 * The name of a Java enum. Go writes some in another case, so case does not count. What is
 * absent or not known is the first one: fastjson makes it null, which Java then takes so.
 */
export const nameOf = <T extends string>(first: T, ...others: readonly T[]): Shape<T> => ({
  parse(value) {
    const upper = typeof value === 'string' ? value.toUpperCase() : undefined
    return others.find((name) => name === upper) ?? first
  },
  print: JSON.stringify,
})

/** May be absent. */
export const optional = <T>(of: Shape<T>): Shape<T | undefined> & { readonly optional: true } => ({
  parse: (value, field) => (isAbsent(value) ? undefined : of.parse(value, field)),
  print: (value) => (value === undefined ? 'null' : of.print(value)),
  optional: true,
})

/** What is absent counts as `fallback`. */
export const orElse = <T>(of: Shape<T>, fallback: T): Shape<T> => ({
  parse: (value, field) => (isAbsent(value) ? fallback : of.parse(value, field)),
  print: of.print,
})

/** Absent is empty. */
export const list = <T>(of: Shape<T>): Shape<readonly T[]> => ({
  parse(value, field) {
    if (isAbsent(value)) return []
    if (!Array.isArray(value)) throw wrong(field)
    return value.map((item) => of.parse(item, field))
  },
  print: (items) => `[${items.map((item) => of.print(item)).join(',')}]`,
})

/** By text. Absent is empty. */
export const map = <T>(of: Shape<T>): Shape<ReadonlyMap<string, T>> =>
  mapBy(of, (key) => key, JSON.stringify)

/** By integer. Keys are printed quoted, which every reader takes. Absent is empty. */
export const intMap = <T>(of: Shape<T>): Shape<ReadonlyMap<number, T>> =>
  mapBy(
    of,
    (key, field) => whole.parse(key, field),
    (key) => `"${key}"`,
  )

type Fields = Readonly<Record<string, Shape<unknown>>>

type OptionalKey<F> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? K : never
}[keyof F]

type ObjectOf<F> = { readonly [K in Exclude<keyof F, OptionalKey<F>>]: ValueOf<F[K]> } & {
  readonly [K in OptionalKey<F>]?: ValueOf<F[K]>
}

/** An object of known fields. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const rows = Object.entries(fields).sort(byKey)
  return {
    parse(value, field) {
      const from = objectFrom(value, field)
      const parsed: Record<string, unknown> = {}
      for (const [key, shape] of rows) {
        const part = shape.parse(from[key], key)
        if (part !== undefined) parsed[key] = part
      }
      return parsed as ObjectOf<F>
    },
    print(value) {
      const values = value as Readonly<Record<string, unknown>>
      const parts = rows
        .filter(([key]) => values[key] !== undefined)
        .map(([key, shape]) => `"${key}":${shape.print(values[key])}`)
      return `{${parts.join(',')}}`
    },
  }
}

/** MessageQueue: the place of a queue in the cluster. */
export const messageQueue = object({ brokerName: text, queueId: whole, topic: text })

export type MessageQueue = ValueOf<typeof messageQueue>

/** By MessageQueue, in the form that only fastjson reads: the keys are objects. */
export const queueMap = <T>(of: Shape<T>): Shape<readonly (readonly [MessageQueue, T])[]> => ({
  parse: (value, field) =>
    isAbsent(value)
      ? []
      : Object.entries(objectFrom(value, field)).map(([key, item]) => [
          messageQueue.parse(parseLooseJson(key), field),
          of.parse(item, field),
        ]),
  print: (pairs) =>
    `{${pairs.map(([queue, item]) => `${messageQueue.print(queue)}:${of.print(item)}`).join(',')}}`,
})

function mapBy<K, T>(
  of: Shape<T>,
  parseKey: (key: string, field: string) => K,
  printKey: (key: K) => string,
): Shape<ReadonlyMap<K, T>> {
  return {
    parse(value, field) {
      const entries = isAbsent(value) ? [] : Object.entries(objectFrom(value, field))
      return new Map(
        entries.map(([key, item]): [K, T] => [parseKey(key, field), of.parse(item, key)]),
      )
    },
    print: (values) =>
      `{${[...values].map(([key, item]) => `${printKey(key)}:${of.print(item)}`).join(',')}}`,
  }
}

function objectFrom(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field)
  return value as Readonly<Record<string, unknown>>
}

const isAbsent = (value: unknown): value is null | undefined =>
  value === undefined || value === null

/** A function, not a constant: shapes are declared while this file is still being loaded. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

const wrong = (field: string): MqError =>
  new MqError('malformed-body', 'a field of the body is wrong', { field })
