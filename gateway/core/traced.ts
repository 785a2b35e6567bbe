// The use cases with spans around them, where a collector is configured. A send is a producer's
// span, and the message carries it on, whatever front it came by; a receive is a consumer's span
// that is linked to those of its messages: it belongs under none of them.

import type { Span, Tracer } from '../../src/base/tracing.ts'
import type { Call, Core, SendInput } from './core.ts'
import { failureOf } from './problem.ts'

export function traced<C extends Core>(core: C, tracer: Tracer | undefined): C {
  if (!tracer) return core
  const producing = (input: SendInput, call: Call): Span =>
    tracer.start({
      name: `send ${input.topic}`,
      kind: 'producer',
      parent: input.traceparent,
      attributes: {
        'messaging.operation.type': 'send',
        'messaging.destination.name': input.topic,
        'messaging.message.body.size': input.body.length,
        'rocketway.request_id': call.requestId,
      },
    })
  return {
    ...core,
    send: (input, call) => {
      const span = producing(input, call)
      return ended(span, core.send({ ...input, traceparent: span.traceparent }, call))
    },
    request: (input, timeoutMs, call) => {
      const span = producing(input, call)
      const { traceparent } = span
      return ended(span, core.request({ ...input, traceparent }, timeoutMs, call))
    },
    sendBatch: async (inputs, call) => {
      const spans = inputs.map((input) => producing(input, call))
      const within = inputs.map((input, index) => ({
        ...input,
        traceparent: spans[index]?.traceparent,
      }))
      try {
        const results = await core.sendBatch(within, call)
        for (const [index, span] of spans.entries()) {
          const result = results[index]
          span.end(result instanceof Error ? failureOf(result) : undefined)
        }
        return results
      } catch (error) {
        for (const span of spans) span.end(failureOf(error))
        throw error
      }
    },
    receive: async (input, call) => {
      const output = await core.receive(input, call)
      // A wait that brought nothing is nothing to look at.
      if (output.messages.length > 0) {
        tracer
          .start({
            name: `receive ${input.topic}`,
            kind: 'consumer',
            links: output.messages.flatMap(({ traceparent }) => traceparent ?? []),
            attributes: {
              'messaging.operation.type': 'receive',
              'messaging.destination.name': input.topic,
              'messaging.consumer.group.name': input.group,
              'messaging.batch.message_count': output.messages.length,
              'rocketway.request_id': call.requestId,
            },
          })
          .end()
      }
      return output
    },
    ack: (input, call) => {
      const span = tracer.start({
        name: `settle ${input.group}`,
        kind: 'client',
        attributes: {
          'messaging.operation.type': 'settle',
          'messaging.consumer.group.name': input.group,
          'messaging.batch.message_count': input.handles.length,
          'rocketway.request_id': call.requestId,
        },
      })
      return ended(span, core.ack(input, call))
    },
  }
}

async function ended<T>(span: Span, result: Promise<T>): Promise<T> {
  try {
    const value = await result
    span.end()
    return value
  } catch (error) {
    span.end(failureOf(error))
    throw error
  }
}
