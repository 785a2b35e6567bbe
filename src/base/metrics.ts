// The port for metrics: OpenTelemetry in src/host, a recorder in tests.
// Names are Prometheus style with a unit: rocketway_<part>_<what>_<unit>.

export type Labels = Readonly<Record<string, string>>

export type Counter = { add(count: number, labels?: Labels): void }
export type Histogram = { record(value: number, labels?: Labels): void }

export type Metrics = {
  counter(name: string, help: string): Counter
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  /** `read` is called when the metric is collected; it may report several label sets. */
  gauge(
    name: string,
    help: string,
    read: (set: (value: number, labels?: Labels) => void) => void,
  ): void
}

export const noMetrics: Metrics = {
  counter: () => ({ add() {} }),
  histogram: () => ({ record() {} }),
  gauge() {},
}
