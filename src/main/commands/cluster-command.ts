// What all commands share that talk to a cluster: where it is, how answers are printed, and how
// a script is told what went wrong.
//
// Standard output is the answer: a table for people, or with --json one JSON value. Progress
// goes to standard error, when that is a terminal.

import CliTable from 'cli-table3'
import { Command } from 'commander'
import { MqError } from '../../base/errors.ts'
import { Client } from '../../client/client.ts'
import { systemClock } from '../../host/system-clock.ts'
import { systemRandom } from '../../host/system-random.ts'
import { tcp } from '../../host/tcp.ts'
import { type CertificateOptions, credentialsOf, tlsOf } from './secrets.ts'

/** 0: done. */
const exits = { refused: 1, usage: 2, notFound: 3, unreachable: 4 } as const

const notFound: ReadonlySet<string> = new Set([
  'not-found',
  'topic-not-found',
  'group-not-found',
  'message-not-found',
  'broker-not-found',
  'offset-not-found',
])
const unreachable: ReadonlySet<string> = new Set(['broker-unavailable', 'broker-timeout'])

export type ClusterOptions = CertificateOptions & {
  readonly namesrv: string
  readonly credentials?: string
  readonly json?: boolean
}

type Cell = string | number | boolean | undefined

const namesrvDefault = '127.0.0.1:9876'

/** A command with the options that all of them have; `run` gets a client that is closed after it. */
export function clusterCommand<A extends unknown[], O extends ClusterOptions>(
  usage: string,
  summary: string,
  examples: readonly string[],
  run: (client: Client, options: O, ...args: A) => Promise<void>,
): Command {
  const [name, ...operands] = usage.split(' ')
  const command = new Command(name)
  for (const operand of operands) command.argument(operand)
  return command
    .description(summary)
    .option(
      '-n, --namesrv <addresses>',
      'name servers, host:port, separated by semicolons; also NAMESRV_ADDR',
      process.env['NAMESRV_ADDR'] ?? namesrvDefault,
    )
    .option(
      '--credentials <file>',
      'signs requests: JSON with accessKey and secretKey; also MQ_ACCESS_KEY and MQ_SECRET_KEY',
    )
    .option('--tls', 'speaks TLS, and looks at certificates')
    .option('--ca <file>', 'whose certificates are believed, PEM; else those of the system')
    .option('--cert <file>', 'the certificate that is shown, PEM, with --key-file')
    .option('--key-file <file>', 'its key, PEM')
    .option('--no-verify', 'takes any certificate')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}`).join('\n')}`)
    .action(async (...given: unknown[]) => {
      const options = command.opts<O>()
      let client: Client | undefined
      try {
        client = connect(options)
        await run(client, options, ...(given.slice(0, -2) as A))
      } catch (error) {
        sayRefusal(error)
      } finally {
        await client?.stop()
      }
    })
}

/** A noun: `rocketway topic …`. */
export function noun(name: string, summary: string, verbs: readonly Command[]): Command {
  const command = new Command(name).summary(summary).description(summary)
  for (const verb of verbs) command.addCommand(verb)
  return command
}

export const nameServersOf = ({ namesrv }: ClusterOptions): readonly string[] =>
  namesrv.split(';').filter((one) => one !== '')

function connect(options: ClusterOptions): Client {
  return new Client({
    nameServers: nameServersOf(options),
    network: tcp,
    clock: systemClock,
    random: systemRandom,
    credentials: credentialsOf(options.credentials),
    tls: tlsOf(options),
  })
}

/** What was refused, in a sentence for people and a code for scripts; a bug of ours is thrown. */
export function sayRefusal(error: unknown): void {
  if (!(error instanceof MqError)) throw error
  process.stderr.write(`${sentenceOf(error)}\n`)
  process.exitCode = exitOf(error)
}

function exitOf({ failure }: MqError): number {
  if (notFound.has(failure)) return exits.notFound
  if (unreachable.has(failure)) return exits.unreachable
  return failure === 'invalid-argument' ? exits.usage : exits.refused
}

function sentenceOf(error: MqError): string {
  const detail = Object.entries(error.detail).map(([name, value]) => `${name}=${value}`)
  return detail.length === 0 ? error.message : `${error.message} (${detail.join(', ')})`
}

/** Rows of one kind: a table whose columns are the names of the first row's fields. */
export function printRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  options: ClusterOptions,
): void {
  if (options.json) {
    print(JSON.stringify(rows))
    return
  }
  const [first] = rows
  if (!first) {
    print('nothing')
    return
  }
  const columns = Object.keys(first)
  const table = newTable(columns.map(spaced))
  for (const row of rows) table.push(columns.map((column) => shown(column, row[column])))
  print(table.toString())
}

/** One thing: a table of names and values. */
export function printOne(one: Readonly<Record<string, unknown>>, options: ClusterOptions): void {
  if (options.json) {
    print(JSON.stringify(one))
    return
  }
  const table = newTable([])
  for (const [name, value] of Object.entries(one)) table.push([spaced(name), shown(name, value)])
  print(table.toString())
}

/** What was done, for people; for scripts an empty object says as much. */
export const printDone = (sentence: string, options: ClusterOptions): void =>
  print(options.json ? '{}' : sentence)

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** Overwrites one line of a terminal; nothing where nobody looks. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** Refuses what does not mean a whole number of at least `min`. */
export function wholeNumber(text: string, name: string, min = 0): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value
  throw new MqError('invalid-argument', `${name} is a number of at least ${min}`, { given: text })
}

/** ISO 8601, or ms since 1970. */
export function timeOf(text: string, name: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(value)) return value
  throw new MqError('invalid-argument', `${name} is a time: ISO 8601 or milliseconds`, {
    given: text,
  })
}

/** `name=value`. */
export function pairs(given: readonly string[]): Map<string, string> {
  return new Map(
    given.map((one) => {
      const at = one.indexOf('=')
      if (at > 0) return [one.slice(0, at), one.slice(at + 1)]
      throw new MqError('invalid-argument', 'expected name=value', { given: one })
    }),
  )
}

export const collect = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  value,
]

/** `lastStoredAt` → `last stored at`. */
const spaced = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function shown(name: string, value: unknown): Cell {
  if (name.endsWith('At') && typeof value === 'number') {
    return value === 0 ? '' : new Date(value).toISOString()
  }
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return value === undefined ? '' : String(value)
}

const newTable = (head: readonly string[]) =>
  new CliTable({
    head: [...head],
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  })
