import test from 'ava'
import { traced } from '../../../../gateway/core/traced.ts'
import type { SpanStart, Tracer } from '../../../../src/base/tracing.ts'
import { asking, call, gatewayCore, message } from '../../../support/gateway-core.ts'

function recording() {
  const spans: (SpanStart & { problem?: string | undefined; isOver: boolean })[] = []
  const tracer: Tracer = {
    start(span) {
      const own = { ...span, isOver: false, problem: undefined as string | undefined }
      spans.push(own)
      const id = spans.length
      return {
        traceparent: `00-span-${id}-01`,
        end(problem) {
          Object.assign(own, { isOver: true, problem })
        },
      }
    },
  }
  return { spans, tracer }
}

test('a message carries the span of its send; its receive is linked to it, and not under it', async (t) => {
  const { core } = gatewayCore()
  const { spans, tracer } = recording()
  const own = traced(core, tracer)
  await own.send(message('a', { traceparent: '00-caller' }), call())
  const { messages } = await own.receive(asking(), call())
  t.is(messages[0]?.traceparent, '00-span-1-01')
  await own.ack({ group: 'billing', handles: messages.map(({ handle }) => handle) }, call())
  t.like(spans[0], { name: 'send orders', kind: 'producer', parent: '00-caller', isOver: true })
  t.like(spans[1], { name: 'receive orders', kind: 'consumer', links: ['00-span-1-01'] })
  t.is(spans[1]?.parent, undefined)
  t.like(spans[2], { name: 'settle billing', kind: 'client', isOver: true })
})

test('each message of a batch has its span, and a failed one says with what', async (t) => {
  const { core } = gatewayCore()
  const { spans, tracer } = recording()
  const own = traced(core, tracer)
  await own.sendBatch([message('a'), message('b', { tag: 'x|y' })], call())
  t.deepEqual(
    spans.map(({ problem, isOver }) => [problem, isOver]),
    [
      [undefined, true],
      ['illegal-tag', true],
    ],
  )
  await t.throwsAsync(own.send(message('a', { topic: 'nothing' }), call()))
  t.like(spans[2], { problem: 'topic-not-found', isOver: true })
})

test('a wait that brought nothing leaves nothing; without a tracer the core is as it was', async (t) => {
  const { core } = gatewayCore()
  const { spans, tracer } = recording()
  await traced(core, tracer).receive(asking(), call())
  t.deepEqual(spans, [])
  t.is(traced(core, undefined), core)
})
