// The metrics port over OpenTelemetry's SDK; Prometheus text comes from its own serializer.

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
      const counter = meter.createCounter(name, { description: help })
      return { add: (count, labels) => counter.add(count, labels) }
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
