// What can be short, and what is counted when it is: each resource has a metric of its own, which is
// there from the start, so that an alert can be set on each. What clients are told, and what helps:
// docs/runbook/shortages.md.
//
// Whoever refuses says which resource it was: the store (disk), the dispatcher (memory, client),
// those who hold requests (waiting), the listener and its connections (connections, frames,
// outbound). Sends that are stored, but not as durable as promised, count as well (slave, disk).
// Nothing grows meanwhile: clients try elsewhere or later.

import { MqError } from '../base/errors.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Hook } from '../remoting/dispatcher.ts'

export const resources = {
  disk: 'Requests that found no room on the disk, or that it is slow or broken.',
  slave: 'Sends that were stored, and that no slave has in time.',
  memory: 'Requests refused because those that wait hold too many bytes.',
  client: 'Requests refused because their client has too many that wait.',
  waiting: 'Pulls and pops refused because too many are held.',
  connections: 'Connections refused because there are too many.',
  frames: 'Connections closed because unfinished requests took too many bytes.',
  outbound: 'Times that a client was not read from until it takes its answers.',
} as const

type Resource = keyof typeof resources

/** Counts one shortage of a resource. */
export type Short = (resource: Resource) => void

export function countShortages(metrics: Metrics): Short {
  const counters = new Map(
    Object.entries(resources).map(([resource, help]) => {
      const counter = metrics.counter(`rocketway_broker_short_${resource}_total`, help)
      counter.add(0)
      return [resource, counter]
    }),
  )
  return (resource) => counters.get(resource)?.add(1)
}

/** FLUSH_DISK_TIMEOUT, SLAVE_NOT_AVAILABLE, FLUSH_SLAVE_TIMEOUT. Source: ResponseCode. */
const shortByCode: Readonly<Record<number, Resource>> = { 10: 'disk', 11: 'slave', 12: 'slave' }

const isResource = (value: unknown): value is Resource =>
  typeof value === 'string' && Object.hasOwn(resources, value)

export const shortages = (short: Short): Hook => ({
  refused(_, error) {
    if (!(error instanceof MqError)) return
    const { resource } = error.detail
    if (isResource(resource)) short(resource)
  },
  after(_, code) {
    const resource = shortByCode[code]
    if (resource !== undefined) short(resource)
  },
})
