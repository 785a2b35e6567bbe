// The port for logging. `event` is a constant kebab phrase ('store-recovered'); what varies
// goes into `fields`. Log once, where the thing is handled; per message only at debug.

export type LogFields = Readonly<Record<string, unknown>>

export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  child(fields: LogFields): Log
}

/** Drops everything: for tests and for programs that show their own output. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
