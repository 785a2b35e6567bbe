// Requests by operation and status, and how long they took. Operations are those of the
// document, so that no caller can make up labels.

import { kept } from '../../src/base/kept.ts'
import type { Counter, Histogram, Labels, Metrics } from '../../src/base/metrics.ts'

const secondsBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30,
]

type OperationLabels = { readonly seconds: Labels; readonly requests: Map<number, Labels> }

export class RequestMetrics {
  readonly #requests: Counter
  readonly #seconds: Histogram
  /** By operation, then status: counters find labels that are kept at once. */
  readonly #labels = new Map<string, OperationLabels>()

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter(
      'rocketway_gateway_requests_total',
      'Requests by front, operation and status',
    )
    this.#seconds = metrics.histogram(
      'rocketway_gateway_request_duration_seconds',
      'Time from the request line to the answer, waits included',
      secondsBounds,
    )
  }

  record(operation: string, status: number, ms: number): void {
    const labels = kept(this.#labels, operation, () => ({
      seconds: { front: 'http', operation },
      requests: new Map<number, Labels>(),
    }))
    this.#requests.add(
      1,
      kept(labels.requests, status, () => ({ ...labels.seconds, status: String(status) })),
    )
    this.#seconds.record(ms / 1000, labels.seconds)
  }
}
