// How header fields are written in `extFields`, where every value is text.
// Types of request headers are inferred from these declarations (see request.ts).

import { MqError } from '../base/errors.ts'

/** One header field. `wire` is its name in extFields when it differs from the property. */
export type Field<T> = {
  parse(text: string): T
  print(value: T): string
  readonly optional: boolean
  readonly wire: string | undefined
  /** Given when the peer may leave the field out and Java then assumes a value. */
  readonly fallback: T | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: the variance of Field<T> has no other bound
export type Fields = Readonly<Record<string, Field<any>>>

type Optional<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? K : never
}[keyof F]

/** The value type of a declared header: optional fields may be absent. */
export type HeaderOf<F extends Fields> = {
  readonly [K in Exclude<keyof F, Optional<F>>]: ReturnType<F[K]['parse']>
} & { readonly [K in Optional<F>]?: ReturnType<F[K]['parse']> | undefined }

type Required<T> = Field<T> & { readonly optional: false }

const field = <T>(parse: (text: string) => T, print: (value: T) => string): Required<T> => ({
  parse,
  print,
  optional: false,
  wire: undefined,
  fallback: undefined,
})

/** As Java's parseInt and parseLong take it: Number would also read '0x10', '1e3' and ' 1 '. */
const decimal = /^[-+]?\d+$/

/** Longer ones may not be exact. */
const digitsMax = 15

/** The number that a text of digits means; NaN for any other. Three times as fast as Number. */
export function fromDigits(text: string): number {
  if (text.length === 0 || text.length > digitsMax) return Number.NaN
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const fast = fromDigits(text)
    if (fast >= min && fast <= max) return fast
    const value = Number(text)
    if (!(value >= min && value <= max) || !decimal.test(text)) {
      throw new MqError('invalid-argument', 'not a whole number in range', { min, max })
    }
    return value === 0 ? 0 : value
  }

export const text = field<string>(
  (value) => value,
  (value) => value,
)

export const i32 = field<number>(integer(-(2 ** 31), 2 ** 31 - 1), String)

/**
 * Java `long`. Offsets, positions and times stay below 2^53, so a JS number holds them. The
 * two ends of the Java range, which clients send for "no limit", are brought to that range.
 */
export const i64 = field<number>((value) => {
  if (value.length > digitsMax) {
    if (value === '9223372036854775807') return Number.MAX_SAFE_INTEGER
    if (value === '-9223372036854775808') return Number.MIN_SAFE_INTEGER
  }
  return wholeNumber(value)
}, String)

const wholeNumber = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

/** Java `Boolean.parseBoolean`: anything but "true" is false. */
export const bool = field<boolean>(
  (value) => value === 'true' || (value !== 'false' && value.toLowerCase() === 'true'),
  String,
)

/** A field that the peer may leave out; its value is then undefined. */
export const maybe = <T>(of: Required<T>): Field<T> & { readonly optional: true } => ({
  ...of,
  optional: true,
})

/** A field that the peer may leave out; its value is then `fallback`. */
export const orElse = <T>(of: Required<T>, fallback: T): Required<T> => ({ ...of, fallback })

/** A field whose name on the wire differs: the single letters of SEND_MESSAGE_V2. */
export const named = <F extends Field<unknown>>(wire: string, of: F): F => ({ ...of, wire })
