// The secrets that commands are given: in files, in the environment or on standard input. The
// command line is no place for them, as others see it.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { credentialsShape } from '../../access/shapes.ts'
import type { Credentials } from '../../access/signature.ts'
import { MqError } from '../../base/errors.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import type { TlsClient } from '../../base/network.ts'

const standardInput = '-'

/** What requests are signed with; undefined: they are not. Throws `invalid-argument`. */
export function credentialsOf(file: string | undefined): Credentials | undefined {
  if (file === undefined) {
    const { MQ_ACCESS_KEY: accessKey, MQ_SECRET_KEY: secretKey } = process.env
    return accessKey && secretKey ? { accessKey, secretKey } : undefined
  }
  const parsed = credentialsShape.safeParse(parseLooseJson(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  throw new MqError('invalid-argument', 'expected JSON with accessKey and secretKey', { file })
}

export type CertificateOptions = {
  readonly tls?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly keyFile?: string
  readonly verify?: boolean
}

/** How connections are made; undefined: in plain text. Throws `invalid-argument`. */
export function tlsOf(options: CertificateOptions): TlsClient | undefined {
  const { tls, ca, cert, keyFile, verify = true } = options
  if (!tls) {
    if (ca === undefined && cert === undefined && keyFile === undefined && verify) return undefined
    throw new MqError('invalid-argument', '--ca, --cert, --key-file and --no-verify go with --tls')
  }
  if ((cert === undefined) !== (keyFile === undefined)) {
    throw new MqError('invalid-argument', '--cert and --key-file go together')
  }
  return { verify, ca: textOf(ca), cert: textOf(cert), key: textOf(keyFile) }
}

const textOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8')

/**
 * The first line of a file, of standard input, or what is typed at a terminal, which does not
 * show it. Throws `invalid-argument` when there is none.
 */
export async function firstLine(file: string | undefined, question: string): Promise<string> {
  const line =
    file === undefined || file === standardInput
      ? await typed(question)
      : readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]
  if (line) return line
  throw new MqError('invalid-argument', 'the secret is blank')
}

/** At a terminal a reader without an output echoes nothing. */
async function typed(question: string): Promise<string | undefined> {
  const isTerminal = process.stdin.isTTY
  if (isTerminal) process.stderr.write(question)
  const lines = createInterface({ input: process.stdin, terminal: isTerminal })
  try {
    for await (const line of lines) return line
    return undefined
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}
