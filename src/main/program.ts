// What every program has in common: settings from where they come, the host's ports, a start
// that says `ready`, and a stop on SIGTERM and SIGINT.

import * as z from 'zod'
import { MqError } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { type LogLevel, pinoLog } from '../host/pino-log.ts'
import { systemClock } from '../host/system-clock.ts'
import { loadSettings, SettingsError, type Sources } from './settings.ts'

/** The options that every program takes on the command line. */
export type ProgramOptions = {
  readonly config?: string
  readonly data: string
  readonly set: readonly string[]
  readonly log: LogLevel
  readonly listen?: string
  readonly namesrv?: string
  readonly ports?: string
  readonly gatewayHost?: string
  readonly requireAuth?: boolean
}

// Settings are checked once: a validator made by `new Function` would not pay for itself.
z.config({ jitless: true })

/** Wrong words on the command line or in the settings, and a start that failed for good. */
const exitUsage = 2
const exitUnavailable = 5
/** How long an orderly stop may take before the process ends anyway. */
const stopMs = 30_000

/** What a program itself sets before and after the file. */
type MoreSettings = Pick<Sources, 'base'> & { flags?: Record<string, string | undefined> }

/** Reads the settings of a program; ends the process with what is wrong with them. */
export async function settingsOf<S extends z.ZodObject>(
  schema: S,
  options: ProgramOptions,
  more: MoreSettings,
  log: Log,
): Promise<z.output<S>> {
  try {
    return await readSettings(schema, options, more, log)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(exitUsage)
  }
}

/** The same for a program that runs already: throws a {@link SettingsError} instead. */
export async function readSettings<S extends z.ZodObject>(
  schema: S,
  options: ProgramOptions,
  more: MoreSettings,
  log: Log,
): Promise<z.output<S>> {
  const flags = { ...more.flags, ...parsePairs(options.set) }
  const { value, ignored } = await loadSettings(schema, {
    file: options.config,
    env: process.env,
    flags,
    ...(more.base ? { base: more.base } : {}),
  })
  if (ignored.length > 0) log.warn('settings-ignored', { ignored })
  return value
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at <= 0) throw new SettingsError(`--set ${pair}: must be path=value`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** The address of `--listen` as the settings of a remoting port. */
export function listenFlags(
  part: 'namesrv' | 'broker' | 'controller',
  listen: string | undefined,
): Record<string, string | undefined> {
  if (listen === undefined) return {}
  const at = listen.lastIndexOf(':')
  return {
    [`${part}.bindAddress`]: listen.slice(0, at).replace(/^\[(.*)\]$/, '$1'),
    [`${part}.listenPort`]: listen.slice(at + 1),
  }
}

export const logOf = (options: ProgramOptions): Log => pinoLog(options.log)

/**
 * Runs a program until it is told to stop. Once it serves, `ready` gives the addresses for
 * its `ready {…}` line and what else it has to say to a person.
 */
export async function runProgram(
  service: Service,
  log: Log,
  ready: () => { listen: Record<string, string>; text?: string },
): Promise<void> {
  const stopped = stopSignal()
  try {
    await service.start()
  } catch (error) {
    log.error('start-failed', { error })
    cannotStart(service.name, error)
  }
  const { listen, text } = ready()
  if (text !== undefined) process.stdout.write(text)
  process.stdout.write(`ready ${JSON.stringify(listen)}\n`)

  log.info('stopping', { signal: await stopped })
  systemClock.after(stopMs, () => {
    log.error('stop-took-too-long', { stopMs })
    process.exit(1)
  })
  await service.stop()
  log.info('stopped')
  process.exit(0)
}

/** A second signal ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(1)
        isStopping = true
        resolve(signal)
      })
    }
  })
}

/** Says in one line why, with all causes and what they are about, and ends the process. */
export function cannotStart(name: string, error: unknown): never {
  const reasons: string[] = []
  for (let one = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) {
    const detail = one instanceof MqError ? Object.entries(one.detail) : []
    const about = detail.map(([key, value]) => ` (${key} ${value})`).join('')
    reasons.push(`${one instanceof Error ? one.message : String(one)}${about}`)
  }
  process.stderr.write(`${name} cannot start: ${reasons.join(': ').replaceAll('\n', ' ')}\n`)
  process.exit(exitUnavailable)
}
