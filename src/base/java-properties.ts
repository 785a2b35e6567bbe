// The text form of java.util.Properties: broker.conf, and the bodies of the requests that read
// and change settings. Not served: \uXXXX escapes.

/** `key=value` lines as java.util.Properties reads them: # and ! comments, = or : or blank. */
export function parseProperties(source: string): Map<string, string> {
  const found = new Map<string, string>()
  const joined = source.replaceAll(/\\\r?\n\s*/g, '')
  for (const raw of joined.split(/\r?\n/)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
    const match = /^([^\s=:]+)\s*[=:\s]\s*(.*)$/.exec(line)
    found.set(match?.[1] ?? line, (match?.[2] ?? '').trim())
  }
  return found
}

/** One `key=value` a line, sorted by key. */
export const printProperties = (values: Iterable<readonly [string, string]>): string =>
  [...values]
    .map(([key, value]) => `${key}=${value}\n`)
    .sort()
    .join('')
