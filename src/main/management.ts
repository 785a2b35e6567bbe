// The management port of a namesrv or a broker: /livez, /readyz and /metrics. Off unless
// `management.listen` says where; metrics are counted only then. A gateway has its own.

import * as z from 'zod'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import { systemClock } from '../host/system-clock.ts'

export const managementSettings = z.strictObject({
  listen: z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, 'must be host:port')
    .optional()
    .describe('Where /livez, /readyz and /metrics are served, without a credential.'),
})

/** What a program needs of its management port before it has a service to put behind it. */
export type ManagementPort = {
  readonly metrics: Metrics
  /** The service and the port, which answers from before the start to after the stop. */
  around(service: Service, ready: () => boolean): Service
  /** Its address once started; nothing when it is off. */
  listen(): Record<string, string>
}

export async function managementPort({
  listen,
}: z.output<typeof managementSettings>): Promise<ManagementPort> {
  if (listen === undefined) {
    return { metrics: noMetrics, around: (service) => service, listen: () => ({}) }
  }
  // Loaded when they are used: they take longer to load than the rest of a broker.
  const { otelMetrics } = await import('../host/otel-metrics.ts')
  const { addressOf } = await import('../../gateway/config.ts')
  const { createManagement } = await import('../../gateway/http/management.ts')
  const metrics = otelMetrics()
  const config = addressOf(listen)
  let port = 0
  return {
    metrics,
    around(service, ready) {
      let isServing = false
      const management = createManagement({
        clock: systemClock,
        config,
        ready: async () => isServing && ready(),
        prometheus: () => metrics.prometheus(),
      })
      const serving: Service = {
        name: 'readiness',
        start() {
          port = management.port
          isServing = true
        },
        stop() {
          isServing = false
        },
      }
      const counted: Service = { name: 'metrics', start() {}, stop: () => metrics.stop() }
      const all = new Lifecycle([counted, management, service, serving])
      return { name: service.name, start: () => all.start(), stop: () => all.stop() }
    },
    listen: () => ({ management: `${config.host}:${port}` }),
  }
}
