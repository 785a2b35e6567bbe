// The metrics port over OpenTelemetry's SDK; Prometheus text comes from its own serializer.
// Counters are plain numbers that are read when somebody asks: an addition to one of the SDK's
// own costs half a microsecond.

import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Labels, Metrics } from '../base/metrics.ts'

export type CollectedMetrics = Metrics & {
  /** The Prometheus text format 0.0.4, collected now. */
  prometheus(): Promise<string>
  stop(): Promise<void>
}

export function otelMetrics(): CollectedMetrics {
  // The exporter is used as a reader only: its own server is never started, the management
  // port of the program that owns these metrics serves the text.
  const reader = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [reader] })
  const meter = provider.getMeter('rocketway')
  const serializer = new PrometheusSerializer()

  return {
    counter(name, help) {
      const cells = new Cells()
      meter.createObservableCounter(name, { description: help }).addCallback((result) => {
        for (const { labels, total } of cells.all()) result.observe(total, labels)
      })
      return {
        add(count, labels) {
          cells.of(labels).total += count
        },
      }
    },
    histogram(name, help, bounds) {
      const advice = { explicitBucketBoundaries: [...bounds] }
      const histogram = meter.createHistogram(name, { description: help, advice })
      return { record: (value, labels) => histogram.record(value, labels) }
    },
    gauge(name, help, read) {
      const gauge = meter.createObservableGauge(name, { description: help })
      gauge.addCallback((result) => {
        read((value: number, labels?: Labels) => result.observe(value, labels))
      })
    },
    async prometheus() {
      const { resourceMetrics } = await reader.collect()
      return serializer.serialize(resourceMetrics)
    },
    async stop() {
      await provider.shutdown()
    },
  }
}

type Cell = { readonly labels: Labels; total: number }

/** The totals of one counter by its labels. Callers that keep their labels are found at once. */
class Cells {
  readonly #byText = new Map<string, Cell>()
  readonly #byObject = new WeakMap<Labels, Cell>()
  #bare: Cell | undefined

  of(labels: Labels | undefined): Cell {
    if (!labels) {
      this.#bare ??= this.#obtain({})
      return this.#bare
    }
    const known = this.#byObject.get(labels)
    if (known) return known
    const cell = this.#obtain(labels)
    this.#byObject.set(labels, cell)
    return cell
  }

  all(): Iterable<Cell> {
    return this.#byText.values()
  }

  #obtain(labels: Labels): Cell {
    const text = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    const cell = this.#byText.get(text) ?? { labels, total: 0 }
    this.#byText.set(text, cell)
    return cell
  }
}
