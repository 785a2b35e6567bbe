// Which web pages may talk to this gateway. A browser sends `Origin` with whatever a page makes
// it ask for; a name that was re-pointed to 127.0.0.1 shows in `Host`. Both are judged before a
// request has any effect (security tests S16, S17).

export type OriginRule = {
  /** Whole origins as `https://app.example.com`; `*` allows any. */
  readonly origins: readonly string[]
}

export type OriginRequest = {
  readonly origin: string | undefined
  readonly host: string | undefined
  /** The address of this side of the connection. */
  readonly localAddress: string | undefined
}

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Whether the request may go on. No `Origin` is no browser page; the gateway's own page is
 * same-origin; anything else must be listed. 'null' (sandboxed or file: pages) is an origin
 * like any other and not listed by default.
 */
export function isOriginAllowed(request: OriginRequest, rule: OriginRule): boolean {
  const { origin, host } = request
  if (origin === undefined) return true
  if (rule.origins.includes(origin) || rule.origins.includes('*')) return true
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/** On a loopback connection only a loopback name is believed, or one that is listed. */
export function isHostAllowed(request: OriginRequest, rule: OriginRule): boolean {
  if (!isLoopback(request.localAddress)) return true
  const name = hostName(request.host)
  if (name !== undefined && loopbackNames.has(name)) return true
  return rule.origins.some(
    (origin) => URL.canParse(origin) && new URL(origin).host === request.host,
  )
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}

function hostName(host: string | undefined): string | undefined {
  return host?.replace(/:\d+$/, '').toLowerCase()
}
