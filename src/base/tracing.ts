// The port for traces: OpenTelemetry in src/host, nothing where no collector is configured. What
// goes with a message from one program to another is text. Source: W3C Trace Context.

export type SpanStart = {
  readonly name: string
  readonly kind: 'producer' | 'consumer' | 'client'
  /** The `traceparent` that it belongs under; without it a trace begins. */
  readonly parent?: string | undefined
  /** Those of messages that were received together: related, not above. */
  readonly links?: readonly string[]
  readonly attributes?: Readonly<Record<string, string | number>>
}

export type Span = {
  /** What goes with what is done within the span. */
  readonly traceparent: string
  /** Ends it, now; with the problem's name where it failed. */
  end(problem?: string): void
}

export type Tracer = { start(span: SpanStart): Span }
