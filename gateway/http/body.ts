// Request bodies: read into one buffer, never more than allowed, unpacked where they are
// packed; and JSON out of them.

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { type Failure, MqError } from '../../src/base/errors.ts'
import { isObject, type Json, malformed } from '../core/envelope.ts'
import { unzstd } from './zstd.ts'

const depthMax = 64

export type BodyLimit = {
  readonly bytesMax: number
  /** What a longer body is refused with. */
  readonly tooLarge: Failure
}

/** The body as it was meant. Rejects when it is too large, or packed in a way we do not know. */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  limit: BodyLimit,
): Promise<Buffer> {
  const encoding = req.headers['content-encoding']
  const raw = await readRaw(req, res, limit)
  if (encoding === undefined || encoding === 'identity') return raw
  const unpack = encodings.get(encoding.toLowerCase())
  if (!unpack) throw new MqError('unsupported-media-type', 'the content encoding is not supported')
  try {
    return await unpack(raw, { maxOutputLength: limit.bytesMax })
  } catch (cause) {
    const isBomb = cause instanceof RangeError
    throw new MqError(isBomb ? 'decompression-limit' : 'malformed-body', undefined, {}, { cause })
  }
}

type Unpack = (raw: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>

const encodings = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['zstd', unzstd],
])

function readRaw(req: IncomingMessage, res: ServerResponse, limit: BodyLimit): Promise<Buffer> {
  const tooLarge = () => new MqError(limit.tooLarge, undefined, { bytesMax: limit.bytesMax })
  const declared = Number(req.headers['content-length'] ?? 0)
  if (declared > limit.bytesMax) return Promise.reject(tooLarge())
  if (req.headers.expect !== undefined) res.writeContinue()

  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit.bytesMax) return
      req.pause()
      reject(tooLarge())
    })
    req.on('end', () => {
      const [first] = chunks
      resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks, size))
    })
    req.on('error', (cause) => reject(new MqError('request-timeout', undefined, {}, { cause })))
    req.on('close', () => {
      if (!req.complete) reject(new MqError('request-timeout'))
    })
  })
}

/** The JSON object of a body, with none but `members`. */
export function jsonObject(body: Buffer, members: ReadonlySet<string>): Json {
  const value = parseJson(body)
  if (!isObject(value)) malformed('', 'must be a JSON object')
  checkMembers(value, members, '')
  return value
}

/** Refuses members that mean nothing: a misspelt one would be lost in silence. */
export function checkMembers(value: Json, members: ReadonlySet<string>, at: string): void {
  for (const name of Object.keys(value)) {
    if (!members.has(name)) malformed(`${at}/${name.slice(0, 64)}`, 'is not known here')
  }
}

/** Any JSON value. */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) malformed('', 'is not UTF-8')
  checkDepth(body)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return malformed('', 'is not JSON')
  }
}

const quote = 0x22
const backslash = 0x5c

/** Refuses what nests deeper than anyone means to. Runs over the bytes: cheaper than parsing. */
function checkDepth(body: Buffer): void {
  let depth = 0
  let isText = false
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (isText) {
      if (byte === backslash) i++
      else if (byte === quote) isText = false
    } else if (byte === quote) isText = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > depthMax) malformed('', `is nested deeper than ${depthMax}`)
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
}
