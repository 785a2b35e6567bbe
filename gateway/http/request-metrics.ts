// Requests by operation and status, and how long they took. Operations are those of the
// document, so that no caller can make up labels.

import type { Counter, Histogram, Metrics } from '../../src/base/metrics.ts'

const secondsBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30,
]

export class RequestMetrics {
  readonly #requests: Counter
  readonly #seconds: Histogram

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
    this.#requests.add(1, { front: 'http', operation, status: String(status) })
    this.#seconds.record(ms / 1000, { front: 'http', operation })
  }
}
