// The port for traces over OpenTelemetry's SDK: spans are sent by OTLP over HTTP, in batches, from
// a queue that drops what is too much.

import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { Span, SpanStart, Tracer } from '../base/tracing.ts'

export type TracingSettings = {
  /** Of a collector, as `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string
  /** Of traces that begin here, 0 to 1; others are kept as their beginning was. */
  readonly ratio: number
}

const kinds = {
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const

export class OtelTracing implements Tracer {
  readonly #provider: BasicTracerProvider

  constructor({ endpoint, ratio }: TracingSettings) {
    this.#provider = new BasicTracerProvider({
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint }))],
    })
  }

  /** Sends what is left; a collector that has gone does not keep a program from its end. */
  async stop(): Promise<void> {
    await this.#provider.shutdown().catch(() => {})
  }

  start({ name, kind, parent, links = [], attributes = {} }: SpanStart): Span {
    const span = this.#provider.getTracer('rocketway').startSpan(
      name,
      {
        kind: kinds[kind],
        attributes: { 'messaging.system': 'rocketmq', ...attributes },
        links: links.flatMap((one): Link[] => {
          const context = contextOf(one)
          return context ? [{ context }] : []
        }),
      },
      within(parent),
    )
    return {
      traceparent: print(span.spanContext()),
      end(problem) {
        if (problem !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: problem })
          span.setAttribute('error.type', problem)
        }
        span.end()
      },
    }
  }
}

function within(parent: string | undefined): Context {
  const context = parent === undefined ? undefined : contextOf(parent)
  return context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

function contextOf(traceparent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = pattern.exec(traceparent) ?? []
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return { traceId, spanId, traceFlags, isRemote: true }
}

const print = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
