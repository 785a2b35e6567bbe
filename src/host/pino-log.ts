// The log port over pino: one JSON object a line on standard error, control characters
// escaped by JSON itself. Standard output belongs to what a program has to say to people.

import { destination, type Logger, pino } from 'pino'
import type { Log, LogFields } from '../base/log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export function pinoLog(level: LogLevel): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 2, sync: true }),
  )
  return adapt(logger)
}

function adapt(logger: Logger): Log {
  return {
    debug: (event, fields) => logger.debug(readable(fields), event),
    info: (event, fields) => logger.info(readable(fields), event),
    warn: (event, fields) => logger.warn(readable(fields), event),
    error: (event, fields) => logger.error(readable(fields), event),
    child: (fields) => adapt(logger.child(fields)),
  }
}

/** An error in a field is shown as its messages down to the first cause, and its stack. */
function readable(fields: LogFields = {}): LogFields {
  const error = fields['error']
  if (!(error instanceof Error)) return fields
  const messages: string[] = []
  for (let one: unknown = error; one instanceof Error; one = one.cause) messages.push(one.message)
  return { ...fields, error: messages.join(': '), stack: error.stack }
}
