// Settings that may change while a gateway runs, and what of a new file needs a restart. The keys
// files count too: what opens doors must be replaceable without closing them.

import type { GatewayConfig } from './config.ts'

/** Read at each use, so that a change counts from the next request. */
export type Live = { config: GatewayConfig }

/** What a reload did; paths of settings. */
export type Reloaded = {
  readonly changed: readonly string[]
  /** Different in the file, and as they were until the next start. */
  readonly needRestart: readonly string[]
}

const livePaths = [
  'cors.',
  'limits.perKey.',
  'limits.perTenant.',
  'limits.perAddress.',
  'limits.refusalsPerSecond',
  'http.trustedProxies',
  'http.accessLog',
]

const isLive = (path: string): boolean => livePaths.some((one) => path.startsWith(one))

/** Takes over what may change. */
export function reloadInto(live: Live, next: GatewayConfig): Reloaded {
  const before = new Map(leavesOf(live.config, ''))
  const after = new Map(leavesOf(next, ''))
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  const different = paths.filter((path) => before.get(path) !== after.get(path))
  const { cors, limits, http } = next
  const { perKey, perTenant, perAddress, refusalsPerSecond } = limits
  const { trustedProxies, accessLog } = http
  live.config = {
    ...live.config,
    cors,
    limits: { ...live.config.limits, perKey, perTenant, perAddress, refusalsPerSecond },
    http: { ...live.config.http, trustedProxies, accessLog },
  }
  return {
    changed: different.filter(isLive),
    needRestart: different.filter((path) => !isLive(path)),
  }
}

/** Lists are values. */
function leavesOf(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value === undefined ? [] : [[path, JSON.stringify(value)]]
  }
  return Object.entries(value).flatMap(([name, child]) =>
    leavesOf(child, path === '' ? name : `${path}.${name}`),
  )
}
