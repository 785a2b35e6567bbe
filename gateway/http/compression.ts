// Answers packed for those who say that they take it: from a size on where it is worth it, and
// never a stream, whose lines must arrive one by one. Source: RFC 9110 section 12.5.3.

import type { ServerResponse } from 'node:http'
import zlib, { createGzip } from 'node:zlib'

export const packedBytesMin = 1024

const gzipOptions = { level: 1 }

/** Node has zstd from 22 on. */
const { createZstdCompress } = zlib as { createZstdCompress?: () => zlib.Gzip }

type Encoding = 'gzip' | 'zstd'

/** The best that both sides have. */
export function encodingOf(accepted: string | undefined): Encoding | undefined {
  if (accepted === undefined) return undefined
  const names = accepted
    .toLowerCase()
    .split(',', 16)
    .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
    .map((one) => one.split(';', 1)[0]?.trim())
  if (createZstdCompress && names.includes('zstd')) return 'zstd'
  return names.includes('gzip') ? 'gzip' : undefined
}

/** Sends the body packed, without holding up the loop. */
export function endPacked(res: ServerResponse, body: string | Uint8Array, by: Encoding): void {
  const packer =
    by === 'zstd' && createZstdCompress ? createZstdCompress() : createGzip(gzipOptions)
  // A caller that has gone: nothing is left to do.
  packer.on('error', () => res.destroy())
  res.once('close', () => packer.destroy())
  packer.pipe(res)
  packer.end(body)
}
