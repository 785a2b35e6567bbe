// The JSON header of a frame (serialize type 0): what every client sends by default.
//
// Keys are printed in the order of Java's encoder, so a header that Java wrote is printed back
// byte for byte. Numbers and booleans in extFields, which some clients send bare, become text
// as fastjson makes them; anything deeper is refused.
// Source: RemotingCommand, RemotingSerializable

import { MqError } from '../base/errors.ts'
import type { CommandHeader, RemotingCommand } from './command.ts'
import { languageOfName } from './language.ts'
import type { ExtFields } from './request.ts'

/** Reads a header. Throws `malformed-body` for anything that is not one. */
export function parseJsonHeader(text: string, body: Uint8Array | undefined): RemotingCommand {
  const header = parseObject(text)
  const remark = header['remark']
  return {
    code: integer(header['code'], 'code'),
    language: languageOfName(header['language']),
    version: integer(header['version'], 'version'),
    opaque: integer(header['opaque'], 'opaque'),
    flag: integer(header['flag'], 'flag'),
    remark: typeof remark === 'string' ? remark : undefined,
    ext: extFields(header['extFields']),
    body,
    serialization: 'json',
  }
}

export function printJsonHeader(command: CommandHeader): string {
  const { code, ext, extJson, flag, language, opaque, remark, version } = command
  const fields =
    extJson === undefined && ext === undefined
      ? ''
      : `,"extFields":${extJson ?? printExt(ext ?? {})}`
  const note = remark === undefined ? '' : `,"remark":${quote(remark)}`
  return `{"code":${code}${fields},"flag":${flag},"language":"${language}","opaque":${opaque}${note},"serializeTypeCurrentRPC":"JSON","version":${version}}`
}

/** JSON.stringify takes several times as long for an object of a few short texts. */
function printExt(ext: ExtFields): string {
  let printed = ''
  for (const key in ext) {
    printed += (keyStarts.get(key) ?? keyStart(key)) + quote(ext[key] ?? '')
  }
  return printed === '' ? '{}' : `{${printed.slice(1)}}`
}

/** `,"name":` of the names that were printed before. They come from a fixed table, mostly. */
const keyStarts = new Map<string, string>()
const keyStartsMax = 1024

function keyStart(key: string): string {
  const start = `,${JSON.stringify(key)}:`
  if (keyStarts.size < keyStartsMax) keyStarts.set(key, start)
  return start
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be escaped
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/

export const quote = (text: string): string =>
  escaped.test(text) ? JSON.stringify(text) : `"${text}"`

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the input, which may hold a secret.
    throw new MqError('malformed-body', 'the header is not JSON')
  }
  if (!isObject(value)) throw new MqError('malformed-body', 'the header is not an object')
  return value
}

/** Absent is 0, as in Java. The whole int32 range: an opaque may have wrapped. */
function integer(value: unknown, field: string): number {
  if (value === undefined) return 0
  if (typeof value === 'number' && (value | 0) === value) return value
  throw new MqError('malformed-body', 'a header field is not a whole number', { field })
}

/** The parsed object itself, made harmless: no prototype, all values text. */
function extFields(value: unknown): ExtFields | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw new MqError('malformed-body', 'extFields is not an object')
  for (const key in value) {
    const field = value[key]
    if (typeof field === 'string') continue
    if (field === null) delete value[key]
    else if (typeof field === 'number' || typeof field === 'boolean') setOwn(value, key, `${field}`)
    else throw new MqError('malformed-body', 'a field of extFields is not text')
  }
  Object.setPrototypeOf(value, null)
  return value as ExtFields
}

/** Assignment would call the setter of `__proto__`. */
const setOwn = (object: Record<string, unknown>, key: string, value: string): void => {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
