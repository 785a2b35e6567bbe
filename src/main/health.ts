// Asks a management port whether the program behind it is ready.

/** Exit codes as everywhere in this command: 0 fine, 5 not available (now). */
export async function health(url: string): Promise<void> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2500) })
    const text = await response.text()
    process.stdout.write(`${response.ok ? 'ready' : `not ready: ${text.trim()}`}\n`)
    process.exitCode = response.ok ? 0 : 5
  } catch (error) {
    process.stderr.write(`${url} cannot be reached: ${reason(error)}\n`)
    process.exitCode = 5
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
